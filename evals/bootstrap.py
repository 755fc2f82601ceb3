"""How sure the gain is: a paired bootstrap over dialogues (Efron and Tibshirani 1993, chapter 13: percentiles).

Dialogues are drawn, not words or utterances: the turns of one dialogue share their voice and their context.
"""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from evals.measures import divide

RESAMPLES = 10_000
CONFIDENCE = 0.95
CHUNK = 1_000  # resamples held in memory at once


class Interval(TypedDict):
    """A value and the bounds of its interval; None where undefined."""

    value: float | None
    low: float | None
    high: float | None


def measure_reduction(plain: Sequence[int], context: Sequence[int], seed: int) -> Interval:
    """By how much context lowers the error rate, 1 - with / without, and its interval.

    A resample without an error in the plain arm has no ratio and is left out. There is no interval where more than one
    in twenty is left out, nor for a single dialogue, which says nothing about others.

    Args:
        plain: word errors without context, one number a dialogue.
        context: word errors with context, dialogues in the same order.
        seed: fixes the draws.
    """
    ratio = divide(sum(context), sum(plain))
    low, high = _percentiles(_resample(np.array(plain), np.array(context), seed)) if len(plain) > 1 else (None, None)
    return {"value": None if ratio is None else 1 - ratio, "low": low, "high": high}


def _resample(plain: NDArray[np.int64], context: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """The reduction in each resample in which it is defined."""
    generator = np.random.default_rng(seed)
    defined = []
    for _ in range(RESAMPLES // CHUNK):
        drawn = generator.integers(len(plain), size=(CHUNK, len(plain)))
        without, with_ = plain[drawn].sum(axis=1), context[drawn].sum(axis=1)
        defined.append(1 - with_[without > 0] / without[without > 0])
    return np.concatenate(defined)


def _percentiles(reductions: NDArray[np.float64]) -> tuple[float | None, float | None]:
    if len(reductions) < CONFIDENCE * RESAMPLES:
        return None, None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(reductions, [tail, 1 - tail])
    return float(low), float(high)
