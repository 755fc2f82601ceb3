"""When an utterance is over: a pure state machine over the levels of short blocks."""

from collections import deque

import numpy as np

from core.speech.audio import Samples


class EndOfSpeech:
    """Decides by level alone when an utterance is over; time comes in as an argument.

    The noise floor is the lowest level of the last seconds: speech dips almost to the noise between syllables, steady
    noise never rises far above its own minimum (after R. Martin, "Noise power spectral density estimation based on
    optimal smoothing and minimum statistics", 2001). Speech begins well above the floor and goes on until it has
    stayed near it for `silence_s`: two thresholds, so that the weak end of a word does not cut it off. A loud noise
    counts as speech here; the recogniser tells them apart.
    """

    FLOOR_WINDOW_S = 3.0
    BEGIN_RISE_DB = 8.0
    GO_ON_RISE_DB = 4.0
    # Shorter than any syllable, longer than a click.
    MIN_LOUD_S = 0.09
    # Below this a block is silent even where the floor is digital silence.
    QUIETEST_SPEECH_DBFS = -60.0

    def __init__(self, silence_s: float = 0.8) -> None:
        self.began_s: float | None = None
        self._silence_s = silence_s
        self._levels: deque[tuple[float, float]] = deque()
        self._loud_since_s: float | None = None
        self._last_speech_s = 0.0

    def hear(self, level_dbfs: float, at_s: float) -> bool:
        """Take the level of the block that began at `at_s`; returns whether the utterance is over.

        From its first speech on, `began_s` tells when that was.
        """
        if self._is_loud(level_dbfs, at_s):
            self._hear_loud(at_s)
        else:
            self._loud_since_s = None
        return self.began_s is not None and at_s - self._last_speech_s >= self._silence_s

    def _is_loud(self, level_dbfs: float, at_s: float) -> bool:
        self._levels.append((at_s, level_dbfs))
        while self._levels[0][0] < at_s - self.FLOOR_WINDOW_S:
            self._levels.popleft()
        floor_dbfs = min(level for _, level in self._levels)
        rise_db = self.BEGIN_RISE_DB if self.began_s is None else self.GO_ON_RISE_DB
        return level_dbfs > max(floor_dbfs + rise_db, self.QUIETEST_SPEECH_DBFS)

    def _hear_loud(self, at_s: float) -> None:
        self._last_speech_s = at_s
        if self._loud_since_s is None:
            self._loud_since_s = at_s
        # A hair less, because times of blocks are sums of fractions.
        if self.began_s is None and at_s - self._loud_since_s >= self.MIN_LOUD_S - 1e-6:
            self.began_s = self._loud_since_s


def measure_dbfs(samples: Samples) -> float:
    """The RMS level in dB below full scale (a constant 1.0 is 0 dB); digital silence is -120 dB."""
    return float(10.0 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-12))
