"""How a worker and its supervisor talk: frames of raw bytes, each with a kind, a job's number, a length and a checksum.

A pipe may end within a frame and a sick process may write anything, so nothing is believed that does not add up.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

MAX_PAYLOAD_BYTES = 64 * 1024 * 1024
_MAGIC = b"cw"
_HEAD = struct.Struct("<2sBQII")  # magic, kind, number, payload's length, CRC-32 of the other four and the payload
_LENGTH = struct.Struct("<I")


class Kind(IntEnum):
    """What a frame says; who says it stands in brackets."""

    READY = 1
    """(worker) The model is loaded."""
    UNUSABLE = 2
    """(worker) The model cannot be loaded."""
    JOB = 3
    """(supervisor) Compute one context."""
    CANCEL = 4
    """(supervisor) The present job's deadline is near, or nobody waits any more: give up."""
    ANSWER = 5
    """(worker) The context."""
    FAILED = 6
    """(worker) This job cannot be done; the worker is well."""
    LATE = 7
    """(worker) Given up."""
    EMBED = 8
    """(supervisor) Embed and pronounce some texts beforehand."""
    EMBEDDED = 9
    """(worker) The same texts, embedded and pronounced."""
    REMEMBER = 10
    """(supervisor) Keep these embedded texts."""
    REMEMBERED = 11
    """(worker) They are kept."""


_KINDS = frozenset(Kind)


class BrokenFrame(ValueError):
    """Bytes that are no frame; what follows them cannot be read either."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message. `number` says which request it belongs to."""

    kind: Kind
    number: int
    payload: bytes = b""


def encode_frame(frame: Frame) -> bytes:
    """A frame as bytes."""
    head = (_MAGIC, frame.kind, frame.number, len(frame.payload))
    return _HEAD.pack(*head, _checksum(*head, frame.payload)) + frame.payload


class FrameReader:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take the next bytes of the stream and give the frames that they complete.

        Raises:
            BrokenFrame: wrong magic, unknown kind, a payload that is too long, or a wrong checksum.
        """
        self._buffer += data
        while (frame := self._cut()) is not None:
            yield frame

    def _cut(self) -> Frame | None:
        if len(self._buffer) < _HEAD.size:
            return None
        magic, kind, number, length, checksum = _HEAD.unpack_from(self._buffer)
        if magic != _MAGIC or length > MAX_PAYLOAD_BYTES or kind not in _KINDS:
            raise BrokenFrame("these bytes are no frame")
        end = _HEAD.size + length
        if len(self._buffer) < end:
            return None
        payload = bytes(self._buffer[_HEAD.size : end])
        if checksum != _checksum(magic, kind, number, length, payload):
            raise BrokenFrame("a frame with a wrong checksum")
        del self._buffer[:end]
        return Frame(Kind(kind), number, payload)


def _checksum(magic: bytes, kind: int, number: int, length: int, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(_HEAD.pack(magic, kind, number, length, 0)))


def pack(fields: Any, raw: bytes = b"") -> bytes:
    """A payload: JSON values, and raw bytes behind them."""
    text = json.dumps(fields).encode()
    return _LENGTH.pack(len(text)) + text + raw


def unpack(payload: bytes) -> tuple[Any, bytes]:
    """The inverse of `pack`.

    Raises:
        ValueError: the payload is none.
    """
    if len(payload) < _LENGTH.size:
        raise ValueError("a payload without its head")
    end = _LENGTH.size + _LENGTH.unpack_from(payload)[0]
    return json.loads(payload[_LENGTH.size : end]), payload[end:]
