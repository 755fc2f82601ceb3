"""What the app holds while it goes on and on, and whether that grows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import psutil

WARM_UP_SHARE = 0.2  # while caches fill; it is not part of the line


@dataclass(frozen=True, slots=True)
class Held:
    """What the app holds after so many turns or tabs.

    memory_mb: its own and its recogniser's; those processes that are replaced now and then, or idle, are not in it.
    files, processes: its open files, and the processes below it.
    """

    done: int
    memory_mb: float
    files: int
    processes: int


def find_child(argument: str) -> int:
    """The process below this one that was started with such an argument."""
    children = psutil.Process().children(recursive=True)
    return next(child.pid for child in children if argument in child.cmdline())


def look(app: int, recognizer: int, done: int) -> Held:
    """What the two processes of these ids hold now."""
    process = psutil.Process(app)
    memory = process.memory_info().rss + psutil.Process(recognizer).memory_info().rss
    return Held(done, memory / 2**20, process.num_fds(), len(process.children(recursive=True)))


def fit_growth_mb(held: Sequence[Held]) -> float:
    """Growth of memory in MB per 1,000, the slope of a line through what was held after the warm-up."""
    later = [one for one in held if one.done >= held[-1].done * WARM_UP_SHARE]
    return float(np.polyfit([one.done for one in later], [one.memory_mb for one in later], 1)[0]) * 1000.0


def tell_growth(held: Sequence[Held], unit: str) -> str:
    """Both ends and the slope, in one line."""
    first, last = held[0], held[-1]
    return (
        f"memory {first.memory_mb:.0f} -> {last.memory_mb:.0f} MB, {fit_growth_mb(held):+.2f} MB per 1,000 {unit}; "
        f"files {first.files} -> {last.files}; processes {first.processes} -> {last.processes}"
    )
