"""When one voice of several is heard: the sums."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.speech.anchoring import Span
from core.speech.voice_track import FAINT, HEARD, SMOOTH_S, VoiceTrack

FRAMES_A_SECOND = 100.0
ENDS_S = 2.0


def follow(*parts: tuple[float, float]) -> VoiceTrack:
    """A track of one second for each part: the power of the one voice, and that of the other."""
    own = np.repeat(np.array([own for own, _ in parts], dtype=np.float32), int(FRAMES_A_SECOND))
    other = np.repeat(np.array([other for _, other in parts], dtype=np.float32), int(FRAMES_A_SECOND))
    return VoiceTrack(own + other, own, FRAMES_A_SECOND, 0.5 / FRAMES_A_SECOND)


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param((0.0, 0.0), id="silence"),
        pytest.param((0.0, 1.0), id="another voice"),
        pytest.param((HEARD / 2, 1.0), id="another voice of which the mask leaves a little"),
        pytest.param((FAINT / 2, 0.0), id="next to silence"),
    ],
)
def test_a_voice_ends_where_it_is_not_heard_any_more(rest: tuple[float, float]) -> None:
    assert follow((1.0, 0.0), (1.0, 1.0), rest).find_end() == pytest.approx(ENDS_S, abs=SMOOTH_S / 2)


def test_a_pause_is_no_end() -> None:
    assert follow((1.0, 0.0), (0.0, 1.0), (1.0, 1.0)).find_end() == pytest.approx(3.0, abs=SMOOTH_S / 2)


def test_a_voice_that_is_never_heard_ends_at_the_beginning() -> None:
    assert follow((0.0, 1.0), (0.0, 1.0)).find_end() == 0.0
    assert follow((0.0, 0.0)).find_end() == 0.0


def test_a_share_is_that_of_the_stretch() -> None:
    track = follow((1.0, 0.0), (0.0, 1.0), (1.0, 3.0))
    shares = track.measure_shares([Span(0.1, 0.9), Span(1.1, 1.9), Span(2.1, 2.9), Span(0.0, 3.0)])
    assert shares == pytest.approx([1.0, 0.0, 0.25, 2.0 / 6.0], abs=0.01)


@given(arrays(np.float32, st.integers(1, 400), elements=st.floats(0.0, 1e6, width=32)), st.floats(0.0, 1.0))
def test_the_end_lies_in_the_clip_and_shares_between_nothing_and_all(powers: np.ndarray, share: float) -> None:
    track = VoiceTrack(powers, (powers * np.float32(share)).astype(np.float32), FRAMES_A_SECOND, -0.016)
    assert 0.0 <= track.find_end() <= powers.size / FRAMES_A_SECOND
    for span in (Span(0.0, 0.5), Span(3.0, 9.0), Span(50.0, 60.0)):
        (measured,) = track.measure_shares([span])
        assert 0.0 <= measured <= 1.0 + 1e-6
