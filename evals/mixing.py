"""One person asks, another one talks: two voices in one clip, at a given distance in level.

All samples are float32, mono, 16 kHz.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from core.speech.level import measure_active_rms
from evals.corpus.noise import SAMPLE_RATE, Samples, limit_peak

Position = Literal["clean", "before", "after", "over"]
"""When the other voice is heard. over: at the same time, from the end of the wake word to the end of the request."""

POSITIONS: tuple[Position, ...] = get_args(Position)
SNRS_DB = (10.0, 5.0, 0.0)
MARGIN_S = 0.25
PAUSE_S = 0.4  # between the two people where they don't speak at once
AUDIBLE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Mix:
    """A clip of two voices, and when the one who asks begins, seconds."""

    samples: Samples
    start_s: float


def mix_voices(asking: Samples, other: Samples, position: Position, snr_db: float, wake_word_s: float) -> Mix:
    """Put the two together.

    Args:
        asking: the request with its wake word, without silence around it.
        other: what the other person says, without silence around it; unused in a clean clip.
        position: when.
        snr_db: how far the other voice is below the one that asks (active levels).
        wake_word_s: how long the wake word takes at the beginning of `asking`.
    """
    margin, pause = _silence(MARGIN_S), _silence(PAUSE_S)
    level = measure_active_rms(asking) * 10 ** (-snr_db / 20) / max(measure_active_rms(other), AUDIBLE)
    beside = (other * np.float32(level)).astype(np.float32)
    parts = {
        "clean": [asking],
        "before": [beside, pause, asking],
        "after": [asking, pause, beside],
        "over": [_overlay(asking, beside, round(wake_word_s * SAMPLE_RATE))],
    }[position]
    start_s = MARGIN_S + (beside.size / SAMPLE_RATE + PAUSE_S if position == "before" else 0.0)
    return Mix(limit_peak(np.concatenate([margin, *parts, margin])), start_s)


def trim(samples: Samples) -> Samples:
    """The samples without the silence at both ends."""
    audible = np.flatnonzero(np.abs(samples) > AUDIBLE)
    return samples[audible[0] : audible[-1] + 1] if audible.size else samples


def _overlay(asking: Samples, beside: Samples, start: int) -> Samples:
    both = asking.copy()
    heard = beside[: max(0, both.size - start)]
    both[start : start + heard.size] += heard
    return both


def _silence(duration_s: float) -> Samples:
    return np.zeros(round(duration_s * SAMPLE_RATE), dtype=np.float32)
