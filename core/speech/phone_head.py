"""Which phones are heard in a clip, frame by frame: a small network over what Whisper's encoder makes of it.

Whisper's decoder writes what is likely English and never says how it sounded. Its encoder knows more: a layer on top of
it, trained by `python -m evals.phone_head` on synthetic speech while Whisper stays as it is, tells the phones. A model
for which none was trained is used without.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.settings import ROOT
from core.speech.heard_phones import HeardPhones
from core.speech.phones import SYMBOLS
from core.speech.weights import read_weights

FOLDER = ROOT / "data" / "phone_heads"
COMMAND = "python -m evals.phone_head"  # makes them
Weights = NDArray[np.float32]


class PhoneHead:
    """A layer on each frame, one over its neighbours, and one that tells the phones.

    Args:
        sha256: of the file that it is from.
        inner, inner_bias: shapes (width, hidden) and (hidden,).
        around, around_bias: shapes (frames, hidden, hidden), an odd number of neighbouring frames, and (hidden,).
        outer, outer_bias: shapes (hidden, 1 + phones) and (1 + phones,).
    """

    def __init__(  # noqa: PLR0913, PLR0917 - three layers
        self,
        sha256: str,
        inner: Weights,
        inner_bias: Weights,
        around: Weights,
        around_bias: Weights,
        outer: Weights,
        outer_bias: Weights,
    ) -> None:
        self.sha256 = sha256
        self._inner, self._inner_bias = inner, inner_bias
        self._around, self._around_bias = around, around_bias
        self._outer, self._outer_bias = outer, outer_bias

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
        names = ("inner", "inner_bias", "around", "around_bias", "outer", "outer_bias")
        if not stored.keys() >= {*names, "phones"}:
            raise ModelError(f"{path.name} cannot be read; run `{COMMAND}` again.")
        weights = [stored[name].astype(np.float32) for name in names]
        phones = str(stored["phones"])
        if phones != "".join(SYMBOLS):
            raise ModelError(f"{path.name} tells other phones; run `{COMMAND}` again.")
        return cls(sha256, *weights)

    def hear(self, encoded: NDArray[np.float32]) -> HeardPhones:
        """The phones of a clip.

        Args:
            encoded: Whisper's encoding of the clip, shape (frames, width).
        """
        inner = np.maximum(encoded @ self._inner + self._inner_bias, 0.0)
        reach = len(self._around) // 2
        padded = np.pad(inner, ((reach, reach), (0, 0)))
        around = self._around_bias + sum(
            padded[place : place + len(inner)] @ weights for place, weights in enumerate(self._around)
        )
        scores = (inner + np.maximum(around, 0.0)) @ self._outer + self._outer_bias
        scores -= scores.max(axis=1, keepdims=True)
        return HeardPhones((scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))).astype(np.float32))


def head_file_name(model_sha256: str) -> str:
    """A head belongs to one Whisper, whatever that is called."""
    return f"{model_sha256[:12]}.npz"
