"""When one voice of several is heard in a clip.

After Ding et al. 2020, "Personal VAD: Speaker-Conditioned Voice Activity Detection". There a network learns it; here
the mask that takes the voices apart tells it as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.speech.anchoring import Span

# Chosen on the masks of dev voices and of people who are in no test, whose requests end before the other one does.
SMOOTH_S = 0.25
HEARD = 0.05  # of a frame's power; less, and somebody else speaks alone
FAINT = 0.001  # of the voice's loud frames; less, and it is silent
LOUD_PERCENTILE = 95
_DARKEST = 1e-9

Powers = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class VoiceTrack:
    """The power of a clip, frame by frame.

    all_voices, own: of the whole sound, and of what the mask leaves of it for the one voice; shape (frames,).
    frames_a_second: how many there are. first_s: the middle of the first one.
    """

    all_voices: Powers
    own: Powers
    frames_a_second: float
    first_s: float

    def measure_shares(self, spans: Sequence[Span]) -> list[float]:
        """How much of each stretch is the one voice, 0 to 1."""
        places = [self._place(span) for span in spans]
        return [float(self.own[at].sum() / max(_DARKEST, float(self.all_voices[at].sum()))) for at in places]

    def find_end(self) -> float:
        """When the one voice is last heard, seconds; 0 where it never is."""
        own, all_voices = self._smooth(self.own), self._smooth(self.all_voices)
        is_heard = (own > HEARD * all_voices) & (own > FAINT * np.percentile(own, LOUD_PERCENTILE))
        heard = np.flatnonzero(is_heard)
        return max(0.0, self.first_s + float(heard[-1]) / self.frames_a_second) if heard.size else 0.0

    def _place(self, span: Span) -> slice:
        """The frames of a stretch, at least one."""
        first, last = (round((time_s - self.first_s) * self.frames_a_second) for time_s in (span.start_s, span.end_s))
        first = min(max(0, first), self.own.size - 1)
        return slice(first, max(first, last) + 1)

    def _smooth(self, powers: Powers) -> Powers:
        half = round(SMOOTH_S / 2 * self.frames_a_second)
        window = np.hanning(2 * half + 3)[1:-1]
        return np.convolve(np.pad(powers, half), window / window.sum(), mode="valid").astype(np.float32)
