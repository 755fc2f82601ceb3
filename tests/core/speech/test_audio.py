"""Decoding real files of every accepted kind, and every kind of file that is not."""

import contextlib
import io
import os
import struct
import time
import tracemalloc
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import AudioBroken, AudioEmpty, AudioError, AudioTooLarge, AudioTooLong, AudioUnsupported
from core.speech.audio import (
    MAX_BYTES,
    MAX_DURATION_S,
    SAMPLE_RATE,
    Clip,
    Samples,
    decode_clip,
    encode_wav,
    read_clip,
)
from tests.core.speech.files import (
    DAMAGED,
    FLAC,
    MP3,
    OGG,
    TONE_HZ,
    TONE_PEAK,
    UNSUPPORTED,
    WAV,
    corrupt_middle,
    encode,
    make_tone,
    patch_wav,
)


def measure_frequency_hz(clip: Clip) -> float:
    spectrum = np.abs(np.fft.rfft(clip.samples * np.hanning(clip.samples.size)))
    return float(np.argmax(spectrum)) / clip.duration_s


@pytest.mark.parametrize(
    ("kind", "subtype", "sample_rate"),
    [
        ("WAV", "PCM_U8", 8_000),
        ("WAV", "PCM_16", 16_000),
        ("WAV", "PCM_16", 44_100),
        ("WAV", "PCM_24", 44_100),
        ("WAV", "PCM_32", 48_000),
        ("WAV", "FLOAT", 44_100),
        ("WAV", "DOUBLE", 96_000),
        ("WAV", "ULAW", 8_000),
        ("WAVEX", "PCM_24", 44_100),
        ("FLAC", "PCM_16", 44_100),
        ("FLAC", "PCM_24", 192_000),
        ("MP3", "MPEG_LAYER_III", 16_000),
        ("MP3", "MPEG_LAYER_III", 44_100),
        ("OGG", "VORBIS", 44_100),
        ("OGG", "OPUS", 48_000),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_a_file_keeps_its_pitch_level_and_length(kind: str, subtype: str, sample_rate: int, channels: int) -> None:
    tone = np.repeat(make_tone(sample_rate)[:, None], channels, axis=1)
    clip = decode_clip(encode(tone, sample_rate, kind, subtype))
    assert clip.samples.dtype == np.float32
    assert clip.duration_s == pytest.approx(1.0, abs=0.01)
    assert measure_frequency_hz(clip) == pytest.approx(TONE_HZ, abs=2.0)
    middle = clip.samples[SAMPLE_RATE // 4 : -SAMPLE_RATE // 4]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(TONE_PEAK / np.sqrt(2), rel=0.03)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("level", [-1.0, -0.25, 0.5])
def test_every_width_is_scaled_to_the_same_level(subtype: str, level: float) -> None:
    clip = decode_clip(encode(np.full(1000, level, np.float32), SAMPLE_RATE, subtype=subtype))
    np.testing.assert_allclose(clip.samples, level, atol=1e-6)


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
@pytest.mark.parametrize("channels", range(1, 9))
def test_mono_is_the_mean_of_the_channels(subtype: str, channels: int) -> None:
    levels = np.linspace(-0.5, 1.0, channels, dtype=np.float32)
    clip = decode_clip(encode(np.tile(levels, (1000, 1)), SAMPLE_RATE, subtype=subtype))
    np.testing.assert_allclose(clip.samples, levels.mean(), atol=1e-4)


def test_opposite_channels_cancel() -> None:
    tone = make_tone(44_100)
    clip = decode_clip(encode(np.stack([tone, -tone], axis=1), 44_100))
    assert np.abs(clip.samples).max() < 1e-4


def test_what_lies_above_half_the_new_rate_is_filtered_out() -> None:
    clip = decode_clip(encode(make_tone(48_000, frequency_hz=11_000.0), 48_000))
    assert np.abs(clip.samples[1000:-1000]).max() < 0.01


def test_a_float_file_a_little_over_full_scale_is_clipped() -> None:
    clip = decode_clip(encode(3.0 * make_tone(SAMPLE_RATE), SAMPLE_RATE, subtype="FLOAT"))
    assert np.abs(clip.samples).max() == 1.0


@pytest.mark.parametrize("stated_bytes", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wav_that_does_not_know_its_length_is_read_to_its_end(stated_bytes: int) -> None:
    streamed = patch_wav(patch_wav(WAV, 4, "<I", stated_bytes), WAV.index(b"data") + 4, "<I", stated_bytes)
    assert decode_clip(streamed).digest == decode_clip(WAV).digest


def test_chunks_between_header_and_sound_are_skipped() -> None:
    note = b"LIST" + struct.pack("<I", 10) + b"INFOabcdef"
    at = WAV.index(b"data")
    assert decode_clip(WAV[:at] + note + WAV[at:]).digest == decode_clip(WAV).digest


@pytest.mark.parametrize("title", [b"\x03caf\xc3\xa9", b"\x03\xff\xfe\xfd broken UTF-8", b"\x00plain"])
def test_an_mp3_may_begin_with_a_tag_of_any_encoding(title: bytes) -> None:
    frame = b"TIT2" + struct.pack(">IH", len(title), 0) + title
    tag = b"ID3\x03\x00\x00" + bytes([0, 0, 0, len(frame)]) + frame
    assert MP3[0] == 0xFF
    assert decode_clip(tag + MP3).duration_s == pytest.approx(decode_clip(MP3).duration_s, abs=0.1)


def test_the_same_sound_has_the_same_digest_in_another_format() -> None:
    samples = decode_clip(WAV).samples
    assert decode_clip(encode(samples, SAMPLE_RATE, "FLAC")).digest == decode_clip(WAV).digest
    assert Clip(samples[:-1]).digest != decode_clip(WAV).digest


@pytest.mark.parametrize("count", [1, 10])
@pytest.mark.parametrize("kind", ["WAV", "FLAC"])
def test_a_handful_of_samples_is_a_clip(kind: str, count: int) -> None:
    assert decode_clip(encode(make_tone(SAMPLE_RATE)[100 : 100 + count], SAMPLE_RATE, kind)).samples.size == count


@pytest.mark.parametrize("sample_rate", [8_000, 11_025, 16_000, 44_100, 192_000])
def test_the_limit_in_seconds_is_exact_at_every_rate(sample_rate: int) -> None:
    longest = np.zeros(round(MAX_DURATION_S * sample_rate), np.float32)
    assert decode_clip(encode(longest, sample_rate, "FLAC")).duration_s == MAX_DURATION_S
    with pytest.raises(AudioTooLong, match="30 s"):
        decode_clip(encode(np.append(longest, longest[:1]), sample_rate, "FLAC"))


def test_a_small_file_that_inflates_to_hours_is_stopped_at_the_limit() -> None:
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 8_000, 1, format="FLAC", subtype="PCM_16") as file:
        for _ in range(120):
            file.write(np.zeros(60 * 8_000, np.int16))
    bomb = buffer.getvalue()
    assert len(bomb) < MAX_BYTES // 10
    tracemalloc.start()
    with pytest.raises(AudioTooLong):
        decode_clip(bomb)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Thirty seconds are 2 MB; the two hours would be 460 MB.
    assert peak_bytes < 20e6


@pytest.mark.parametrize(
    ("data", "cut_s"),
    [(WAV[: len(WAV) // 2], 0.5), (MP3[: len(MP3) // 2], 1.5), (OGG[: len(OGG) * 2 // 3], 2.0)],
    ids=["wav", "mp3", "ogg"],
)
def test_a_file_cut_off_gives_the_sound_up_to_the_cut(data: bytes, cut_s: float) -> None:
    clip = decode_clip(data)
    assert 0.25 < clip.duration_s < cut_s + 0.1
    assert measure_frequency_hz(clip) == pytest.approx(TONE_HZ, abs=4.0)


@pytest.mark.parametrize("data", UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_other_formats_and_codecs_are_unsupported(data: bytes) -> None:
    with pytest.raises(AudioUnsupported, match="WAV, FLAC, MP3 or OGG"):
        decode_clip(data)


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_damaged_files_are_broken(data: bytes) -> None:
    with pytest.raises(AudioBroken):
        decode_clip(data)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, -32768.0])
@pytest.mark.parametrize("sample_rate", [16_000, 44_100])
def test_a_float_file_with_samples_that_are_no_sound_is_broken(value: float, sample_rate: int) -> None:
    tone = make_tone(sample_rate)
    tone[500] = value
    # The other channel would hide a huge value in the mean.
    both = np.stack([tone, -tone], axis=1)
    with pytest.raises(AudioBroken, match="far beyond full scale"):
        decode_clip(encode(both, sample_rate, subtype="FLOAT"))


@pytest.mark.parametrize("data", [b"", WAV[:44], encode(make_tone(44_100)[:2], 44_100)], ids=["0", "header", "2"])
def test_no_sound_is_empty(data: bytes) -> None:
    with pytest.raises(AudioEmpty, match="record it again"):
        decode_clip(data)


def test_a_large_file_is_refused_unread() -> None:
    with pytest.raises(AudioTooLarge, match="10 MB"):
        decode_clip(WAV[:44] + bytes(MAX_BYTES - 43))


@pytest.mark.parametrize(
    "playlist",
    [
        "ffconcat version 1.0\nfile '{}'\n",
        "#EXTM3U\n#EXTINF:1,\nfile://{}\n#EXT-X-ENDLIST\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\na=x:{}\n",
        "RIFF\0\0\0\0WAVEffconcat version 1.0\nfile '{}'\n",
        "ID3\x03\0\0\0\0\0\0ffconcat version 1.0\nfile '{}'\n",
    ],
    ids=["concat", "hls", "sdp", "concat-as-wav", "concat-as-mp3"],
)
def test_a_playlist_never_opens_the_file_it_names(playlist: str, tmp_path: Path) -> None:
    canary, control = tmp_path / "canary.wav", tmp_path / "control.wav"
    for path in (canary, control):
        path.write_bytes(WAV)
        os.utime(path, (0, time.time()))
    with pytest.raises(AudioError):
        decode_clip(playlist.format(canary).encode())
    control.read_bytes()
    if control.stat().st_atime == 0:
        pytest.skip("this file system keeps no access times")
    assert canary.stat().st_atime == 0


def test_damage_is_told_by_the_error_and_nothing_is_printed_or_logged(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for data in (corrupt_middle(MP3), FLAC[: len(FLAC) // 2], WAV[:30], corrupt_middle(OGG)):
        with contextlib.suppress(AudioError):
            decode_clip(data)
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.sampled_from([WAV, FLAC, OGG, MP3]),
    changes=st.lists(st.tuples(st.integers(4, 200), st.integers(0, 255)), min_size=1, max_size=8),
    length=st.integers(5, 60_000),
)
def test_any_damage_ends_in_a_valid_clip_or_one_of_our_errors(
    data: bytes, changes: list[tuple[int, int]], length: int
) -> None:
    damaged = bytearray(data[:length])
    for offset, value in changes:
        damaged[offset % len(damaged)] = value
    try:
        clip = decode_clip(bytes(damaged))
    except AudioError:
        return
    assert 0 < clip.duration_s <= MAX_DURATION_S


@pytest.mark.parametrize(
    ("samples", "error"),
    [
        (np.zeros(0, np.float32), AudioEmpty),
        (np.zeros((10, 2), np.float32), AudioBroken),
        (np.zeros((), np.float32), AudioBroken),
        (np.zeros(10, np.float64), AudioBroken),
        (np.zeros(10, np.int16), AudioBroken),
        (np.array([0.0, np.nan], np.float32), AudioBroken),
        (np.array([0.0, -np.inf], np.float32), AudioBroken),
        (np.array([0.0, 1.001], np.float32), AudioBroken),
        (np.zeros(480_001, np.float32), AudioTooLong),
    ],
)
def test_a_clip_refuses_arrays_that_are_no_speech(samples: Samples, error: type[AudioError]) -> None:
    with pytest.raises(error):
        Clip(samples)


def test_read_clip_decodes_a_file_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "tone.flac"
    path.write_bytes(WAV)
    assert read_clip(path).digest == decode_clip(WAV).digest


@pytest.mark.parametrize(
    ("content", "error"),
    [(None, AudioError), (b"", AudioEmpty), (WAV[:30], AudioBroken), (b"text", AudioUnsupported)],
)
def test_an_error_about_a_file_names_the_file(content: bytes | None, error: type[AudioError], tmp_path: Path) -> None:
    path = tmp_path / "answer.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=r"^answer\.wav: "):
        read_clip(path)


def test_a_folder_is_no_audio_file(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=f"^{tmp_path.name}: there is no such audio file"):
        read_clip(tmp_path)


def test_a_file_over_the_limit_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "huge.wav"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(AudioTooLarge, match=r"^huge\.wav: "):
        read_clip(path)


def test_a_written_wav_is_plain_16_bit_mono_pcm() -> None:
    with wave.open(io.BytesIO(encode_wav(make_tone(24_000), 24_000))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        assert file.getnframes() == 24_000


def test_writing_and_reading_16_bit_samples_loses_nothing() -> None:
    samples = (np.arange(-32768, 32768) / 32768).astype(np.float32)
    np.testing.assert_array_equal(decode_clip(encode_wav(samples, SAMPLE_RATE)).samples, samples)


def test_writing_clips_what_is_beyond_full_scale() -> None:
    written = decode_clip(encode_wav(np.array([1.5, -1.5], np.float32), SAMPLE_RATE)).samples
    np.testing.assert_allclose(written, [1.0, -1.0], atol=1e-4)
