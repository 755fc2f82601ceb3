"""How sure a difference is: a paired bootstrap over dialogues (Efron and Tibshirani 1993, chapter 13: percentiles).

Dialogues are drawn, not words or utterances: the turns of one dialogue share their voice and their context. All
measures of a group are taken from the same draws.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

from evals.measures import divide
from evals.parts import split

RESAMPLES = 10_000
CONFIDENCE = 0.95
CHUNK = 1_000  # resamples held in memory at once

Name = TypeVar("Name", bound=Hashable)


class Interval(TypedDict):
    """A value and the bounds of its interval; None where undefined."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Resampled(Generic[Name]):
    """Counts by name: their totals, and their sums in each resample, of shape (resamples,).

    A resample in which a quotient is undefined is left out. There is no interval where more than one in twenty is left
    out, nor for a single dialogue, which says nothing about others.
    """

    dialogues: int
    totals: Mapping[Name, int]
    sums: Mapping[Name, NDArray[np.float64]]

    def measure_reduction(self, plain: Name, context: Name) -> Interval:
        """By how much context lowers the error rate, 1 - with / without; both names are of counts of errors."""
        ratio = divide(self.totals[context], self.totals[plain])
        without, with_ = self.sums[plain], self.sums[context]
        reductions = 1 - with_[without > 0] / without[without > 0]
        return {"value": None if ratio is None else 1 - ratio, **self._bound(reductions)}

    def measure_difference(self, first: Name, second: Name, whole: Name) -> Interval:
        """By how much a rate rises, (second - first) / whole, for example of errors in words."""
        value = divide(self.totals[second] - self.totals[first], self.totals[whole])
        change, wholes = self.sums[second] - self.sums[first], self.sums[whole]
        return {"value": value, **self._bound(change[wholes > 0] / wholes[wholes > 0])}

    def _bound(self, values: NDArray[np.float64]) -> "_Bounds":
        resamples = len(next(iter(self.sums.values())))
        if self.dialogues < 2 or len(values) < CONFIDENCE * resamples:
            return {"low": None, "high": None}
        tail = (1 - CONFIDENCE) / 2
        low, high = np.quantile(values, [tail, 1 - tail])
        return {"low": float(low), "high": float(high)}


def resample(columns: Mapping[Name, Sequence[int]], seed: int, resamples: int = RESAMPLES) -> Resampled[Name]:
    """Draw dialogues with replacement.

    Args:
        columns: at least one; counts by name, each one number a dialogue, dialogues in the same order.
        seed: fixes the draws.
        resamples: how many.
    """
    counts = np.array(list(columns.values()), dtype=np.float64).T
    generator = np.random.default_rng(seed)
    sums = np.concatenate([_draw(len(counts), size, generator) @ counts for size in split(resamples, CHUNK)])
    totals = {name: sum(column) for name, column in columns.items()}
    return Resampled(len(counts), totals, dict(zip(columns, sums.T, strict=True)))


class _Bounds(TypedDict):
    low: float | None
    high: float | None


def _draw(dialogues: int, size: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """How often each dialogue is in each resample, of shape (size, dialogues)."""
    if not dialogues:
        return np.zeros((size, 0))
    drawn = generator.integers(dialogues, size=(size, dialogues)) + dialogues * np.arange(size)[:, None]
    return np.bincount(drawn.ravel(), minlength=size * dialogues).reshape(size, dialogues).astype(np.float64)
