"""A figure with its target, for what is measured in itself and not beside something else."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, what it is meant to be, and over how many."""

    name: str
    value: str
    target: str
    count: int

    @property
    def row(self) -> str:
        """Everything in one line."""
        return f"{self.name:<72}{self.value}   target: {self.target}   n = {self.count}"


def percentiles(values: Sequence[float], *shown: float) -> str:
    """Some percentiles of milliseconds; 0 and 100 are the smallest and the largest."""
    names = {0: "min", 50: "median", 100: "max"}
    return ", ".join(f"{names.get(int(p), f'p{p:g}')} {_short(float(np.percentile(values, p)))} ms" for p in shown)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def share(of: int, count: int) -> str:
    """A share as per cent, and as what it is made of."""
    return f"{100 * of / count:.1f} % ({of} of {count})"
