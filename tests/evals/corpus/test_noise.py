from collections.abc import Callable

import numpy as np
import pytest

from core.speech.level import measure_active_rms
from evals.corpus.babble import make_babble
from evals.corpus.music import make_music
from evals.corpus.noise import (
    PEAK_LIMIT,
    SAMPLE_RATE,
    Samples,
    add_noise,
    limit_peak,
    make_pink_noise,
    make_white_noise,
    set_level,
)


def make_tone(duration_s: float, amplitude: float) -> Samples:
    time_s = np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
    return (amplitude * np.sin(2 * np.pi * 400 * time_s)).astype(np.float32)


def measure_band_power(samples: Samples, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(samples)) ** 2
    frequency_hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    return float(power[(frequency_hz >= low_hz) & (frequency_hz < high_hz)].sum())


@pytest.mark.parametrize("silence_s", [0.0, 0.5, 4.0])
def test_silence_around_the_voice_does_not_change_the_active_level(silence_s: float) -> None:
    tone = make_tone(1.0, 0.2)
    padded = np.pad(tone, round(silence_s * SAMPLE_RATE))
    assert measure_active_rms(padded) == pytest.approx(0.2 / np.sqrt(2), rel=1e-3)


@pytest.mark.parametrize("length", [0, 1, SAMPLE_RATE])
def test_silence_has_no_level_and_stays_silence(length: int) -> None:
    silence = np.zeros(length, dtype=np.float32)
    assert measure_active_rms(silence) == 0.0
    assert not set_level(silence, -26.0).any()


@pytest.mark.parametrize("level_dbfs", [-40.0, -26.0, -12.0])
def test_a_clip_is_set_to_the_level_that_was_asked_for(level_dbfs: float) -> None:
    levelled = set_level(make_tone(0.5, 0.01), level_dbfs)
    assert 20 * np.log10(measure_active_rms(levelled)) == pytest.approx(level_dbfs, abs=0.01)


@pytest.mark.parametrize("snr_db", [20, 10, 0])
def test_noise_lies_that_far_below_the_active_part_whatever_the_pauses(snr_db: float) -> None:
    speech = np.pad(make_tone(1.0, 0.1), SAMPLE_RATE)
    noise = add_noise(speech, make_pink_noise(len(speech), seed=3), snr_db) - speech
    distance_db = 20 * np.log10(measure_active_rms(speech) / np.sqrt(np.mean(noise**2)))
    assert distance_db == pytest.approx(snr_db, abs=0.05)


def test_pink_noise_has_the_same_power_in_every_octave() -> None:
    noise = make_pink_noise(20 * SAMPLE_RATE, seed=1)
    octaves = [measure_band_power(noise, low_hz, 2 * low_hz) for low_hz in (100, 400, 1600, 3200)]
    assert 10 * np.log10(max(octaves) / min(octaves)) < 0.5


def test_white_noise_has_the_same_power_in_every_band() -> None:
    noise = make_white_noise(20 * SAMPLE_RATE, seed=1)
    bands = [measure_band_power(noise, low_hz, low_hz + 500) for low_hz in (100, 1000, 3000, 7000)]
    assert 10 * np.log10(max(bands) / min(bands)) < 0.5


@pytest.mark.parametrize("make", [make_pink_noise, make_white_noise, make_music])
def test_the_seed_decides_the_sound(make: Callable[[int, int], Samples]) -> None:
    assert np.array_equal(make(8000, 5), make(8000, 5))
    assert not np.array_equal(make(8000, 5), make(8000, 6))
    assert np.sqrt(np.mean(make(8000, 5) ** 2)) == pytest.approx(1.0, rel=1e-4)


def test_music_has_pitch_where_noise_has_none() -> None:
    """A tone's power lies in few bins of the spectrum."""
    shares = []
    for make in (make_music, make_pink_noise):
        power = np.sort(np.abs(np.fft.rfft(make(4 * SAMPLE_RATE, 7))) ** 2)
        shares.append(power[-100:].sum() / power.sum())
    assert shares[0] > 0.5 > shares[1]


def test_babble_is_all_its_talkers_at_one_level() -> None:
    babble = make_babble(4 * SAMPLE_RATE, ("hibari/heart", "hibari/heart"), seed=3)
    assert np.array_equal(babble, make_babble(4 * SAMPLE_RATE, ("hibari/heart", "hibari/heart"), seed=3))
    assert not np.array_equal(babble, make_babble(4 * SAMPLE_RATE, ("hibari/heart", "hibari/heart"), seed=4))
    alone = make_babble(4 * SAMPLE_RATE, ("hibari/heart",), seed=3)
    assert np.corrcoef(babble, alone)[0, 1] == pytest.approx(np.sqrt(0.5), abs=0.15)


def test_babble_of_many_hides_the_pauses_of_each() -> None:
    def measure_depth(talkers: int) -> float:
        babble = make_babble(4 * SAMPLE_RATE, ("hibari/heart",) * talkers, seed=1)
        power = np.mean(babble.reshape(-1, SAMPLE_RATE // 10) ** 2, axis=1)
        return float(power.min())

    assert measure_depth(1) < 0.01
    assert measure_depth(20) > 0.2


@pytest.mark.parametrize(("amplitude", "peak"), [(0.5, 0.5), (3.0, PEAK_LIMIT)])
def test_only_a_clip_that_would_clip_is_scaled_down(amplitude: float, peak: float) -> None:
    assert np.abs(limit_peak(make_tone(0.1, amplitude))).max() == pytest.approx(peak, rel=1e-3)
