"""The process that waits with the decoders loaded, and forks for each clip: `python -m core.speech.decoder_process FD`.

It reads nothing but requests, each a socket on which a clip's bytes come, and ends when nobody can ask any more. The
fork, which does read them, has no file but that socket and can open none, write none and start nothing; it gets little
memory and little time, and the kernel ends it where that is not enough.
"""

import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from core.errors import AudioBroken, AudioError
from core.speech.audio import MAX_BYTES, SAMPLE_RATE, Clip, decode_clip, encode_wav
from core.speech.decoder import DECODED

EXTRA_MEMORY_BYTES = 64 << 20
CPU_S = 1  # of the kernel's limit, which counts whole seconds
WITHIN_S = 2.0

Decode = Callable[[bytes], Clip]


def serve(requests: socket.socket, decode: Decode) -> None:
    """Fork for each request until there are no more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks: each tells its result itself
    memory_bytes = _find_memory_limit()
    while received := socket.recv_fds(requests, 1, 1)[1]:
        with socket.socket(fileno=received[0]) as connection, suppress(OSError):
            if os.fork() == 0:
                _answer_and_end(requests, connection, decode, memory_bytes)


def _answer_and_end(requests: socket.socket, connection: socket.socket, decode: Decode, memory_bytes: int) -> None:
    """Never returns: what the fork inherited is its parent's business."""
    try:
        requests.close()  # others' clips come through it
        limit_this_process(memory_bytes)
        connection.sendall(answer(_receive(connection), decode))
    finally:
        os._exit(0)


def limit_this_process(memory_bytes: int) -> None:
    """From here on: no file, no process, little memory, little time. A dead fork leaves no memory image."""
    signal.setitimer(signal.ITIMER_REAL, WITHIN_S)  # its signal ends the process
    limits = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: CPU_S,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 0,
        resource.RLIMIT_NPROC: 0,  # Linux exempts root from this one
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in limits.items():
        with suppress(OSError, ValueError):  # not every system knows each
            resource.setrlimit(limit, (value, value))


def answer(data: bytes, decode: Decode) -> bytes:
    """What `core.speech.decoder` understands: a word, and behind it samples or a message."""
    try:
        return f"{DECODED}\n".encode() + decode(data).samples.astype("<f4").tobytes()
    except AudioError as exc:
        return f"{exc.code}\n{exc}".encode()
    except MemoryError:
        return f"{AudioBroken.code}\nThe file takes more memory than any recording: export it again.".encode()


def _receive(connection: socket.socket) -> bytes:
    data = bytearray()
    while len(data) <= MAX_BYTES and (more := connection.recv(1 << 20)):
        data += more
    return bytes(data)


def _find_memory_limit() -> int:
    """What this process has reserved, and a little more. Linux only; elsewhere there is no limit."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return resource.RLIM_INFINITY
    return pages * resource.getpagesize() + EXTRA_MEMORY_BYTES


def main(decode: Decode = decode_clip) -> None:
    """Load what decoding needs by decoding something, and wait."""
    decode_clip(encode_wav(np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE))
    serve(socket.socket(fileno=int(sys.argv[1])), decode)


if __name__ == "__main__":
    main()
