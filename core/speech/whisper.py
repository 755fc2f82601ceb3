"""Whisper through faster-whisper and CTranslate2: one encoding of a clip, any number of decodes and scores from it.

Radford et al. 2022, "Robust Speech Recognition via Large-Scale Weak Supervision". The only user of the two libraries.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ctranslate2
import faster_whisper
import numpy as np
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.vad import get_speech_timestamps
from numpy.typing import NDArray

from core.errors import ModelError
from core.models import PACKAGED, file_sha256
from core.speech.anchoring import Span, Word
from core.speech.audio import SAMPLE_RATE, Clip, Samples

BEAM_SIZE = 5
COMPUTE_TYPE = "int8"
SMALL_BYTES = 200_000_000
CPU_INFO = Path("/proc/cpuinfo")
FULL_WINDOW_S = 30.0
WINDOW_S = 12.0
SILENCE_AFTER_S = 3.0
SCORED_SILENCE_S = 2.5
TOKENS_PER_SECOND = 10
SPARE_TOKENS = 20
MAX_NEW_TOKENS = 200
FRAMES_PER_SECOND = 50  # of the encoder's output
FRAME_SAMPLES = 160  # 10 ms, of the encoder's input
LEAST_ALIGNED_FRAMES = 1000  # 10 s
SHORTEST_PAUSE_MS = 150  # between two people's speech; within a sentence pauses are mostly shorter
SPEECH_PAD_MS = 30

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A clip after the encoder: float32 of shape (1, frames, width). `window_s` is all that was encoded."""

    output: NDArray[np.float32]
    duration_s: float
    window_s: float
    has_speech: bool
    encode_ms: float

    @property
    def speech(self) -> NDArray[np.float32]:
        """The frames of the clip, without the silence after it: shape (frames, width)."""
        return self.output[0, : math.ceil(self.duration_s * FRAMES_PER_SECOND)]

    @property
    def max_new_tokens(self) -> int:
        """A bound on the length of what can be said in that time, so that a loop ends soon."""
        return min(SPARE_TOKENS + math.ceil(self.duration_s * TOKENS_PER_SECOND), MAX_NEW_TOKENS)


@dataclass(frozen=True, slots=True)
class Decoded:
    """One hypothesis of an n-best. `logprob` is of all tokens and the end; `avg_logprob` is per token."""

    text: str
    tokens: Tokens
    logprob: float
    avg_logprob: float
    no_speech_prob: float


class Whisper:
    """A loaded model. Not to be used by two threads at once."""

    def __init__(
        self, model: faster_whisper.WhisperModel, decoder: ctranslate2.models.Whisper, name: str, sha256: str
    ) -> None:
        self.name = name
        self.sha256 = sha256
        self._whisper = model
        self._decoder = decoder
        # Without this a hotword "<|endoftext|>" would become the control token of that name.
        model.hf_tokenizer.encode_special_tokens = True
        self._tokenizer = Tokenizer(model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language="en")

    @classmethod
    def load(cls, model: str, threads: int) -> "Whisper":
        """Load a model by packaged name, folder, or faster-whisper name.

        Raises:
            ModelError: there is no such model here and none can be fetched, or its files are not usable.
        """
        folder = _model_folder(model)
        try:
            whisper = faster_whisper.WhisperModel(
                str(folder), device="cpu", compute_type=COMPUTE_TYPE, cpu_threads=threads
            )
            is_apart = threads > 1 and _is_small(folder) and not _multiplies_slowly()
            decoder = _load_decoder(folder) if is_apart else whisper.model
        except Exception as exc:  # the tokenizer's library raises plain Exceptions
            raise ModelError(f"The model {model!r} cannot be loaded; its folder is incomplete or no Whisper.") from exc
        return cls(whisper, decoder, model, file_sha256(folder / "model.bin"))

    def encode_text(self, text: str) -> list[int]:
        """Text to tokens; what looks like a control token becomes ordinary ones."""
        return list(self._tokenizer.encode(text))

    def encode(self, clip: Clip, window_s: float | None = None) -> Encoded:
        """Encode the clip and the silence after it, in all `window_s` seconds; left out, a window fitted to the clip.

        What follows the clip is silence as Whisper was trained on, zeros of sound. faster-whisper's zeros of the
        features are a hum instead, in which tiny.en hears words more often.
        """
        start_s = time.perf_counter()
        duration_s = len(clip.samples) / SAMPLE_RATE
        window_s = window_s or min(FULL_WINDOW_S, max(WINDOW_S, math.ceil(duration_s + SILENCE_AFTER_S)))
        samples = _pad(clip.samples, round(window_s * SAMPLE_RATE))
        frames = self._whisper.feature_extractor(samples)[:, : round(window_s * FRAMES_PER_SECOND) * 2]
        output = np.array(self._whisper.encode(frames))
        has_speech = bool(get_speech_timestamps(clip.samples))
        return Encoded(output, duration_s, window_s, has_speech, ms_since(start_s))

    def decode(self, encoded: Encoded, prompt: Sequence[int] = (), count: int = 1) -> tuple[Decoded, ...]:
        """The `count` best hypotheses, best first, after the text of `prompt`."""
        start = self._start(prompt)
        new_tokens = encoded.max_new_tokens
        result = self._decoder.generate(
            ctranslate2.StorageView.from_array(encoded.output),
            [start],
            beam_size=BEAM_SIZE,
            num_hypotheses=count,
            # CTranslate2 allows min(max_length / 2, max_length - prompt) new tokens, where the prompt is all but the
            # last of the start. This gives every decode room for the same number.
            max_length=new_tokens + max(new_tokens, len(start) - 1),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        return tuple(
            Decoded(self._tokenizer.decode(tokens).strip(), tuple(tokens), score * len(tokens), score, silence)
            for tokens, score, silence in zip(
                result.sequences_ids, result.scores, [result.no_speech_prob] * count, strict=False
            )
        )

    def score(self, encoded: Encoded, prompt: Sequence[int], texts: Sequence[str]) -> list[float]:
        """The log-likelihood of each text, its end included, after the text of `prompt`.

        It equals the `logprob` of a hypothesis, but for what the 8-bit sums differ by. The decoder looks at the clip
        and a little silence only: nothing is searched, so it cannot loop, and it is a third cheaper.
        """
        if not texts:
            return []
        start = self._start(prompt)
        forced = [[*self.encode_text(f" {text}"), self._tokenizer.eot] for text in texts]
        steps = max(map(len, forced))
        frames = math.ceil((encoded.duration_s + SCORED_SILENCE_S) * FRAMES_PER_SECOND)
        output = np.repeat(encoded.output[:, :frames], len(texts), axis=0)
        results = self._decoder.generate(
            ctranslate2.StorageView.from_array(output),
            [[*start, *tokens] for tokens in forced],
            beam_size=1,
            max_length=max(2 * steps, steps + len(start) - 1),
            return_logits_vocab=True,
        )
        return [
            _sum_logprobs(np.array(result.logits[0]), tokens) for result, tokens in zip(results, forced, strict=True)
        ]

    def locate_words(self, clip: Clip, text: str) -> tuple[Word, ...]:
        """The words of `text`, which was recognised in `clip`, with their times; empty where there are none.

        The times come from the decoder's cross-attention (dynamic time warping, as in openai/whisper). The clip is
        encoded again in a window that is only as long as it has to be, which is cheap.
        """
        tokens = self._tokenizer.encode(f" {text.strip()}")
        if not text.strip():
            return ()
        features = self._whisper.feature_extractor(clip.samples)[:, : len(clip.samples) // FRAME_SAMPLES + 1]
        frames = max(features.shape[1], LEAST_ALIGNED_FRAMES)
        encoded = self._whisper.encode(pad_or_trim(features, frames))
        [found] = self._whisper.find_alignment(self._tokenizer, [tokens], encoded, features.shape[1])
        return tuple(Word(one["word"], Span(float(one["start"]), float(one["end"]))) for one in found)

    def _start(self, prompt: Sequence[int]) -> list[int]:
        before = [self._tokenizer.sot_prev, *prompt] if prompt else []
        return [*before, *self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]


def find_speech(clip: Clip) -> tuple[Span, ...]:
    """Stretches of speech between pauses, whoever speaks (Silero VAD)."""
    found = get_speech_timestamps(clip.samples, min_silence_duration_ms=SHORTEST_PAUSE_MS, speech_pad_ms=SPEECH_PAD_MS)
    return tuple(Span(one["start"] / SAMPLE_RATE, one["end"] / SAMPLE_RATE) for one in found)


def _sum_logprobs(logits: NDArray[np.float32], tokens: Sequence[int]) -> float:
    """Of the forced tokens: `logits` has a row for each step, of which the first ones are theirs.

    The powers are taken in single precision, which is three times as fast, and added up in double.
    """
    rows = logits[: len(tokens)]
    top = rows.max(axis=1, keepdims=True)
    sums = np.exp(rows - top).sum(axis=1, dtype=np.float64)
    forced = rows[np.arange(len(tokens)), list(tokens)].astype(np.float64)
    return float((forced - top[:, 0] - np.log(sums)).sum())


def _pad(samples: Samples, length: int) -> Samples:
    return np.pad(samples, (0, max(0, length - len(samples))))


def ms_since(start_s: float) -> float:
    """Milliseconds since a reading of `time.perf_counter`."""
    return (time.perf_counter() - start_s) * 1000.0


def _model_folder(model: str) -> Path:
    if model in PACKAGED:
        return PACKAGED[model]()
    if Path(model).is_dir():
        if not (Path(model) / "model.bin").is_file():
            raise ModelError(f"The folder {model!r} holds no model.bin; give a folder of a CTranslate2 Whisper model.")
        return Path(model)
    return _fetched_folder(model)


def _is_small(folder: Path) -> bool:
    """Whether the model may be in memory twice: tiny and base."""
    return (folder / "model.bin").stat().st_size <= SMALL_BYTES


def _multiplies_slowly() -> bool:
    """Whether the processor lacks dot products of 8-bit numbers (VNNI). Where nothing tells, it has them."""
    try:
        flags = CPU_INFO.read_text(encoding="ascii", errors="replace")
    except OSError:  # not Linux
        return False
    return "avx2" in flags and "vnni" not in flags


def _load_decoder(folder: Path) -> ctranslate2.models.Whisper:
    """The model once more, with one thread. A step of the decoder is so little work that threads wait for each other
    longer than they save, unless the processor multiplies slowly; the encoder gains by each.
    """
    return ctranslate2.models.Whisper(str(folder), device="cpu", compute_type=COMPUTE_TYPE, intra_threads=1)


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
