"""Who says it: hibari's one voice through other throats and in two accents, blends of Kokoro's accented speakers, and
two of Flite's voices.

hibari's network gives a spectral envelope and a pitch for every frame, as vocoders do. A throat of another length
stretches the envelope (Eide and Gish 1996, "A parametric approach to vocal tract length normalization", the other way
round), another larynx moves the pitch; so one voice makes men, women and children.
"""

import functools
import random
from dataclasses import dataclass

import numpy as np
from hibari import dsp
from numpy.typing import NDArray
from scipy.signal import resample_poly

from core.speech.phones import Phones
from core.speech.phonetics import sound_out
from evals.corpus import kokoro
from evals.corpus.noise import Samples, limit_peak
from evals.corpus.voices import load_g2p, load_hibari, open_voice, resample

FLITE = ("flite/slt", "flite/slt", "flite/kal16")
VOICES = ("hibari/heart", *sorted(set(FLITE)))
"""Of the dev split, or of no split at all. Kokoro's speakers with an accent are of no split either. So Kokoro's English
voices, most of dev, are as new to the head as those of the test split, and the gate learns how far to trust it.
"""
BLENDS = f"blends of {', '.join(kokoro.ACCENTED_SHA256)}: {kokoro.ORIGIN}, Apache-2.0"
FAMILIES = {"hibari": 0.45, "kokoro": 0.35, "flite": 0.2}  # of the clips
BRITISH = 0.35  # of hibari's and Kokoro's
SPEEDS = (0.85, 0.9, 1.0, 1.0, 1.1, 1.2)
PITCH = (0.45, 1.35)  # of hibari's own
THROAT = (0.85, 1.25)  # the same
EVENNESS = (0.0, 0.0, 0.5, 1.0)  # 1: said on one tone
MOUTHS = (17, 18, 19, 20, 20, 20, 21, 22, 23, 24)  # of 20: the others' voices lower and slower, or higher and faster
LEAST_VOICED_HZ = 40.0  # below it nothing is voiced
LOWEST_HZ = 45.0
_AMERICAN = str.maketrans({"Q": "O", "ɒ": "ɔ", "a": "æ", "\u02d0": None})  # the voice has said no others

Frames = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Throat:
    """pitch, length: beside hibari's own; evenness: how much of the melody is lost."""

    pitch: float
    length: float
    evenness: float


def say(text: str, rng: random.Random) -> tuple[Samples, Phones]:
    """Somebody says `text`: float32, mono, 16 kHz; and the phones of it."""
    family = rng.choices(list(FAMILIES), list(FAMILIES.values()))[0]
    speed, seed = rng.choice(SPEEDS), rng.randrange(1 << 30)
    if family == "flite":
        return _change_mouth(open_voice(rng.choice(FLITE)).say(text, seed, speed), rng), sound_out(text)
    british = rng.random() < BRITISH
    phonemes = load_g2p(british)(text)
    phones = sound_out(text, british)
    if family == "kokoro":
        return _change_mouth(kokoro.speak(phonemes, _blend(rng), speed, threads=1), rng), phones
    throat = Throat(PITCH[0] * (PITCH[1] / PITCH[0]) ** rng.random(), rng.uniform(*THROAT), rng.choice(EVENNESS))
    return _speak(phonemes.translate(_AMERICAN) if british else phonemes, throat, speed, seed), phones


def _change_mouth(samples: Samples, rng: random.Random) -> Samples:
    return np.asarray(resample_poly(samples, rng.choice(MOUTHS), 20), dtype=np.float32)


def _blend(rng: random.Random) -> Samples:
    """The style of somebody between two speakers."""
    one, other = (_load_accented(speaker) for speaker in rng.sample(sorted(kokoro.ACCENTED_SHA256), 2))
    share = np.float32(rng.random())
    return share * one + (1 - share) * other


@functools.cache
def _load_accented(speaker: str) -> Samples:
    return kokoro.load_styles(speaker)


def _speak(phonemes: str, throat: Throat, speed: float, seed: int) -> Samples:
    tts = load_hibari()
    inputs = {"ids": np.array([tts.ids(phonemes)]), "speed": np.array([speed], dtype=np.float32)}
    harmonics, turns, noise, rest, phases, pitch = (output[0] for output in tts.sess.run(None, inputs))
    samples = dsp.synth(
        *(_stretch(frames, throat.length) for frames in (harmonics, turns, noise, rest, phases)),
        _move_pitch(pitch, throat),
        np.random.default_rng(seed),
    )
    return limit_peak(resample(np.asarray(samples, dtype=np.float32), tts.sample_rate))


def _stretch(frames: Frames, length: float) -> Frames:
    """What stood at one frequency stands at another: shape (frequencies, frames)."""
    last = len(frames) - 1
    places = np.rint(np.arange(len(frames)) * length).astype(np.intp)
    return np.asarray(frames[np.minimum(places, last)])


def _move_pitch(pitch_hz: Frames, throat: Throat) -> Frames:
    voiced = pitch_hz > LEAST_VOICED_HZ
    if not voiced.any():
        return pitch_hz
    mean_hz = np.exp(np.log(pitch_hz[voiced]).mean())
    melody = (np.maximum(pitch_hz, LEAST_VOICED_HZ) / mean_hz) ** (1.0 - throat.evenness)
    moved = np.maximum(LOWEST_HZ, throat.pitch * mean_hz * melody)
    return np.where(voiced, moved, 0.0).astype(np.float32)
