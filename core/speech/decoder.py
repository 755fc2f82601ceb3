"""Clips of unknown origin, each decoded in a process of its own: whatever a file does there, it meets nothing else.

Libraries that read audio are large, written in C, and made for files that one trusts. So a process that has them loaded
waits (`core.speech.decoder_process`), and forks for each clip; the fork sets itself limits, gets the bytes through a
socket, gives samples or an error back, and is gone. Nothing of one clip is there when the next one comes, and what
comes back is checked once more. Batch runs read their user's own files and decode them in place, a few times faster.
"""

import os
import socket
import threading
from contextlib import suppress

import numpy as np

from core.errors import AudioAbandoned, AudioError
from core.speech.audio import MAX_DURATION_S, SAMPLE_RATE, Clip, check_size
from core.speech.child_process import start_child

PROCESS = "core.speech.decoder_process"
AT_ONCE = 4  # clips; each may take its share of memory
ANSWERED_WITHIN_S = 20.0  # the limits end a clip long before; this is for a process that somebody else has stopped
MAX_ANSWER_BYTES = round(MAX_DURATION_S * SAMPLE_RATE) * 4 + 64
MAX_MESSAGE_BYTES = 300
DECODED = "decoded"
_KEPT_VARIABLES = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")  # no key, no credential, no setting
_KINDS: list[type[AudioError]] = [AudioError, *AudioError.__subclasses__()]
_ERRORS = {error.code: error for error in _KINDS}


class ClipDecoder:
    """Shared by all conversations, and safe to share between threads.

    Args:
        module: the module that is run; another one only to see what happens when decoding goes wrong.
    """

    def __init__(self, module: str = PROCESS) -> None:
        self._module = module
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._start()

    @property
    def pid(self) -> int:
        """Of the process that waits."""
        return self._process.pid

    def decode(self, data: bytes) -> Clip:
        """As `core.speech.audio.decode_clip`, with the same errors and one more.

        Raises:
            AudioAbandoned: decoding took too much time or memory, or broke its process.
        """
        check_size(data)
        try:
            with self._turns, self._connect() as connection:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                answer = _receive(connection)
        except TimeoutError as exc:
            self._replace()
            raise _abandoned() from exc
        except OSError as exc:
            raise _abandoned() from exc
        return _understand(answer)

    def close(self) -> None:
        """End the process; it sees that nobody will ask any more."""
        with self._lock:
            self._requests.close()
            self._process.wait()

    def _start(self) -> None:
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        self._process, self._requests = start_child(self._module, environment=kept, is_silent=True)

    def _replace(self) -> None:
        with self._lock:
            self._end()
            self._start()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._requests.close()

    def _connect(self) -> socket.socket:
        """To a fork that has just been made for us, or will be once its parent has loaded."""
        ours, theirs = socket.socketpair()
        ours.settimeout(ANSWERED_WITHIN_S)
        with theirs, self._lock:
            if self._process.poll() is not None:
                self._end()
                self._start()
            socket.send_fds(self._requests, [b"!"], [theirs.fileno()])
        return ours


def _receive(connection: socket.socket) -> bytes:
    """All that comes, or a little more than may come."""
    answer = bytearray()
    while len(answer) <= MAX_ANSWER_BYTES and (data := connection.recv(1 << 20)):
        answer += data
    return bytes(answer)


def _understand(answer: bytes) -> Clip:
    """What the fork says: a word, and behind it samples or a message. It may lie: it has read hostile bytes."""
    head, _, rest = answer.partition(b"\n")
    word = head.decode("ascii", "replace")
    if word in _ERRORS:
        raise _ERRORS[word](_tell(rest))
    if word == DECODED:
        with suppress(ValueError):  # half a sample
            return Clip(np.frombuffer(rest, "<f4"))
    raise _abandoned()


def _tell(message: bytes) -> str:
    return "".join(c for c in message[:MAX_MESSAGE_BYTES].decode("utf-8", "replace") if c.isprintable())


def _abandoned() -> AudioAbandoned:
    return AudioAbandoned("The file could not be decoded within its limits: record or export the clip again.")
