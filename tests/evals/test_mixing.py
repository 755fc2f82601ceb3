import numpy as np
import pytest

from core.speech.level import measure_active_rms
from evals.corpus.noise import SAMPLE_RATE, Samples
from evals.mixing import MARGIN_S, PAUSE_S, Position, mix_voices, trim

WAKE_WORD_S = 0.5


def tone(hz: float, duration_s: float, level: float) -> Samples:
    time_s = np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
    return (level * np.sin(2 * np.pi * hz * time_s)).astype(np.float32)


ASKING, OTHER = tone(200.0, 2.0, 0.1), tone(900.0, 1.0, 0.4)


@pytest.mark.parametrize(
    ("position", "duration_s", "start_s"),
    [
        ("clean", 2.0, MARGIN_S),
        ("before", 3.0 + PAUSE_S, MARGIN_S + 1.0 + PAUSE_S),
        ("after", 3.0 + PAUSE_S, MARGIN_S),
        ("over", 2.0, MARGIN_S),
    ],
)
def test_the_one_who_asks_is_where_the_mix_says(position: Position, duration_s: float, start_s: float) -> None:
    mix = mix_voices(ASKING, OTHER, position, 10.0, WAKE_WORD_S)
    start = round(mix.start_s * SAMPLE_RATE)
    assert mix.samples.size / SAMPLE_RATE == pytest.approx(duration_s + 2 * MARGIN_S)
    assert mix.start_s == pytest.approx(start_s)
    assert np.allclose(mix.samples[start : start + 4000], ASKING[:4000])


@pytest.mark.parametrize("snr_db", [10.0, 5.0, 0.0])
def test_the_other_voice_is_as_far_below_as_is_asked(snr_db: float) -> None:
    mix = mix_voices(ASKING, OTHER, "after", snr_db, WAKE_WORD_S)
    other = mix.samples[-round((MARGIN_S + 1.0) * SAMPLE_RATE) : -round(MARGIN_S * SAMPLE_RATE)]
    assert 20 * np.log10(measure_active_rms(ASKING) / measure_active_rms(other)) == pytest.approx(snr_db, abs=0.1)


def test_the_wake_word_is_never_talked_over() -> None:
    mix = mix_voices(ASKING, OTHER, "over", 0.0, WAKE_WORD_S)
    changed = np.flatnonzero(mix.samples[round(MARGIN_S * SAMPLE_RATE) :][: ASKING.size] != ASKING)
    assert changed[0] / SAMPLE_RATE == pytest.approx(WAKE_WORD_S, abs=0.01)
    assert changed[-1] / SAMPLE_RATE == pytest.approx(WAKE_WORD_S + 1.0, abs=0.01)


def test_silence_at_the_ends_is_cut_and_silence_alone_stays() -> None:
    assert np.array_equal(trim(np.pad(ASKING[1:], 100)), ASKING[1:-1]) or trim(np.pad(ASKING, 100)).size < ASKING.size
    assert trim(np.zeros(10, dtype=np.float32)).size == 10
