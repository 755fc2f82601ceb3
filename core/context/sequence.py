"""A sequence of vectors over the last rounds of a dialogue, and how its rows are weighed together.

A round is an utterance and its reply. What is older weighs less; other information has a fixed weight.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROUNDS = 8
"""How many rounds are kept."""

HALF_LIFE_ROUNDS = 0.75
"""After so many rounds a turn weighs half as much. Of 0.4 to 1, the one that finds most of the round before while of
the newest round at most one case in 36 is lost (dev cases of `evals.rounds`)."""

INFORMATION_WEIGHT = 0.3
"""What a row of other information weighs, beside 1 for the newest turn: it tips the scales, it does not load them."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class ContextSequence:
    """The rows, oldest turn first, other information last.

    names: "user" or "assistant" for a turn, otherwise the name of the information.
    rounds_ago: 0 for the newest round; None for other information.
    weights: from 0 to 1, shape (rows,). vectors: unit vectors, shape (rows, dimensions).
    """

    names: tuple[str, ...]
    rounds_ago: tuple[int | None, ...]
    weights: NDArray[np.float32]
    vectors: Vectors

    def summarize(self) -> Vectors | None:
        """The weighted mean as a unit vector, shape (dimensions,); None where there is nothing."""
        return average(self.weights, self.vectors) if self.names else None


EMPTY = ContextSequence((), (), np.zeros(0, np.float32), np.zeros((0, 0), np.float32))


def weigh(rounds_ago: float | None) -> float:
    """The weight of a row: halved every `HALF_LIFE_ROUNDS`; fixed for other information."""
    return INFORMATION_WEIGHT if rounds_ago is None else float(0.5 ** (rounds_ago / HALF_LIFE_ROUNDS))


def average(weights: NDArray[np.float32], vectors: Vectors) -> Vectors:
    """The weighted mean of the rows as a unit vector, shape (dimensions,)."""
    mean = weights @ vectors
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)
