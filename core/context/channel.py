"""The worker's end of the pipes."""

import os
import select
from collections import deque

from core.context.wire import Frame, FrameReader, encode_frame

READ_BYTES = 1 << 16


class Channel:
    """Frames in from one file descriptor, frames out to another."""

    def __init__(self, requests: int, answers: int) -> None:
        self._requests = requests
        self._answers = answers
        self._reader = FrameReader()
        self._frames: deque[Frame] = deque()
        self.is_open = True

    def receive(self, within_s: float) -> Frame | None:
        """The next frame, or None where there is none within that time or ever again; `is_open` tells which.

        Raises:
            BrokenFrame: the other side has gone mad.
        """
        while not self._frames and self.is_open and self._is_readable(within_s):
            data = os.read(self._requests, READ_BYTES)
            self.is_open = bool(data)
            self._frames.extend(self._reader.feed(data))
        return self._frames.popleft() if self._frames else None

    def send(self, frame: Frame) -> None:
        """Write one frame; waits until the other side has taken it."""
        self.write(encode_frame(frame))

    def write(self, data: bytes) -> None:
        """Write bytes as they are."""
        unsent = memoryview(data)
        while unsent:
            unsent = unsent[os.write(self._answers, unsent) :]

    def has_more(self, within_s: float = 0.0) -> bool:
        """Whether the other side says something more, or has gone."""
        return bool(self._frames) or self._is_readable(within_s)

    def _is_readable(self, within_s: float) -> bool:
        return bool(select.select([self._requests], [], [], within_s)[0])
