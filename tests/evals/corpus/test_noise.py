import numpy as np
import pytest

from evals.corpus.noise import (
    PEAK_LIMIT,
    SAMPLE_RATE,
    Samples,
    add_pink_noise,
    limit_peak,
    make_pink_noise,
    measure_active_rms,
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
    noise = add_pink_noise(speech, snr_db, seed=3) - speech
    distance_db = 20 * np.log10(measure_active_rms(speech) / np.sqrt(np.mean(noise**2)))
    assert distance_db == pytest.approx(snr_db, abs=0.05)


def test_pink_noise_has_the_same_power_in_every_octave() -> None:
    noise = make_pink_noise(20 * SAMPLE_RATE, seed=1)
    octaves = [measure_band_power(noise, low_hz, 2 * low_hz) for low_hz in (100, 400, 1600, 3200)]
    assert 10 * np.log10(max(octaves) / min(octaves)) < 0.5


def test_the_seed_decides_the_noise() -> None:
    assert np.array_equal(make_pink_noise(1000, 5), make_pink_noise(1000, 5))
    assert not np.array_equal(make_pink_noise(1000, 5), make_pink_noise(1000, 6))


@pytest.mark.parametrize(("amplitude", "peak"), [(0.5, 0.5), (3.0, PEAK_LIMIT)])
def test_only_a_clip_that_would_clip_is_scaled_down(amplitude: float, peak: float) -> None:
    assert np.abs(limit_peak(make_tone(0.1, amplitude))).max() == pytest.approx(peak, rel=1e-3)
