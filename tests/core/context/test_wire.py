"""Frames: what was written is read, however it is cut, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.context.wire import MAX_PAYLOAD_BYTES, BrokenFrame, Frame, FrameReader, Kind, encode_frame, pack, unpack

FRAMES = st.builds(Frame, st.sampled_from(list(Kind)), st.integers(0, 2**64 - 1), st.binary(max_size=200))
JSON = st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5)


@given(st.lists(FRAMES, max_size=5), st.integers(1, 50))
def test_frames_come_back_however_the_stream_is_cut(frames: list[Frame], size: int) -> None:
    stream = b"".join(map(encode_frame, frames))
    reader = FrameReader()
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert [frame for piece in pieces for frame in reader.feed(piece)] == frames


def test_half_a_frame_is_none() -> None:
    data = encode_frame(Frame(Kind.ANSWER, 7, b"vector"))
    assert [list(FrameReader().feed(data[:length])) for length in range(len(data))] == [[]] * len(data)


def test_every_single_flipped_bit_is_found() -> None:
    data = encode_frame(Frame(Kind.ANSWER, 7, b"vector"))
    for position in range(8 * len(data)):
        changed = bytearray(data)
        changed[position // 8] ^= 1 << position % 8
        try:
            assert list(FrameReader().feed(bytes(changed))) == []  # a length that grew: the rest is waited for
        except BrokenFrame:
            continue


def test_a_payload_that_is_too_long_is_not_waited_for() -> None:
    head = bytearray(encode_frame(Frame(Kind.ANSWER, 7)))
    head[11:15] = (MAX_PAYLOAD_BYTES + 1).to_bytes(4, "little")
    with pytest.raises(BrokenFrame):
        list(FrameReader().feed(bytes(head)))


@given(JSON, st.binary(max_size=50))
def test_fields_and_raw_bytes_come_back(fields: object, raw: bytes) -> None:
    assert unpack(pack(fields, raw)) == (fields, raw)


@pytest.mark.parametrize("payload", [b"", b"\x01", b"\x05\x00\x00\x00{", b"\x02\x00\x00\x00\xff\xff"])
def test_what_is_no_payload_raises(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        unpack(payload)
