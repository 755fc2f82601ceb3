"""What the phones of a clip say for a word, whatever was written: two searches over a phone head's output.

Both follow the likeliest path of connectionist temporal classification (Graves et al. 2006, "Connectionist Temporal
Classification: labelling unsegmented sequence data with recurrent neural networks"): each phone lasts one frame or
more, with blanks between them where the network likes. All sequences are followed at once.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.speech.phones import Phones, lay_side_by_side

Scores = NDArray[np.float32]
BLANK = 0
NEVER = np.float32(-1e9)
SURELY_BLANK = np.float32(np.log(0.98))


class HeardPhones:
    """One clip.

    Args:
        log_chances: float32 of shape (frames, 1 + phones), the natural logarithm of how likely each phone of
            `core.speech.phones` is in each frame; the blank comes first.
    """

    def __init__(self, log_chances: Scores) -> None:
        log_chances = _skip_blanks(log_chances)
        self._log_chances = log_chances
        self._lost = log_chances - log_chances.max(axis=1, keepdims=True)

    def find(self, sequences: Sequence[Phones]) -> Scores:
        """How well each sequence fits at the place where it fits best; what stands around it is free.

        After Andrusenko et al. 2024, "Fast Context-Biasing for CTC and Transducer ASR models with CTC-based Word
        Spotter", with a plain search in place of their graph.

        Returns:
            float32, one a sequence: the log-likelihood of its path less that of the likeliest phones in the same
            frames. At most 0, where it is exactly what was heard.
        """
        phones_said, lengths = lay_side_by_side(sequences)
        labels = phones_said + 1  # after the blank
        from_before = np.where(labels[1:] == labels[:-1], NEVER, np.float32(0.0))  # twice the same: a blank between
        phones = np.full(labels.shape, NEVER, dtype=np.float32)
        blanks, entered = phones.copy(), np.zeros_like(phones)
        every = np.arange(len(sequences))
        best = np.where(lengths > 0, NEVER, np.float32(0.0))
        for lost in self._lost:
            np.maximum(phones[:-1] + from_before, blanks[:-1], out=entered[1:])
            np.maximum(blanks, phones, out=blanks)
            blanks += lost[BLANK]
            np.maximum(phones, entered, out=phones)
            phones += lost[labels]
            np.maximum(best, phones[lengths - 1, every], out=best, where=lengths > 0)
        return best

    def measure(self, sequences: Sequence[Phones]) -> Scores:
        """The log-likelihood of each sequence as all that was said.

        Returns:
            float32, one a sequence.
        """
        phones_said, lengths = lay_side_by_side(sequences)
        states = np.full((2 * len(phones_said) + 1, len(sequences)), BLANK, dtype=np.intp)  # around each phone
        states[1::2] = phones_said + 1
        over_a_blank = np.where(states[1:-2:2] == states[3::2], NEVER, np.float32(0.0))
        paths = np.full(states.shape, NEVER, dtype=np.float32)
        paths[0] = 0.0  # before the first frame
        for log_chances in self._log_chances:
            entered = paths.copy()
            np.maximum(entered[1:], paths[:-1], out=entered[1:])
            np.maximum(entered[3::2], paths[1:-2:2] + over_a_blank, out=entered[3::2])
            paths = entered + log_chances[states]
        every = np.arange(len(sequences))
        ended = paths[2 * lengths, every]
        return np.asarray(np.maximum(ended, np.where(lengths > 0, paths[2 * lengths - 1, every], NEVER)))


def _skip_blanks(log_chances: Scores) -> Scores:
    """One frame for each stretch of frames that are nothing but blank: more would cost time and change nothing."""
    is_blank = log_chances[:, BLANK] > SURELY_BLANK
    goes_on = np.zeros_like(is_blank)
    goes_on[1:] = is_blank[1:] & is_blank[:-1]
    return np.asarray(log_chances[~goes_on])
