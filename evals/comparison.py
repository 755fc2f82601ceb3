"""Two arms set against each other: by how much a measure changes, how sure that is, and whether it could be chance."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from evals.bootstrap import Interval, Resampled, resample
from evals.measures import Counts, Rate
from evals.permutation import measure_p_value

Columns = Mapping[str, Sequence[Counts]]
"""The counts of each dialogue by arm; all arms have the same dialogues in the same order."""

UNDEFINED: Interval = {"value": None, "low": None, "high": None}


class Change(Interval):
    """A change with its interval, and the p value of the sign-flip test."""

    permutation_p: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The arms of one group of dialogues, all resampled by the same draws."""

    columns: Columns
    resampled: Resampled[tuple[str, str]]
    seed: int

    @classmethod
    def of(cls, columns: Columns, seed: int, errors_only: Container[str] = ()) -> "Comparison":
        """Draw the resamples once for all arms. Arms in `errors_only` can be compared by word errors and no other rate,
        which spares most of the work of an ablation.
        """
        names = {name for dialogues in columns.values() for counts in dialogues for name in counts}
        wanted = {arm: ["errors"] if arm in errors_only else sorted(names) for arm in columns}
        sampled = {(arm, name): [counts[name] for counts in columns[arm]] for arm in columns for name in wanted[arm]}
        return cls(columns, resample(sampled, seed), seed)

    def measure_reduction(self, first: str, second: str) -> Change:
        """By how much the second arm lowers the word error rate of the first, relative to it."""
        reduction = self.resampled.measure_reduction((first, "errors"), (second, "errors"))
        return {**reduction, "permutation_p": self._test(first, second, "errors")}

    def measure_difference(self, first: str, second: str, rate: Rate) -> Change:
        """By how much the rate is higher in the second arm. The arms must be parts of the same whole."""
        difference = self.resampled.measure_difference((first, rate.part), (second, rate.part), (first, rate.whole))
        return {**difference, "permutation_p": self._test(first, second, rate.part)}

    def _test(self, first: str, second: str, name: str) -> float | None:
        before, after = ([counts[name] for counts in self.columns[arm]] for arm in (first, second))
        return measure_p_value(before, after, self.seed)
