"""Two voices in one clip, as the network learns from them: mixtures are made as they are needed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import resample_poly

from core.speech.anchoring import Span
from core.speech.level import measure_active_rms
from core.speech.voice_mask import LEVEL
from evals.corpus.clips import SOUNDS
from evals.corpus.noise import SAMPLE_RATE, Samples
from evals.phone_head.sounds import colour, put_in_room
from evals.voice_mask.voices import QUIET, Voice

START_S = (0.08, 0.3)
WAKE_WORD_S, LONGER_S, LONGER = (0.45, 0.9), (0.9, 1.3), 0.3  # a device may give more than the wake word as the anchor
OVERLAPPING = 0.8  # of the mixtures: from the anchor's end on both speak; fewer, and the network learns to do nothing
ALONE = 0.3  # of the others
AT_ONCE_S, LATER_S, LATER = (-0.03, 0.1), (0.0, 1.2), 0.4
SNR_DB = (-4.0, 8.0)
NOISY, NOISE_DB, PINK = 0.3, (8.0, 35.0), 0.75
LONG_S = 5.0  # from here on a clip is long: who asks has more to say, and others come and go
PAUSE_S = (0.05, 0.6)
COMING_AT_ONCE, LEAST_STAY_S = 0.6, 1.5  # of the others
ENDING_EARLY = 0.3  # of all voices
CHANGED_LITTLE, CHANGED = 0.1, 0.25  # how often a voice is coloured, and how often it is in a room
OTHER_MOUTH = 0.6
MOUTHS = (17, 18, 19, 20, 20, 20, 21, 22, 23)  # of 20: lower and slower, or higher and faster


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """mixed: both voices, the anchor at the level that the network expects. wanted: the anchored one alone."""

    mixed: Samples
    wanted: Samples
    anchor: Span


class Mixer:
    """Makes mixtures of single voices; the seed decides everything."""

    def __init__(self, voices: Sequence[Voice], seed: int) -> None:
        self._voices = voices
        self._rng = np.random.default_rng(seed)

    def draw(self, duration_s: float) -> Mixture:
        """The next one, so long."""
        rng = self._rng
        overlaps = rng.random() < OVERLAPPING
        start_s = rng.uniform(*START_S)
        anchor = Span(start_s, start_s + rng.uniform(*(LONGER_S if rng.random() < LONGER else WAKE_WORD_S)))
        wanted, other = (np.zeros(round(duration_s * SAMPLE_RATE), dtype=np.float32) for _ in range(2))
        is_long = duration_s >= LONG_S
        asking = self._speak(overlaps)
        _put(wanted, self._go_on(asking, duration_s) if is_long else asking, start_s)
        if overlaps or rng.random() >= ALONE:
            later_s = rng.uniform(*(LATER_S if not overlaps and rng.random() < LATER else AT_ONCE_S))
            level = np.float32(10 ** (-rng.uniform(*SNR_DB) / 20))
            talk = self._start_anywhere(self._speak(overlaps))
            if is_long:
                talk, later_s = self._stay(talk, duration_s), self._arrive(later_s, duration_s)
            _put(other, talk * level, anchor.end_s + later_s)
        if not overlaps and rng.random() < NOISY:
            wanted += self._make_noise(wanted.size)
        mixed = wanted + other
        gain = np.float32(LEVEL / max(QUIET, measure_active_rms(anchor.cut(mixed))))
        return Mixture(mixed * gain, wanted * gain, anchor)

    def _speak(self, overlaps: bool) -> Samples:
        """Somebody, now and then with another mouth, through another channel or in a room."""
        rng, often = self._rng, CHANGED_LITTLE if overlaps else CHANGED
        voice = self._voices[int(rng.integers(len(self._voices)))].astype(np.float32)
        if rng.random() < OTHER_MOUTH:
            voice = np.asarray(resample_poly(voice, int(rng.choice(MOUTHS)), 20), dtype=np.float32)
        if rng.random() < often:
            voice = colour(voice, rng)
        if rng.random() < often:
            voice = put_in_room(voice, rng)
        return _bring_to_one_level(voice)

    def _start_anywhere(self, voice: Samples) -> Samples:
        """In its first second: who talks did not wait for the wake word."""
        start = int(self._rng.uniform(0, max(1, min(SAMPLE_RATE, voice.size - SAMPLE_RATE))))
        return _bring_to_one_level(voice[start:])

    def _go_on(self, voice: Samples, duration_s: float) -> Samples:
        """More by the same voice, from anywhere in what it said, until the time is over or, now and then, less long."""
        rng, parts, length = self._rng, [voice], voice.size
        if rng.random() < ENDING_EARLY:
            duration_s *= rng.uniform(0.5, 1.0)
        while length < duration_s * SAMPLE_RATE:
            pause = np.zeros(round(rng.uniform(*PAUSE_S) * SAMPLE_RATE), dtype=np.float32)
            parts += [pause, self._start_anywhere(voice)]
            length += pause.size + parts[-1].size
        return np.concatenate(parts)[: round(duration_s * SAMPLE_RATE)]

    def _stay(self, voice: Samples, duration_s: float) -> Samples:
        """What somebody says who stays for a while."""
        said = self._go_on(voice, duration_s)
        return said[: round(self._rng.uniform(LEAST_STAY_S, duration_s) * SAMPLE_RATE)]

    def _arrive(self, later_s: float, duration_s: float) -> float:
        """When, after the anchor."""
        return later_s if self._rng.random() < COMING_AT_ONCE else self._rng.uniform(0.0, duration_s / 2)

    def _make_noise(self, length: int) -> Samples:
        rng = self._rng
        sound = SOUNDS["pink" if rng.random() < PINK else "white"](length, int(rng.integers(1 << 30)))
        return np.asarray(sound * np.float32(10 ** (-rng.uniform(*NOISE_DB) / 20)), dtype=np.float32)


def _put(into: Samples, voice: Samples, at_s: float) -> None:
    start = round(at_s * SAMPLE_RATE)
    heard = voice[: max(0, into.size - start)]
    into[start : start + heard.size] += heard


def _bring_to_one_level(voice: Samples) -> Samples:
    return voice / np.float32(max(QUIET, measure_active_rms(voice)))
