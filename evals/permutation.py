"""A second answer to whether two arms differ: the sign-flip permutation test, two-sided, paired over dialogues.

If they do not differ, each dialogue could as well have had its two results the other way round (Fisher 1935; for
recognisers: Pallett et al. 1990, "Tools for the analysis of benchmark speech recognition tests"). The p value is the
share of all such exchanges whose total difference is at least as large as the one that was seen.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FLIPS = 10_000
EXACT_DIALOGUES = 13  # 2 ** 13 exchanges are fewer than FLIPS, so all of them are tried
CHUNK = 1_000  # exchanges held in memory at once


def measure_p_value(first: Sequence[int], second: Sequence[int], seed: int) -> float | None:
    """The p value of the difference of the two sums; None where there is no dialogue.

    With drawn exchanges the one that was seen counts among them, so p is never 0 (Phipson and Smyth 2010).

    Args:
        first: counts such as word errors, one number a dialogue.
        second: the counts of the other arm, dialogues in the same order.
        seed: fixes the draws where there are too many exchanges to try them all.
    """
    if not first:
        return None
    # A dialogue without a difference is the same either way.
    changes = np.array([b - a for a, b in zip(first, second, strict=True) if a != b], dtype=np.int64)
    if len(changes) <= EXACT_DIALOGUES:
        extreme, exchanges = _count_extreme(changes, _all_signs(len(changes))), 1 << len(changes)
        return extreme / exchanges
    return (1 + _count_extreme(changes, _drawn_signs(len(changes), seed))) / (1 + FLIPS)


def _count_extreme(changes: NDArray[np.int64], signs: Iterator[NDArray[np.integer[Any]]]) -> int:
    seen = abs(int(changes.sum()))
    # Floats, because only they are multiplied fast; whole numbers of this size are exact.
    weights = changes.astype(np.float64)
    return sum(int((np.abs(chunk.astype(np.float64) @ weights) >= seen).sum()) for chunk in signs)


def _all_signs(dialogues: int) -> Iterator[NDArray[np.int64]]:
    """Every choice of signs, of shape (2 ** dialogues, dialogues)."""
    choices = np.arange(2**dialogues)[:, None] >> np.arange(dialogues)
    yield 1 - 2 * (choices & 1)


def _drawn_signs(dialogues: int, seed: int) -> Iterator[NDArray[np.int8]]:
    generator = np.random.default_rng(seed)
    for _ in range(FLIPS // CHUNK):
        yield 1 - 2 * generator.integers(2, size=(CHUNK, dialogues), dtype=np.int8)
