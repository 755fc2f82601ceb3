"""Ratios of times. On a shared machine seconds say little; two things measured in turn, one beside the other, do."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Variants = Mapping[str, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Ratio:
    """By how much longer the first thing named takes than the second, in each repeat."""

    name: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    @property
    def row(self) -> str:
        """Name, median, smallest and largest value, and how many there are."""
        low, high = min(self.values), max(self.values)
        return f"{self.name:<76}{self.median:>8.3f}   {low:.3f} - {high:.3f}   n = {len(self.values)}"


def time_in_turn(
    variants: Variants,
    repeats: int,
    prepare: Callable[[str], object] = lambda _: None,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Seconds of each variant, `repeats` each, after one round that is not counted.

    Every round begins with another variant, so that none always runs after the same one. `prepare` is called with the
    variant's name before each, outside its time. `clock` may be `time.process_time`, where a server's work is not
    meant.
    """
    names = list(variants)
    times_s: dict[str, list[float]] = {name: [] for name in names}
    for number in range(repeats + 1):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            prepare(name)
            times_s[name].append(_time(variants[name], clock))
    return {name: values[1:] for name, values in times_s.items()}


def divide_times(name: str, ours_s: Sequence[float], theirs_s: Sequence[float]) -> Ratio:
    """The ratio within each round."""
    return Ratio(name, tuple(ours / theirs for ours, theirs in zip(ours_s, theirs_s, strict=True)))


def _time(run: Callable[[], object], clock: Callable[[], float]) -> float:
    start_s = clock()
    run()
    return clock() - start_s
