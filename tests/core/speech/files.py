"""Files of every accepted kind, and every kind of file that is not."""

import io
import struct
import zlib
from fractions import Fraction

import av
import numpy as np
import soundfile

from core.speech.audio import SAMPLE_RATE, Samples

TONE_HZ = 440.0
TONE_PEAK = 0.5


def make_tone(sample_rate: int, duration_s: float = 1.0, frequency_hz: float = TONE_HZ) -> Samples:
    at_s = np.arange(round(sample_rate * duration_s)) / sample_rate
    return (TONE_PEAK * np.sin(2 * np.pi * frequency_hz * at_s)).astype(np.float32)


def encode(samples: Samples, sample_rate: int, kind: str = "WAV", subtype: str = "PCM_16") -> bytes:
    """A file of `samples`, shape (samples,) or (samples, channels)."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, sample_rate, format=kind, subtype=subtype)
    return buffer.getvalue()


def patch_wav(data: bytes, offset: int, format_: str, value: int) -> bytes:
    """`data` with one field of its header overwritten."""
    field = struct.pack(format_, value)
    return data[:offset] + field + data[offset + len(field) :]


WAV = encode(make_tone(SAMPLE_RATE), SAMPLE_RATE)
FLAC = encode(make_tone(SAMPLE_RATE, 3.0), SAMPLE_RATE, "FLAC")
OGG = encode(make_tone(SAMPLE_RATE, 3.0), SAMPLE_RATE, "OGG", "OPUS")
MP3 = encode(make_tone(SAMPLE_RATE, 3.0), SAMPLE_RATE, "MP3", "MPEG_LAYER_III")
NOISE = np.random.default_rng(7).bytes(20_000)


def make_png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def mux(container_format: str, codec: str) -> bytes:
    """A moment of sound in a container that PyAV writes."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=48_000)
        assert isinstance(stream, av.AudioStream)
        tone = (make_tone(48_000)[None, :960] * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
        frame.sample_rate = 48_000
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=48_000)
        for converted in resampler.resample(frame):
            container.mux(stream.encode(converted))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def mux_picture(container_format: str, codec: str) -> bytes:
    """A video of one black picture and no sound."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = 64, 64
        frame = av.VideoFrame(64, 64, "yuv420p")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


UNSUPPORTED = {
    "png": make_png(),
    "random": b"\x00" + NOISE,
    "text": b"hello",
    "one-byte": b"\xff",
    "adts-aac": b"\xff\xf1\x50\x80" + NOISE,
    "riff-avi": b"RIFF\x00\x10\x00\x00AVI LIST",
    "mp4": mux("mp4", "aac"),
    "webm": mux("webm", "libopus"),
    "avi": mux("avi", "pcm_s16le"),
    "mpegts": mux("mpegts", "mp2"),
    "aiff": encode(make_tone(SAMPLE_RATE), SAMPLE_RATE, "AIFF"),
    "w64": encode(make_tone(SAMPLE_RATE), SAMPLE_RATE, "W64"),
    "wav-adpcm": encode(make_tone(SAMPLE_RATE), SAMPLE_RATE, "WAV", "IMA_ADPCM"),
    "wav-gsm": encode(make_tone(8_000), 8_000, "WAV", "GSM610"),
    "ogg-flac": mux("ogg", "flac"),
    "ogg-video": mux_picture("ogg", "libvpx"),
    "wav-unknown-codec": patch_wav(WAV, 20, "<H", 0x4242),
}


def corrupt_middle(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + NOISE[:400] + data[middle + 400 :]


DAMAGED = {
    "riff-only": b"RIFF",
    "riff-wave": WAV[:12],
    "half-a-header": WAV[:30],
    "no-channels": patch_wav(WAV, 22, "<H", 0),
    "9-channels": patch_wav(WAV, 22, "<H", 9),
    "32-channels": patch_wav(WAV, 22, "<H", 32),
    "32-channels-aligned": patch_wav(patch_wav(WAV, 22, "<H", 32), 32, "<H", 64),
    "65535-channels": patch_wav(WAV, 22, "<H", 65_535),
    "rate-0": patch_wav(WAV, 24, "<I", 0),
    "rate-1": patch_wav(WAV, 24, "<I", 1),
    "rate-192001": patch_wav(WAV, 24, "<I", 192_001),
    "rate-max": patch_wav(WAV, 24, "<I", 2**31 - 1),
    "flac-magic": FLAC[:4],
    "flac-half-a-header": FLAC[:20],
    "flac-header": FLAC[:42],
    "flac-cut": FLAC[: len(FLAC) // 2],
    "ogg-magic": OGG[:4],
    "ogg-half-a-header": OGG[:60],
    "ogg-noise": OGG[:40] + NOISE,
    "mp3-header": MP3[:4],
    "mp3-noise": MP3[:4] + NOISE,
    "mp3-broken-frames": corrupt_middle(MP3),
    "id3-noise": b"ID3\x03\x00\x00\x00\x00\x00\x00" + NOISE,
}


def make_flac_of_hours(hours: int) -> bytes:
    """Silence, half a megabyte an hour."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 8_000, 1, format="FLAC", subtype="PCM_16") as file:
        for _ in range(60 * hours):
            file.write(np.zeros(60 * 8_000, np.int16))
    return buffer.getvalue()


def make_opus_of_hours(hours: int) -> bytes:
    """Packets of 120 ms in which nothing was sent (RFC 6716, 3.1: two frames of 60 ms, each empty)."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000)
        for number in range(hours * 3600 * 1000 // 120):
            packet = av.Packet(b"\x19")
            packet.stream, packet.time_base = stream, Fraction(1, 48_000)
            packet.pts = packet.dts = number * 5760
            packet.duration = 5760
            container.mux(packet)
    return buffer.getvalue()
