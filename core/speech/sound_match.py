"""Where something that sounds like an item stands in what was heard: many items against one text at once."""

from collections.abc import Sequence

import numpy as np

from core.speech.phones import GAP, SUBSTITUTION, Costs, Phones, lay_side_by_side


class SoundBank:
    """Phone sequences laid side by side, so that all are aligned in one sweep over what was heard."""

    def __init__(self, sequences: Sequence[Phones]) -> None:
        self._phones, self._lengths = lay_side_by_side(sequences)
        self._gaps = GAP[self._phones]
        self._left_out = np.vstack([np.zeros((1, len(sequences)), np.float32), np.cumsum(self._gaps, axis=0)])
        self._all = np.arange(len(sequences))
        self.masses: Costs = self._read_off(self._left_out)

    def match(self, heard: Phones) -> Costs:
        """The cost of each sequence at the place of `heard` where it fits best; what stands around it is free.

        Semi-global alignment (Sellers 1980, "The theory and computation of evolutionary distances: pattern
        recognition"), weighted by `core.speech.phones`. A sequence that is nowhere costs its mass, never more.

        Returns:
            float32, one cost a sequence.
        """
        costs = self._left_out
        best = self.masses
        for phone in heard:
            costs = self._hear(costs, int(phone), begun=0.0)
            best = np.minimum(best, self._read_off(costs))
        return best

    def measure(self, heard: Phones) -> Costs:
        """How far each sequence as a whole is from the whole of `heard`.

        Returns:
            float32, the cost of aligning them as a share of the heavier one's mass: 0 to 1.
        """
        costs = self._left_out
        heard_mass = 0.0
        for phone in heard:
            heard_mass += float(GAP[phone])
            costs = self._hear(costs, int(phone), begun=heard_mass)
        heavier = np.maximum(self.masses, heard_mass)
        return np.divide(self._read_off(costs), heavier, out=np.zeros_like(self.masses), where=heavier > 0)

    def _hear(self, before: Costs, phone: int, begun: float) -> Costs:
        """One more phone: `begun` is what it costs that no sequence has begun yet."""
        after = np.empty_like(before)
        after[0] = begun
        fit = np.minimum(before[:-1] + SUBSTITUTION[phone][self._phones], before[1:] + GAP[phone])
        for row, gaps in enumerate(self._gaps):
            np.minimum(fit[row], after[row] + gaps, out=after[row + 1])
        return after

    def _read_off(self, costs: Costs) -> Costs:
        return costs[self._lengths, self._all]
