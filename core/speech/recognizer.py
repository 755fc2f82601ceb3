"""The recogniser: Whisper through faster-whisper and CTranslate2. One encoding of a clip serves both arms.

The bias list goes into the prompt as previous text ("hotwords"), after Radford et al. 2022, "Robust Speech Recognition
via Large-Scale Weak Supervision", section 4.5, where the prompt is the history of the transcript.
"""

import math
import threading
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import ctranslate2
import faster_whisper
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.vad import get_speech_timestamps

from core.context.bias import EMPTY, BiasList
from core.errors import ModelError
from core.models import TINY_EN, file_sha256, packaged_folder
from core.speech.audio import SAMPLE_RATE, Clip
from core.speech.recognition import Hypothesis, Recognition

BEAM_SIZE = 5
COMPUTE_TYPE = "int8"
WINDOW_FRAMES = 3000  # 30 s: with a shorter window tiny.en repeats a one-word answer ("Bauer Bauer")
PROMPT_TOKENS = 120
TOKENS_PER_SECOND = 10
SPARE_TOKENS = 20
NO_SPEECH_PROB = 0.6  # Whisper's own pair of thresholds for silence
NO_SPEECH_LOGPROB = -1.0


@dataclass(frozen=True, slots=True)
class Encoded:
    """A clip after the encoder. `features` is CTranslate2's encoder output."""

    features: ctranslate2.StorageView
    duration_s: float
    has_speech: bool
    encode_ms: float


class Recognizer:
    """A loaded model. Safe to share between threads; recognitions run one after another."""

    def __init__(self, model: faster_whisper.WhisperModel, name: str, sha256: str) -> None:
        self.model_name = name
        self.model_sha256 = sha256
        self._whisper = model
        self._lock = threading.Lock()
        # Without this a hotword "<|endoftext|>" would become the control token of that name.
        model.hf_tokenizer.encode_special_tokens = True
        self._tokenizer = Tokenizer(model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language="en")

    @classmethod
    def load(cls, model: str, threads: int) -> "Recognizer":
        """Load a model by packaged name, folder, or faster-whisper name.

        Raises:
            ModelError: there is no such model here and none can be fetched, or its files are not usable.
        """
        folder = _model_folder(model)
        try:
            whisper = faster_whisper.WhisperModel(
                str(folder), device="cpu", compute_type=COMPUTE_TYPE, cpu_threads=threads
            )
        except (RuntimeError, ValueError, OSError) as exc:
            raise ModelError(f"The model {model!r} cannot be loaded; its folder is incomplete or no Whisper.") from exc
        return cls(whisper, model, file_sha256(folder / "model.bin"))

    @property
    def settings(self) -> dict[str, int | float | str]:
        """All that decides the result besides the model and the clip."""
        return {
            "beam_size": BEAM_SIZE,
            "window_frames": WINDOW_FRAMES,
            "prompt_tokens": PROMPT_TOKENS,
            "no_speech_prob": NO_SPEECH_PROB,
            "compute_type": COMPUTE_TYPE,
        }

    def recognize(self, clip: Clip, bias: BiasList = EMPTY) -> Recognition:
        """Decode `clip` plainly, and again with `bias` where there is one.

        Whether anybody speaks is decided without the bias, because a prompt weakens Whisper's own sense of silence.
        """
        with self._lock:
            encoded = self._encode(clip)
            plain = self._decode(encoded, [])
            if not bias:
                return Recognition(plain, plain, "empty", 0, encoded.encode_ms)
            if not plain.text:
                return Recognition(plain, plain, "rejected", 0, encoded.encode_ms)
            prompt, prompted = self._prompt(bias)
            return Recognition(plain, self._decode(encoded, prompt), "used", prompted, encoded.encode_ms)

    def _encode(self, clip: Clip) -> Encoded:
        start_s = time.perf_counter()
        has_speech = bool(get_speech_timestamps(clip.samples))
        features = self._whisper.feature_extractor(clip.samples)[:, : len(clip.samples) // 160 + 1]
        output = self._whisper.encode(pad_or_trim(features, WINDOW_FRAMES))
        return Encoded(output, len(clip.samples) / SAMPLE_RATE, has_speech, _ms_since(start_s))

    def _decode(self, encoded: Encoded, prompt: list[int]) -> Hypothesis:
        start_s = time.perf_counter()
        tokens = [*prompt, *self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]
        result = self._whisper.model.generate(
            encoded.features,
            [tokens],
            beam_size=BEAM_SIZE,
            # CTranslate2 allows min(max_length / 2, max_length - prompt) new tokens: this gives both arms the same.
            max_length=2 * (len(tokens) + _new_tokens(encoded.duration_s)),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        score, no_speech = result.scores[0], result.no_speech_prob
        text = self._tokenizer.decode(result.sequences_ids[0]).strip()
        silent = not encoded.has_speech or _is_silence(score, no_speech)
        return Hypothesis("" if silent else text, score, no_speech, _ms_since(start_s))

    def _prompt(self, bias: BiasList) -> tuple[list[int], int]:
        """The prompt's tokens, and how many hotwords fitted."""
        fitting: list[str] = []
        tokens: list[int] = []
        for hotword in bias.hotwords:
            candidate = [*fitting, clean_hotword(hotword.text)]
            encoded = self._tokenizer.encode(" " + ", ".join(candidate) + ".")
            if len(encoded) > PROMPT_TOKENS:
                break
            fitting, tokens = candidate, encoded
        return [self._tokenizer.sot_prev, *tokens], len(fitting)


def clean_hotword(text: str) -> str:
    """One line of printable text. NFKC comes first: it can turn full-width forms into what is stripped after it."""
    normal = unicodedata.normalize("NFKC", text)
    return " ".join("".join(c if c.isprintable() else " " for c in normal).split())


def _new_tokens(duration_s: float) -> int:
    """A bound on the length of what can be said in that time, so that a loop ends soon."""
    return min(SPARE_TOKENS + math.ceil(duration_s * TOKENS_PER_SECOND), 200)


def _is_silence(avg_logprob: float, no_speech_prob: float) -> bool:
    return no_speech_prob > NO_SPEECH_PROB and avg_logprob < NO_SPEECH_LOGPROB


def _ms_since(start_s: float) -> float:
    return (time.perf_counter() - start_s) * 1000.0


def _model_folder(model: str) -> Path:
    if model == "tiny.en":
        return packaged_folder(TINY_EN)
    if Path(model).is_dir():
        if not (Path(model) / "model.bin").is_file():
            raise ModelError(f"The folder {model!r} holds no model.bin; give a folder of a CTranslate2 Whisper model.")
        return Path(model)
    return _fetched_folder(model)


def _fetched_folder(model: str) -> Path:
    """From the hub's cache on this machine or, failing that, from the hub."""
    try:
        return Path(faster_whisper.download_model(model))
    except Exception as exc:  # the hub client raises many kinds, all of which mean the same here
        known = ", ".join(faster_whisper.available_models())
        raise ModelError(
            f"The model {model!r} is neither packaged nor a folder, and cannot be fetched. "
            f"Packaged: tiny.en. From a model hub: {known}."
        ) from exc
