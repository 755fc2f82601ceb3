"""Which phones are heard in a clip, frame by frame: a small network over what Whisper's encoder makes of it.

Whisper's decoder writes what is likely English and never says how it sounded. Its encoder knows more: a layer on top of
it, trained by `python -m evals.phone_head` on synthetic speech while Whisper stays as it is, tells the phones. A model
for which none was trained is used without.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.settings import ROOT
from core.speech.heard_phones import HeardPhones
from core.speech.phones import SYMBOLS
from core.speech.weights import read_weights

FOLDER = ROOT / "data" / "phone_heads"
COMMAND = "python -m evals.phone_head"  # makes them
AROUND_DIMENSIONS = 4  # networks, frames, hidden, hidden
Weights = NDArray[np.float32]


class PhoneNetwork(NamedTuple):
    """A layer on each frame, one over its neighbours, and one that tells the phones.

    inner, inner_bias: shapes (width, hidden) and (hidden,).
    around, around_bias: shapes (frames, hidden, hidden), an odd number of neighbouring frames, and (hidden,).
    outer, outer_bias: shapes (hidden, 1 + phones) and (1 + phones,).
    """

    inner: Weights
    inner_bias: Weights
    around: Weights
    around_bias: Weights
    outer: Weights
    outer_bias: Weights

    def score(self, encoded: Weights) -> Weights:
        """The scores of the phones in each frame: (frames, width) to (frames, 1 + phones)."""
        inner = np.maximum(encoded @ self.inner + self.inner_bias, 0.0)
        reach = len(self.around) // 2
        padded = np.pad(inner, ((reach, reach), (0, 0)))
        around = self.around_bias + sum(
            padded[place : place + len(inner)] @ weights for place, weights in enumerate(self.around)
        )
        return np.asarray((inner + np.maximum(around, 0.0)) @ self.outer + self.outer_bias)


class PhoneHead:
    """Networks that learned the same in different ways: each is sure of other mistakes, their mean of fewer (Hansen and
    Salamon 1990, "Neural Network Ensembles").

    Args:
        sha256: of the file that they are from.
        networks: one or more.
    """

    def __init__(self, sha256: str, networks: Sequence[PhoneNetwork]) -> None:
        self.sha256 = sha256
        self._networks = networks

    @classmethod
    def find(cls, model_sha256: str, folder: Path = FOLDER) -> "PhoneHead | None":
        """The one that was trained on this Whisper; None where none was.

        Raises:
            ModelError: its file is not the one that was written, is broken, or is of other phones.
        """
        path = folder / head_file_name(model_sha256)
        if not path.is_file():
            return None
        sha256, stored = read_weights(path, COMMAND)
        if not stored.keys() >= {*PhoneNetwork._fields, "phones"} or stored["around"].ndim != AROUND_DIMENSIONS:
            raise ModelError(f"{path.name} cannot be read; run `{COMMAND}` again.")
        stacked = [stored[name].astype(np.float32) for name in PhoneNetwork._fields]
        phones = str(stored["phones"])
        if phones != "".join(SYMBOLS):
            raise ModelError(f"{path.name} tells other phones; run `{COMMAND}` again.")
        return cls(sha256, [PhoneNetwork(*weights) for weights in zip(*stacked, strict=True)])

    def hear(self, encoded: NDArray[np.float32]) -> HeardPhones:
        """The phones of a clip.

        Args:
            encoded: Whisper's encoding of the clip, shape (frames, width).
        """
        scores = np.mean([network.score(encoded) for network in self._networks], axis=0)
        scores -= scores.max(axis=1, keepdims=True)
        return HeardPhones((scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))).astype(np.float32))


def head_file_name(model_sha256: str) -> str:
    """A head belongs to one Whisper, whatever that is called."""
    return f"{model_sha256[:12]}.npz"
