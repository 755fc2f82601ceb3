"""Two voices at the same time: what of the sound is the anchor's, as a soft mask over time and frequency.

A small network sees the spectrum of the whole clip and where the anchor is in it, and tells how much of every bin is
that voice; the masked spectrum becomes sound again with the mixture's own phases. After Žmolíková et al. 2019,
"SpeakerBeam: Speaker Aware Neural Network for Target Speaker Extraction in Speech Mixtures": what tells the speaker is
trained together with what takes the voices apart. Trained by `python -m evals.voice_mask`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.settings import ROOT
from core.speech.anchoring import Span
from core.speech.audio import SAMPLE_RATE, Clip, Samples
from core.speech.level import measure_active_rms
from core.speech.voice_track import VoiceTrack
from core.speech.weights import read_weights

PATH = ROOT / "data" / "voice_mask" / "mask.npz"
COMMAND = "python -m evals.voice_mask"  # makes it
FFT = 512
HOP = 256
BINS = FFT // 2 + 1
FRAMES_A_SECOND = SAMPLE_RATE / HOP
LEVEL = 0.1  # root mean square to which the anchor is brought, so that all clips look alike to the network
DILATIONS = (1, 2, 4, 8, 16, 1, 2, 4, 8, 16, 1, 2)
ATTENDING = (3, 8)  # the blocks after which each frame looks at all others
HEADS = 4
STRENGTHS = ((0.1, 0.1), (0.0, 0.03), (0.5, 0.1))
"""How much of the sound stays whatever the mask says, and the least value of the mask, for each version. The first is
best as a rule; with less people's speech suffers, though synthetic voices gain more.
"""
LEFT = (0.1, 0.75)  # of the energy after the anchor: more, and nobody else speaks; less, and the voice was not found
ANCHOR_S = 0.55  # at least: the end of a wake word is found too early where another voice begins
ONSET = 0.01  # of the loudest power: where the anchor begins within the time that was found for it
COMPRESSION = 0.15  # of powers
DARKEST = 1e-5
_QUIET = 1e-4
_EPSILON = 1e-5

Frames = NDArray[np.float32]
Spectrum = NDArray[np.complex64]
Weights = Mapping[str, Frames]


@dataclass(frozen=True, slots=True, eq=False)
class FoundVoice:
    """One voice of a clip.

    anchor: where it is heard alone. spectrum: of the clip, shape (frames, bins). mask: how much of each bin is that
    voice, 0 to 1, of the same shape. length: of the clip, samples.
    """

    anchor: Span
    spectrum: Spectrum
    mask: Frames
    length: int

    def follow(self) -> VoiceTrack:
        """When it is heard."""
        power = np.abs(self.spectrum) ** 2
        own = power * self.mask**2
        return VoiceTrack(power.sum(axis=1), own.sum(axis=1), FRAMES_A_SECOND, (FFT / 2 - FFT) / SAMPLE_RATE)

    def turn_others_down(self) -> tuple[Clip, ...]:
        """The clip as this voice said it, in several strengths; none where hardly anything, or nearly all, is somebody
        else's.
        """
        power = np.abs(self.spectrum) ** 2
        power[: round(self.anchor.end_s * FRAMES_A_SECOND) + FFT // HOP] = 0.0
        least, most = LEFT
        if not least <= float((power * self.mask**2).sum()) / max(DARKEST, float(power.sum())) <= most:
            return ()
        gains = (unmasked + (1.0 - unmasked) * np.maximum(self.mask, floor) for unmasked, floor in STRENGTHS)
        return tuple(_make_clip((self.spectrum * gain).astype(np.complex64), self.length) for gain in gains)


class VoiceMask:
    """The loaded network. Safe to share between threads.

    Args:
        weights: by the names of `evals.voice_mask.training.Network`, float32; matrices have a row for each output.
    """

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    @classmethod
    def load(cls, path: Path = PATH) -> "VoiceMask":
        """The one that is shipped.

        Raises:
            ModelError: its file is missing, broken, or not the one that was written.
        """
        _, stored = read_weights(path, COMMAND)
        return cls({name: value.astype(np.float32) for name, value in stored.items()})

    def find_voice(self, clip: Clip, wake_word: Span) -> "FoundVoice | None":
        """The voice that said the wake word, in the whole clip; None where it is silent there.

        Args:
            clip: with two voices or more, or with one.
            wake_word: where it was said, by the voice that is wanted.
        """
        anchor = find_anchor(clip.samples, wake_word)
        if anchor is None:
            return None
        spectrum = analyse(clip.samples)
        return FoundVoice(anchor, spectrum, self.measure(clip.samples, spectrum, anchor), clip.samples.size)

    def measure(self, samples: Samples, spectrum: Spectrum, anchor: Span) -> Frames:
        """How much of each bin is the anchor's voice, 0 to 1: shape (frames, bins)."""
        gain = np.float32(LEVEL / max(_QUIET, measure_active_rms(anchor.cut(samples))))
        seen = compress(np.abs(spectrum) * gain)
        return self._compute(seen, mark_anchor(len(seen), anchor))

    def _compute(self, seen: Frames, is_anchor: NDArray[np.bool_]) -> Frames:
        voice = _rectify(self._apply("voice.2", _rectify(self._apply("voice.0", seen[is_anchor])))).mean(axis=0)
        speaker = np.concatenate([voice, seen[is_anchor].mean(axis=0)])[np.newaxis]
        speaker = _rectify(self._apply("speaker.2", _rectify(self._apply("speaker.0", speaker))))
        beside = np.pad(seen, ((1, 1), (0, 0)))
        marked = is_anchor[:, np.newaxis].astype(np.float32)
        state = self._apply("enter", np.concatenate([beside[:-2], seen, beside[2:], marked], axis=1))
        for number, dilation in enumerate(DILATIONS):
            state = state + self._convolve(f"blocks.{number}", state, speaker, dilation)
            if number in ATTENDING:
                state = state + self._attend(f"attending.{number}", state)
        return np.asarray(1.0 / (1.0 + np.exp(-self._apply("leave", self._normalise("last", state)))))

    def _convolve(self, name: str, state: Frames, speaker: Frames, dilation: int) -> Frames:
        normal = self._normalise(f"{name}.norm", state)
        padded = np.pad(normal, ((dilation, dilation), (0, 0)))
        near = np.concatenate([padded[: len(state)], normal, padded[2 * dilation :]], axis=1)
        scale, shift = np.split(self._apply(f"{name}.told", speaker), 2, axis=1)
        return self._apply(f"{name}.out", _rectify(self._apply(f"{name}.near", near) * (1.0 + scale) + shift))

    def _attend(self, name: str, state: Frames) -> Frames:
        frames, width = state.shape
        parts = self._apply(f"{name}.parts", self._normalise(f"{name}.norm", state))
        query, key, value = parts.reshape(frames, 3, HEADS, width // HEADS).transpose(1, 2, 0, 3)
        likeness = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(width // HEADS))
        share = np.exp(likeness - likeness.max(axis=2, keepdims=True))
        share /= share.sum(axis=2, keepdims=True)
        return self._apply(f"{name}.out", (share @ value).transpose(1, 0, 2).reshape(frames, width))

    def _apply(self, name: str, values: Frames) -> Frames:
        return np.asarray(values @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"])

    def _normalise(self, name: str, values: Frames) -> Frames:
        centred = values - values.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + np.float32(_EPSILON))
        return np.asarray(scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"])


def analyse(samples: Samples) -> Spectrum:
    """The short-time spectrum: windows of 32 ms (the root of Hann's), 16 ms apart; shape (frames, bins)."""
    padded = np.pad(samples, (FFT, FFT + (-samples.size) % HOP))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP]
    return np.fft.rfft(frames * _WINDOW, axis=1).astype(np.complex64)


def synthesise(spectrum: Spectrum, length: int) -> Samples:
    """The other way round; exact where nothing was changed."""
    frames = np.fft.irfft(spectrum, FFT, axis=1).astype(np.float32) * _WINDOW
    samples = np.zeros((len(frames) + 1) * HOP, dtype=np.float32)
    samples[:-HOP] += frames[:, :HOP].ravel()
    samples[HOP:] += frames[:, HOP:].ravel()
    return samples[FFT : FFT + length]


def compress(magnitudes: Frames) -> Frames:
    """As the network sees them: quiet and loud bins are nearer to each other."""
    return np.asarray((magnitudes**2 + np.float32(DARKEST)) ** np.float32(COMPRESSION))


def mark_anchor(frames: int, anchor: Span) -> NDArray[np.bool_]:
    """The frames in which the anchor is heard, at least one."""
    first = min(frames - 1, round(anchor.start_s * FRAMES_A_SECOND) + FFT // HOP)
    last = max(first + 1, round(anchor.end_s * FRAMES_A_SECOND) + 1)
    marked = np.zeros(frames, dtype=np.bool_)
    marked[first:last] = True
    return marked


def find_anchor(samples: Samples, wake_word: Span) -> Span | None:
    """The wake word from its first sound on; None where nothing can be heard. Its time is found less surely than that
    of other words: mostly it seems to begin with the clip.
    """
    size = SAMPLE_RATE // 100
    heard = wake_word.cut(samples)
    powers = np.mean(heard[: heard.size // size * size].reshape(-1, size) ** 2, axis=1)
    if not powers.size or powers.max() <= _QUIET**2:
        return None
    start_s = wake_word.start_s + int(np.argmax(powers > ONSET * powers.max())) / 100
    return Span(start_s, max(wake_word.end_s, start_s + ANCHOR_S))


def _make_clip(spectrum: Spectrum, length: int) -> Clip:
    samples = synthesise(spectrum, length)
    return Clip(samples / np.float32(max(1.0, float(np.abs(samples).max()))))


def _rectify(values: Frames) -> Frames:
    return np.maximum(values, np.float32(0.0))


_WINDOW = np.sqrt(np.hanning(FFT + 1)[:FFT]).astype(np.float32)
