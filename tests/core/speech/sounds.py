"""Sounds that the tests of recording play."""

import numpy as np

from core.speech.audio import SAMPLE_RATE, Samples, decode_clip
from core.speech.voice import Voice


def speak_sentence() -> Samples:
    """One sentence, without the voice's own silence around it."""
    samples = decode_clip(Voice().speak("Turn on the kitchen lights.").wav).samples
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    return samples[loud[0] : loud[-1]]


def make_silence(duration_s: float) -> Samples:
    return np.zeros(round(duration_s * SAMPLE_RATE), np.float32)


def add_noise(samples: Samples, level_dbfs: float) -> Samples:
    noise = np.random.default_rng(3).normal(0.0, 10 ** (level_dbfs / 20), samples.size)
    return (samples + noise).astype(np.float32)
