"""The same words in another room, in noise: what makes one synthetic clip unlike the next.

All samples are float32, mono, 16 kHz.
"""

from collections.abc import Sequence

import numpy as np
from scipy.signal import fftconvolve

from core.speech.level import measure_active_rms
from evals.corpus.clips import SOUNDS
from evals.corpus.noise import (
    SAMPLE_RATE,
    Samples,
    add_noise,
    limit_peak,
    scale_to_unit,
    set_level,
)

AUDIBLE_RMS = 1e-4
SILENCE_S = (0.1, 0.5)  # before and after
ROOMS = 0.2  # of the clips
REVERBERATION_S = (0.1, 0.5)
COLOURED = 0.25
TILT_DB = (-4.0, 4.0)  # an octave
SNR_DB = (0.0, 25.0)
LEVEL_DBFS = (-38.0, -18.0)
TALKERS = (3, 8)
NOISES = {"none": 0.35, "babble": 0.25, "pink": 0.25, "white": 0.08, "music": 0.07}


def disturb(speech: Samples, others: Sequence[Samples], rng: np.random.Generator) -> Samples:
    """One clip, as it may sound elsewhere.

    Args:
        speech: what is said.
        others: what others say, for babble.
        rng: decides everything.
    """
    before, after = (round(rng.uniform(*SILENCE_S) * SAMPLE_RATE) for _ in range(2))
    clip = np.pad(set_level(speech, -26.0), (before, after))
    if rng.random() < ROOMS:
        clip = put_in_room(clip, rng)
    if rng.random() < COLOURED:
        clip = colour(clip, rng)
    noise = str(rng.choice(list(NOISES), p=list(NOISES.values())))
    if noise == "babble":
        clip = add_noise(clip, _make_babble(len(clip), others, rng), rng.uniform(*SNR_DB))
    elif noise in SOUNDS:
        clip = add_noise(clip, SOUNDS[noise](len(clip), int(rng.integers(1 << 30))), rng.uniform(*SNR_DB))
    return limit_peak(set_level(clip, rng.uniform(*LEVEL_DBFS)))


def put_in_room(clip: Samples, rng: np.random.Generator) -> Samples:
    """Behind the direct sound noise that dies away (Polack's model of late reverberation)."""
    length = round(rng.uniform(*REVERBERATION_S) * SAMPLE_RATE)
    tail = rng.standard_normal(length) * 10 ** (-3.0 * np.arange(length) / length)
    tail *= 10 ** (-rng.uniform(0.0, 12.0) / 20) / np.sqrt((tail**2).sum())
    tail[0] = 1.0
    return np.asarray(fftconvolve(clip, tail)[: len(clip)], dtype=np.float32)


def colour(clip: Samples, rng: np.random.Generator) -> Samples:
    """Brighter or darker, now and then as narrow as a telephone."""
    frequency_hz = np.fft.rfftfreq(len(clip), 1 / SAMPLE_RATE)
    gain = 10 ** (rng.uniform(*TILT_DB) * np.log2(np.maximum(frequency_hz, 60.0) / 1000.0) / 20)
    if rng.random() < 0.4:
        gain *= (frequency_hz > 200.0) & (frequency_hz < rng.uniform(3400.0, 6000.0))
    return np.asarray(np.fft.irfft(np.fft.rfft(clip) * gain, len(clip)), dtype=np.float32)


def _make_babble(length: int, others: Sequence[Samples], rng: np.random.Generator) -> Samples:
    talkers = (others[int(rng.integers(len(others)))] for _ in range(int(rng.integers(*TALKERS))))
    streams = [np.resize(one, length + len(one)) / max(AUDIBLE_RMS, measure_active_rms(one)) for one in talkers]
    starts = [int(rng.integers(len(stream) - length + 1)) for stream in streams]
    taken = [stream[start : start + length] for stream, start in zip(streams, starts, strict=True)]
    return scale_to_unit(np.stack(taken).sum(axis=0, dtype=np.float64))
