"""The assistant's voice: reply text becomes sound, offline, the same samples for the same text every time.

The voice is hibari-tts' "heart" (Apache-2.0), whose weights are inside its package. Names that its dictionary lacks it
says as `core.speech.letter_to_sound` knows or guesses that Americans do; by itself it reads them as espeak-ng would.
"""

import functools
import threading
from dataclasses import dataclass
from typing import Protocol

from core.errors import ModelError
from core.models import PackagedModel, packaged_folder
from core.speech.audio import Samples, encode_wav
from core.speech.letter_to_sound import guess_phonemes, load_opinions

HEART = PackagedModel(
    package="hibari",
    folder="assets",
    sha256={
        "hibari.onnx": "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
        "oov.onnx": "d3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76",
        "vocab.json": "70abefbe8a1c8865e43e0a43bbdc25b91a33e4aa053479d443ccf23e20a59e5d",
    },
)
# The voice adds a little noise to its sound; with a fixed seed a clip can be compared by its bytes.
_SEED = 0


class _Synthesizer(Protocol):
    """What is used of `hibari.Hibari`, which carries no types of its own."""

    sample_rate: int

    def __call__(self, text: str, *, seed: int) -> Samples: ...


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """A spoken reply: 1-D float32 samples at `sample_rate` Hz."""

    samples: Samples
    sample_rate: int

    @property
    def duration_s(self) -> float:
        """How long it takes to play."""
        return self.samples.size / self.sample_rate

    @property
    def wav(self) -> bytes:
        """The speech as a 16-bit mono PCM WAV file."""
        return encode_wav(self.samples, self.sample_rate)


class Voice:
    """Speaks replies. Safe to share between threads, which take turns.

    Nothing that was spoken is kept: replies hold names, and speaking anew takes a small part of the time of playing.
    """

    def __init__(self) -> None:
        self._synthesizer: _Synthesizer | None = None
        self._lock = threading.Lock()

    def load(self) -> None:
        """Load the model and the pronunciation lexicon now, so that the first reply does not wait for them.

        Raises:
            ModelError: the package is missing, or its weights are not the pinned ones.
        """
        with self._lock:
            self._loaded()

    def speak(self, text: str) -> Speech:
        """`text` as speech. Where there is nothing to pronounce (no text, only spaces), the speech has no samples.

        Raises:
            ModelError: see `load`.
        """
        with self._lock:
            synthesizer = self._loaded()
            return Speech(synthesizer(text, seed=_SEED), synthesizer.sample_rate)

    def _loaded(self) -> _Synthesizer:
        if self._synthesizer is None:
            self._synthesizer = _load_synthesizer()
        return self._synthesizer


def _load_synthesizer() -> _Synthesizer:
    weights = packaged_folder(HEART) / "hibari.onnx"
    load_opinions()  # what is missing is told now, not at the first such name
    try:
        # Imported late: it brings onnxruntime, which recognition alone has no need of.
        from hibari import Hibari  # noqa: PLC0415
        from hibari.g2p import G2P  # noqa: PLC0415
        from hibari.g2p.oov import OOV  # noqa: PLC0415

        load_rules = functools.cache(OOV)  # a sixth of a second, for what hardly any reply holds
        g2p = G2P(oov=lambda word: guess_phonemes(word, stressed=True) or load_rules()(word))
        synthesizer: _Synthesizer = Hibari(model=str(weights), g2p=g2p)
        # The lexicon is read with the first word.
        synthesizer("Hello.", seed=_SEED)
    # The runtime's errors have no public base class.
    except Exception as exc:
        raise ModelError("The assistant's voice cannot be loaded; install the package hibari-tts again.") from exc
    return synthesizer
