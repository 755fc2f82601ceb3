"""Hostile files, one by one, in the process that is there for them; and what becomes of that process."""

import os
import random
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from core.errors import AudioAbandoned, AudioBroken, AudioEmpty, AudioError, AudioTooLarge, AudioTooLong
from core.speech import decoder as decoder_module
from core.speech.audio import MAX_BYTES, MAX_DURATION_S, SAMPLE_RATE, decode_clip
from core.speech.decoder import DECODED, MAX_ANSWER_BYTES, ClipDecoder, _understand
from tests.clock import wait_until
from tests.core.speech.files import (
    DAMAGED,
    FLAC,
    MP3,
    NOISE,
    OGG,
    UNSUPPORTED,
    WAV,
    encode,
    make_flac_of_hours,
    make_opus_of_hours,
    make_tone,
    mux_picture,
    patch_wav,
)
from tests.paths import CALL_MEG

TURN = (CALL_MEG / "turn_2.flac").read_bytes()


@pytest.fixture(scope="module")
def decoder() -> Iterator[ClipDecoder]:
    decoder = ClipDecoder()
    yield decoder
    decoder.close()


@pytest.fixture(scope="module")
def faulty() -> Iterator[ClipDecoder]:
    """Its decoder does what the bytes say."""
    decoder = ClipDecoder("tests.core.speech.faulty_decoder")
    yield decoder
    decoder.close()


def one_of_eight_speaks() -> bytes:
    channels = np.zeros((SAMPLE_RATE, 8), np.float32)
    channels[:, 5] = make_tone(SAMPLE_RATE)
    return encode(channels, SAMPLE_RATE)


GOOD = {
    "turn": TURN,
    "wav": WAV,
    "flac": FLAC,
    "mp3": MP3,
    "opus": OGG,
    "8 bit": encode(make_tone(8_000), 8_000, subtype="PCM_U8"),
    "24 bit": encode(make_tone(44_100), 44_100, subtype="PCM_24"),
    "96 kHz": encode(make_tone(96_000), 96_000),
    "192 kHz": encode(make_tone(192_000), 192_000, "FLAC"),
    "one of eight channels speaks": one_of_eight_speaks(),
    "longest, eight channels": encode(np.zeros((round(MAX_DURATION_S * SAMPLE_RATE), 8), np.float32), SAMPLE_RATE),
    "data without a length": patch_wav(WAV, WAV.index(b"data") + 4, "<I", 0xFFFFFFFF),
    "cut off": WAV[: len(WAV) // 2],
    "1 sample": encode(make_tone(SAMPLE_RATE)[100:101], SAMPLE_RATE),
    "10 samples": encode(make_tone(SAMPLE_RATE)[100:110], SAMPLE_RATE),
}


@pytest.mark.parametrize("data", GOOD.values(), ids=GOOD)
def test_a_clip_is_the_same_as_when_decoded_in_place(decoder: ClipDecoder, data: bytes) -> None:
    assert decoder.decode(data).digest == decode_clip(data).digest


def nan_in_the_middle() -> bytes:
    tone = make_tone(SAMPLE_RATE)
    tone[500] = np.nan
    return encode(tone, SAMPLE_RATE, subtype="FLOAT")


PLAYLISTS = {
    "ffconcat": "ffconcat version 1.0\nfile '{}'\n",
    "HLS": "#EXTM3U\n#EXTINF:1,\nfile://{}\n#EXT-X-ENDLIST\n",
    "SDP": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\na=x:{}\n",
    "concat:": "concat:{0}|{0}",
    "file:": "file:{}",
    "ffconcat as WAV": "RIFF\0\0\0\0WAVEffconcat version 1.0\nfile '{}'\n",
    "ffconcat as MP3": "ID3\x03\0\0\0\0\0\0ffconcat version 1.0\nfile '{}'\n",
}
HOSTILE = {
    **UNSUPPORTED,
    **DAMAGED,
    "0 bytes": b"",
    "header only": WAV[:44],
    "float with NaN": nan_in_the_middle(),
    "video without sound": mux_picture("mp4", "mpeg4"),
    "random": NOISE,
    "too large": WAV[:44] + bytes(MAX_BYTES - 43),
    **{name: text.format(CALL_MEG / "turn_2.flac").encode() for name, text in PLAYLISTS.items()},
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_has_the_error_that_it_has_in_place(decoder: ClipDecoder, data: bytes) -> None:
    pid = decoder.pid
    with pytest.raises(AudioError) as caught:
        decoder.decode(data)
    with pytest.raises(AudioError) as in_place:
        decode_clip(data)
    assert (type(caught.value), str(caught.value)) == (type(in_place.value), str(in_place.value))
    assert decoder.pid == pid


@pytest.mark.parametrize(
    ("make", "hours", "at_most_mb"), [(make_flac_of_hours, 2, 1.1), (make_opus_of_hours, 10, 1.6)], ids=["FLAC", "Opus"]
)
def test_a_small_file_of_hours_is_stopped_at_the_limit(
    decoder: ClipDecoder, make: Callable[[int], bytes], hours: int, at_most_mb: float
) -> None:
    data = make(hours)
    assert len(data) < at_most_mb * 1e6
    with pytest.raises(AudioTooLong):
        decoder.decode(data)


def mutate(data: bytes, rng: random.Random) -> bytes:
    mutated = bytearray(data)
    for _ in range(rng.randrange(1, 20)):
        mutated[rng.randrange(len(mutated))] = rng.randrange(256)
    return bytes(mutated[: rng.randrange(1, len(mutated))]) if rng.random() < 0.3 else bytes(mutated)


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "opus"])
def test_no_mutation_breaks_the_process(decoder: ClipDecoder, kind: str) -> None:
    """`python -m evals.audio_faults` tries 10,000."""
    rng, pid = random.Random(kind), decoder.pid  # noqa: S311 - which bytes change
    for _ in range(60):
        try:
            assert 0 < decoder.decode(mutate(GOOD[kind], rng)).duration_s <= MAX_DURATION_S
        except AudioAbandoned:
            raise
        except AudioError:
            pass
    assert decoder.pid == pid


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("open", "refused: EMFILE"),
        ("write", "refused: EMFILE"),
        ("connect", "refused: EMFILE"),
        ("hoard", "The file takes more memory than any recording: export it again."),
    ],
)
def test_the_process_that_reads_a_file_can_do_nothing_else(faulty: ClipDecoder, fault: str, said: str) -> None:
    with pytest.raises(AudioBroken) as caught:
        faulty.decode(fault.encode())
    assert str(caught.value) == said
    assert not Path("/tmp/written-by-a-decoder").exists()  # noqa: S108


def test_it_has_no_key_and_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ROOT_KEY", "STORE", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "0f" * 32)
    decoder = ClipDecoder("tests.core.speech.faulty_decoder")
    with pytest.raises(AudioBroken) as caught:
        decoder.decode(b"environment")
    decoder.close()
    names = str(caught.value).split()
    assert "PATH" in names
    assert not {"ROOT_KEY", "STORE", "AWS_SECRET_ACCESS_KEY"} & set(names)


def test_it_has_nobody_elses_connection(faulty: ClipDecoder) -> None:
    with pytest.raises(AudioBroken) as caught:
        faulty.decode(b"descriptors")
    standard_ones_and_its_own = 4
    assert len(str(caught.value).split()) == standard_ones_and_its_own


@pytest.mark.parametrize("fault", ["hang", "spin", "crash", "unknown error"])
def test_what_hangs_or_dies_is_one_error_and_the_next_clip_is_decoded(faulty: ClipDecoder, fault: str) -> None:
    pid = faulty.pid
    with pytest.raises(AudioAbandoned, match="within its limits"):
        faulty.decode(fault.encode())
    with pytest.raises(AudioBroken):
        faulty.decode(b"open")
    assert faulty.pid == pid
    wait_until(lambda: not psutil.Process(pid).children())  # a fork answers before it is gone


def test_a_clip_that_hangs_holds_up_no_other(faulty: ClipDecoder) -> None:
    with ThreadPoolExecutor(2) as pool:
        hanging = pool.submit(faulty.decode, b"hang")
        with pytest.raises(AudioBroken):
            faulty.decode(b"open")
        assert not hanging.done()
        assert isinstance(hanging.exception(), AudioAbandoned)


def test_a_process_that_was_killed_is_started_again() -> None:
    decoder = ClipDecoder()
    try:
        first = decoder.decode(TURN)
        for _ in range(2):
            os.kill(decoder.pid, signal.SIGKILL)
            psutil.Process(decoder.pid).wait(10)
            assert decoder.decode(TURN).digest == first.digest
    finally:
        decoder.close()


def test_a_process_that_stands_still_is_ended_and_the_next_clip_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = ClipDecoder()
    try:
        decoder.decode(TURN)
        stopped = psutil.Process(decoder.pid)
        stopped.suspend()
        with monkeypatch.context() as hurry:
            hurry.setattr(decoder_module, "ANSWERED_WITHIN_S", 0.2)
            with pytest.raises(AudioAbandoned):
                decoder.decode(TURN)
        assert not stopped.is_running()
        assert decoder.decode(TURN).digest == decode_clip(TURN).digest
    finally:
        decoder.close()


def test_closing_leaves_no_process() -> None:
    decoder = ClipDecoder()
    process = psutil.Process(decoder.pid)
    decoder.close()
    assert not process.is_running()


def test_many_at_once_get_their_own_clips(decoder: ClipDecoder) -> None:
    clips = [encode(make_tone(SAMPLE_RATE, 0.1, 100.0 + number), SAMPLE_RATE) for number in range(40)]
    with ThreadPoolExecutor(10) as pool:
        decoded = list(pool.map(decoder.decode, clips))
    assert [clip.digest for clip in decoded] == [decode_clip(clip).digest for clip in clips]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", AudioAbandoned),
        (b"decoded", AudioEmpty),
        (b"decoded\n\0", AudioAbandoned),
        (b"decoded\n" + bytes(MAX_ANSWER_BYTES), AudioTooLong),
        (b"decoded\n" + np.float32(np.nan).tobytes(), AudioBroken),
        (b"decoded\n" + np.float32(7).tobytes(), AudioBroken),
        (b"settings\nboo", AudioAbandoned),
        (b"\xff\xfe\n\n", AudioAbandoned),
        (b"audio_too_large\nso it is", AudioTooLarge),
    ],
)
def test_nothing_that_comes_back_is_believed(answer: bytes, error: type[AudioError]) -> None:
    assert DECODED == "decoded"
    with pytest.raises(error) as caught:
        _understand(answer)
    assert type(caught.value) is error


def test_a_message_is_one_printable_line_of_some_length() -> None:
    with pytest.raises(AudioBroken) as caught:
        _understand(b"audio_broken\n" + b"\x1b[31m\r\n\xff\0" + b"x" * 10_000)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400
