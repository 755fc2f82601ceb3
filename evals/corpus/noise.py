"""Levels and noise: how loud a clip is where somebody speaks, and noise added at a given distance below it.

All samples are float32, mono, 16 kHz, within -1..1.
"""

import numpy as np
import numpy.typing as npt

from core.speech.level import measure_active_rms

Samples = npt.NDArray[np.float32]

SAMPLE_RATE = 16_000
PEAK_LIMIT = 0.95


def set_level(samples: Samples, level_dbfs: float) -> Samples:
    """Scale so that the active part has the root mean square `level_dbfs` (0 dBFS is a mean square of 1)."""
    rms = measure_active_rms(samples)
    return samples if rms == 0.0 else (samples * (10 ** (level_dbfs / 20) / rms)).astype(np.float32)


def make_pink_noise(length: int, seed: int) -> Samples:
    """`length` samples of noise whose power falls with 1/f, root mean square 1; the same for the same seed.

    White Gaussian noise is shaped in the frequency domain; below 20 Hz nothing is kept.
    """
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(length))
    frequency_hz = np.fft.rfftfreq(length, 1 / SAMPLE_RATE)
    audible = frequency_hz >= 20.0
    shaped = np.zeros_like(spectrum)
    shaped[audible] = spectrum[audible] / np.sqrt(frequency_hz[audible])
    return scale_to_unit(np.fft.irfft(shaped, length))


def make_white_noise(length: int, seed: int) -> Samples:
    """`length` samples of Gaussian noise, root mean square 1; the same for the same seed."""
    return scale_to_unit(np.random.default_rng(seed).standard_normal(length))


def add_noise(speech: Samples, noise: Samples, snr_db: float) -> Samples:
    """Add noise of root mean square 1 over the whole clip, `snr_db` below the active speech level."""
    noise_rms = measure_active_rms(speech) * 10 ** (-snr_db / 20)
    return (speech + noise * np.float32(noise_rms)).astype(np.float32)


def scale_to_unit(samples: npt.NDArray[np.float64]) -> Samples:
    """To a root mean square of 1."""
    return np.asarray(samples / np.sqrt(np.mean(samples**2)), dtype=np.float32)


def limit_peak(samples: Samples) -> Samples:
    """Scale the whole clip down where it would clip."""
    peak = float(np.abs(samples).max(initial=0.0))
    return samples if peak <= PEAK_LIMIT else (samples * (PEAK_LIMIT / peak)).astype(np.float32)
