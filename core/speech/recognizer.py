"""The recogniser: Whisper through faster-whisper and CTranslate2. One encoding of a clip serves both arms.

The bias list goes into the prompt as previous text ("hotwords"), after Radford et al. 2022, "Robust Speech Recognition
via Large-Scale Weak Supervision", section 4.5, where the prompt is the history of the transcript.
"""

import functools
import math
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import ctranslate2
import faster_whisper
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.vad import get_speech_timestamps

from core.context.bias import EMPTY, BiasList
from core.errors import ModelError
from core.models import PACKAGED, file_sha256
from core.speech.anchoring import Span, Word
from core.speech.audio import SAMPLE_RATE, Clip
from core.speech.recognition import Hypothesis, Recognition

BEAM_SIZE = 5
COMPUTE_TYPE = "int8"
WINDOW_FRAMES = 3000  # 30 s: with a shorter window tiny.en repeats a one-word answer ("Bauer Bauer")
PROMPT_TOKENS = 60  # about ten names; a name is found less often among twenty, and less still among forty
MAX_HOTWORD_CHARS = 200  # no name is longer, and Unicode normalising takes quadratic time on hostile ones
TOKENS_PER_SECOND = 10
SPARE_TOKENS = 20
FRAME_SAMPLES = 160  # 10 ms
LEAST_ALIGNED_FRAMES = 1000  # 10 s
SHORTEST_PAUSE_MS = 150  # between two people's speech; within a sentence pauses are mostly shorter
SPEECH_PAD_MS = 30
NO_SPEECH_PROB = 0.6  # Whisper's own pair of thresholds for silence
NO_SPEECH_LOGPROB = -1.0


Decode = Callable[[tuple[int, ...]], Hypothesis]
"""Prompt tokens to what one clip sounds like after them."""


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
        except Exception as exc:  # the tokenizer's library raises plain Exceptions
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
        return self.recognize_all(clip, {"": bias})[""]

    def recognize_all(self, clip: Clip, biases: Mapping[str, BiasList]) -> dict[str, Recognition]:
        """Like `recognize` for each list, by its name; encoding, the plain decode and equal prompts are paid once."""
        with self._lock:
            encoded = self._encode(clip)
            plain = self._decode(encoded, ())
            decode = functools.cache(functools.partial(self._decode, encoded))
            return {name: self._apply(bias, plain, encoded.encode_ms, decode) for name, bias in biases.items()}

    def locate_words(self, clip: Clip, text: str) -> tuple[Word, ...]:
        """The words of `text`, which was recognised in `clip`, with their times; empty where there are none.

        The times come from the decoder's cross-attention (dynamic time warping, as in openai/whisper). The clip is
        encoded again in a window that is only as long as it has to be, which is cheap.
        """
        tokens = self._tokenizer.encode(f" {text.strip()}")
        if not text.strip():
            return ()
        with self._lock:
            features = self._whisper.feature_extractor(clip.samples)[:, : len(clip.samples) // FRAME_SAMPLES + 1]
            frames = max(features.shape[1], LEAST_ALIGNED_FRAMES)
            encoded = self._whisper.encode(pad_or_trim(features, frames))
            [found] = self._whisper.find_alignment(self._tokenizer, [tokens], encoded, features.shape[1])
        return tuple(Word(one["word"], Span(float(one["start"]), float(one["end"]))) for one in found)

    def _apply(self, bias: BiasList, plain: Hypothesis, encode_ms: float, decode: Decode) -> Recognition:
        if not bias:
            return Recognition(plain, plain, "empty", (), encode_ms)
        if not plain.text:
            return Recognition(plain, plain, "rejected", (), encode_ms)
        words, prompted = build_prompt((hotword.text for hotword in bias.hotwords), self._tokenizer.encode)
        if not prompted:
            return Recognition(plain, plain, "empty", (), encode_ms)
        return Recognition(plain, decode((self._tokenizer.sot_prev, *words)), "used", prompted, encode_ms)

    def _encode(self, clip: Clip) -> Encoded:
        start_s = time.perf_counter()
        has_speech = bool(get_speech_timestamps(clip.samples))
        features = self._whisper.feature_extractor(clip.samples)[:, : len(clip.samples) // 160 + 1]
        output = self._whisper.encode(pad_or_trim(features, WINDOW_FRAMES))
        return Encoded(output, len(clip.samples) / SAMPLE_RATE, has_speech, _ms_since(start_s))

    def _decode(self, encoded: Encoded, prompt: tuple[int, ...]) -> Hypothesis:
        start_s = time.perf_counter()
        tokens = [*prompt, *self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]
        new_tokens = _new_tokens(encoded.duration_s)
        result = self._whisper.model.generate(
            encoded.features,
            [tokens],
            beam_size=BEAM_SIZE,
            # CTranslate2 allows min(max_length / 2, max_length - prompt) new tokens, where the prompt is all but the
            # last of `tokens`. This gives both arms room for the same number.
            max_length=new_tokens + max(new_tokens, len(tokens) - 1),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        score, no_speech = result.scores[0], result.no_speech_prob
        text = self._tokenizer.decode(result.sequences_ids[0]).strip()
        silent = not prompt and (not encoded.has_speech or _is_silence(score, no_speech))
        return Hypothesis("" if silent else text, score, no_speech, _ms_since(start_s))


def find_speech(clip: Clip) -> tuple[Span, ...]:
    """Stretches of speech between pauses, whoever speaks (Silero VAD)."""
    found = get_speech_timestamps(clip.samples, min_silence_duration_ms=SHORTEST_PAUSE_MS, speech_pad_ms=SPEECH_PAD_MS)
    return tuple(Span(one["start"] / SAMPLE_RATE, one["end"] / SAMPLE_RATE) for one in found)


def build_prompt(texts: Iterable[str], encode: Callable[[str], list[int]]) -> tuple[list[int], tuple[str, ...]]:
    """The tokens of " A, B, C.", at most `PROMPT_TOKENS`, and the texts that are in it.

    A text that does not fit what is left is skipped, so that a long one does not keep out those after it. Each is
    encoded once: a word begins with its blank, so no token reaches from one text into the next.

    Args:
        texts: best first.
        encode: text to tokens; it must not know control tokens.
    """
    comma, stop = encode(","), encode(".")
    tokens: list[int] = []
    prompted: list[str] = []
    for text in filter(None, map(clean_hotword, texts)):
        if len(tokens) + len(comma) + len(stop) >= PROMPT_TOKENS:
            break
        piece = [*(comma if tokens else []), *encode(f" {text}")]
        if len(tokens) + len(piece) + len(stop) <= PROMPT_TOKENS:
            tokens += piece
            prompted.append(text)
    return ([*tokens, *stop] if tokens else []), tuple(prompted)


def clean_hotword(text: str) -> str:
    """One line of printable text; nothing where it is no name by its length.

    NFKC comes first: it can turn full-width forms into what is stripped after it.
    """
    if len(text) > MAX_HOTWORD_CHARS:
        return ""
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
    if model in PACKAGED:
        return PACKAGED[model]()
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
            f"Packaged: {', '.join(PACKAGED)}. From a model hub: {known}."
        ) from exc
