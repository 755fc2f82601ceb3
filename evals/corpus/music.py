"""Music-like sound: chords, a melody and a beat, put together by a seed. Nobody sings."""

import numpy as np
import numpy.typing as npt

from evals.corpus.noise import SAMPLE_RATE, Samples, scale_to_unit

Wave = npt.NDArray[np.float64]

SCALE = (0, 2, 4, 5, 7, 9, 11)  # semitones of a major scale
CHORDS = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (9, 12, 16))
PARTIALS = 6
LOWEST_HZ = 110.0


def make_music(length: int, seed: int) -> Samples:
    """`length` samples, root mean square 1; key, pace, chords, melody and timbre follow the seed."""
    rng = np.random.default_rng(seed)
    key_hz = LOWEST_HZ * 2 ** (rng.integers(12) / 12)
    beat = round(SAMPLE_RATE * 60 / rng.integers(80, 150))
    timbre = rng.uniform(0.3, 0.7)
    music = np.zeros(length + 8 * beat)
    for number, start in enumerate(range(0, length, beat)):
        if number % 4 == 0:
            for semitones in CHORDS[rng.integers(len(CHORDS))]:
                _add(music, start, _pluck(key_hz * 2 ** (semitones / 12), 4 * beat, timbre))
        melody = SCALE[rng.integers(len(SCALE))] + 24
        _add(music, start, _pluck(key_hz * 2 ** (melody / 12), beat, timbre))
        _add(music, start, _hit(rng, beat))
    return scale_to_unit(music[:length])


def _add(music: Wave, start: int, sound: Wave) -> None:
    music[start : start + len(sound)] += sound


def _pluck(pitch_hz: float, length: int, timbre: float) -> Wave:
    """A plucked string: partials that get weaker by `timbre` from one to the next, fading away."""
    time_s = np.arange(length) / SAMPLE_RATE
    partials = [timbre**n * np.sin(2 * np.pi * pitch_hz * (n + 1) * time_s) for n in range(PARTIALS)]
    attack = np.minimum(1.0, time_s / 0.005)
    return np.asarray(np.sum(partials, axis=0) * attack * np.exp(-3.0 * time_s / time_s[-1]))


def _hit(rng: np.random.Generator, length: int) -> Wave:
    """A drum: a burst of noise that is gone after a tenth of a second."""
    return np.asarray(rng.standard_normal(length) * np.exp(-np.arange(length) / SAMPLE_RATE / 0.02))
