"""Sound in: bytes of a WAV, FLAC, MP3 or OGG file become a `Clip`, 16 kHz mono, checked once and for all.

Uploads are hostile until decoded. FFmpeg guesses formats and follows playlists, so the demuxer is chosen here by magic
bytes and may open nothing else; and a small file may inflate to hours, so decoding stops at the limit. What comes from
a user goes through `core.speech.decoder`, which does all this in a process of its own.
"""

import hashlib
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from pathlib import Path

import av
import av.logging
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from core.errors import AudioBroken, AudioEmpty, AudioError, AudioTooLarge, AudioTooLong, AudioUnsupported

SAMPLE_RATE = 16000
MAX_DURATION_S = 30.0
MAX_BYTES = 10 * 1024 * 1024

Samples = npt.NDArray[np.float32]

_MAX_SAMPLES = round(MAX_DURATION_S * SAMPLE_RATE)
_SOURCE_RATES_HZ = range(4_000, 192_001)
_SOURCE_CHANNELS = range(1, 9)
# Lossy codecs and hot float files overshoot full scale by a few dB; 12 dB is no overshoot but wrong scaling.
_MAX_PEAK = 4.0
_PCM = tuple(f"pcm_{name}" for name in ("u8", "s16le", "s24le", "s32le", "f32le", "f64le", "alaw", "mulaw"))
_DECODERS = {"wav": _PCM, "flac": ("flac",), "mp3": ("mp3", "mp3float"), "ogg": ("vorbis", "opus", "libopus")}
_FORMATS = "WAV, FLAC, MP3 or OGG (Vorbis, Opus)"

FFMPEG_VERSION = str(av.ffmpeg_version_info)
"""Of the libraries inside PyAV's package, which read what users bring."""

# FFmpeg prints what it finds wrong with a file to stderr; our errors say it already.
av.logging.set_level(None)


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Speech as the recogniser takes it: 1-D float32, 16 kHz mono, finite, |x| <= 1, at most `MAX_DURATION_S`.

    The checks stand here because a recogniser fails silently on other arrays: NaN decodes to "!!!!", unscaled integers
    to wrong words, and two dimensions take minutes. Two clips are compared by `digest`.

    Raises:
        AudioEmpty: no samples.
        AudioTooLong: longer than `MAX_DURATION_S`.
        AudioBroken: another shape or type, or values out of range.
    """

    samples: Samples

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise AudioBroken("A clip takes a one-dimensional float32 array at 16 kHz.")
        if not self.samples.size:
            raise AudioEmpty("The clip holds no sound: record it again or choose another file.")
        if self.samples.size > _MAX_SAMPLES:
            raise _too_long()
        # A NaN compares false, so this also catches what is not finite.
        if not np.abs(self.samples).max() <= 1.0:
            raise AudioBroken("A clip takes finite samples from -1 to 1.")

    @property
    def duration_s(self) -> float:
        """How long the clip is."""
        return self.samples.size / SAMPLE_RATE

    @property
    def digest(self) -> str:
        """SHA-256 of the samples in hex: the same sound has the same digest, whatever file it came in."""
        return hashlib.sha256(self.samples.astype("<f4").tobytes()).hexdigest()


def read_clip(path: Path) -> Clip:
    """Decode the file at `path`; see `decode_clip`.

    Raises:
        AudioError: there is no such file, or it cannot be read or decoded; the message names the file.
    """
    try:
        if not path.is_file():
            raise AudioError("there is no such audio file.")
        # One byte more than is allowed tells a file that is too large without reading all of it.
        with path.open("rb") as file:
            return decode_clip(file.read(MAX_BYTES + 1))
    except AudioError as exc:
        raise type(exc)(f"{path.name}: {exc}") from exc
    except OSError as exc:
        raise AudioError(f"{path.name}: the file cannot be read ({exc.strerror}).") from exc


def decode_clip(data: bytes) -> Clip:
    """Decode a whole file of any sample rate, width and channel count to 16 kHz mono, the mean of its channels.

    A WAV whose header does not know its length (browsers write it before the sound) is read to its end. A WAV, MP3 or
    OGG that was cut off gives the sound up to the cut, as streaming recorders leave such files; a frame that cannot be
    decoded, which includes the cut frame of a FLAC, is an error.

    Raises:
        AudioEmpty: no bytes, or no samples at 16 kHz.
        AudioTooLarge: more than `MAX_BYTES`.
        AudioUnsupported: not one of the four formats, or another codec inside.
        AudioBroken: the header or a frame is damaged, or the samples are not finite or far out of scale.
        AudioTooLong: more than `MAX_DURATION_S`; decoding stops there.
    """
    check_size(data)
    demuxer = _find_demuxer(data)
    try:
        samples = _decode(data, demuxer)
    # PyAV reports some damage as a plain ValueError, such as a sample rate that changes in the middle.
    except (av.FFmpegError, ValueError) as exc:
        raise AudioBroken(f"The {demuxer.upper()} data is damaged: record or export the clip again.") from exc
    return Clip(samples)


def check_size(data: bytes) -> None:
    """What can be told without a look into the file.

    Raises:
        AudioEmpty: no bytes.
        AudioTooLarge: more than `MAX_BYTES`.
    """
    if not data:
        raise AudioEmpty("The clip holds no bytes: record it again or choose another file.")
    if len(data) > MAX_BYTES:
        raise AudioTooLarge(f"The file is larger than {MAX_BYTES // 2**20} MB: choose a shorter clip.")


def encode_wav(samples: Samples, sample_rate: int) -> bytes:
    """A 16-bit mono PCM WAV file of `samples` (1-D, |x| <= 1; what lies beyond is clipped)."""
    pcm = np.clip(np.rint(samples * 32768.0), -32768, 32767).astype("<i2")
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(pcm.tobytes())
    return buffer.getvalue()


def _find_demuxer(data: bytes) -> str:
    # "WAVE" may be cut off: that is a damaged WAV, not another format.
    if data.startswith(b"RIFF") and b"WAVE".startswith(data[8:12]):
        return "wav"
    if data.startswith(b"fLaC"):
        return "flac"
    if data.startswith(b"OggS"):
        return "ogg"
    if data.startswith(b"ID3") or _is_mp3_frame(data):
        return "mp3"
    raise AudioUnsupported(f"The file is no {_FORMATS}: convert it to one of them.")


def _is_mp3_frame(data: bytes) -> bool:
    """Whether `data` begins with an MPEG audio layer III frame header (ISO/IEC 11172-3, 2.4.1.3)."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return False
    version, layer = data[1] >> 3 & 3, data[1] >> 1 & 3
    bitrate, rate = data[2] >> 4, data[2] >> 2 & 3
    return version != 1 and layer == 1 and bitrate != 15 and rate != 3


def _decode(data: bytes, demuxer: str) -> Samples:
    options = {"protocol_whitelist": "", "codec_whitelist": ",".join(_DECODERS[demuxer])}
    # Tags are not used, so their encoding may be anything.
    with av.open(BytesIO(data), "r", demuxer, container_options=options, metadata_errors="ignore") as container:
        blocks = [_mix(block) for block in _resample(container.decode(_choose_stream(container, demuxer)))]
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def _choose_stream(container: InputContainer, demuxer: str) -> AudioStream:
    """The first stream of sound, if the resampler can take it: a silly header would have it allocate gigabytes."""
    stream = next(iter(container.streams.audio), None)
    # PyAV's types leave out that a codec FFmpeg does not know has no context.
    codec: AudioCodecContext | None = stream.codec_context if stream else None
    if stream is None or codec is None or codec.name not in _DECODERS[demuxer]:
        raise AudioUnsupported(f"The {demuxer.upper()} file holds another codec: convert it to {_FORMATS}.")
    if codec.sample_rate not in _SOURCE_RATES_HZ or codec.channels not in _SOURCE_CHANNELS:
        raise AudioBroken("The file states a sample rate or channel count that no recording has: export it again.")
    return stream


def _resample(frames: Iterator[AudioFrame]) -> Iterator[Samples]:
    """Blocks of shape (samples, channels) at 16 kHz.

    The channels are kept apart: FFmpeg's own mix to mono adds float channels up to more than full scale.
    Packed, not planar: PyAV reads past its table of planes at 8 channels.
    """
    resampler = AudioResampler(format="flt", rate=SAMPLE_RATE)
    for frame in chain(_limit(frames), [None]):
        for block in resampler.resample(frame):
            yield block.to_ndarray().astype(np.float32, copy=False).reshape(-1, block.layout.nb_channels)


def _limit(frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
    decoded = 0
    for frame in frames:
        decoded += frame.samples
        if decoded > MAX_DURATION_S * frame.sample_rate:
            raise _too_long()
        yield frame


def _mix(channels: Samples) -> Samples:
    # Looked at before the mean, in which a huge value and its negative would vanish.
    if channels.size and not np.abs(channels).max() <= _MAX_PEAK:
        raise AudioBroken("The samples are not finite or far beyond full scale: export the clip again.")
    mono: Samples = channels.mean(axis=1, dtype=np.float32)
    return np.clip(mono, -1.0, 1.0)


def _too_long() -> AudioTooLong:
    return AudioTooLong(f"The clip is longer than {MAX_DURATION_S:g} s: cut it or say less at once.")
