"""The process of `core.speech.decoder`, with a decoder that does what the bytes say."""

import errno
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from core.errors import AudioBroken
from core.speech.audio import Clip
from core.speech.decoder_process import main
from tests.paths import ROOT

FOR_EVER_S = 1e6


def _spin() -> None:
    sum(range(10**13))


def _hoard() -> None:
    bytearray(200 << 20)


def _open() -> None:
    (ROOT / "README.md").read_bytes()


def _write() -> None:
    (Path("/tmp") / "written-by-a-decoder").write_bytes(b"x")  # noqa: S108 - it must not be


def _connect() -> None:
    socket.create_connection(("127.0.0.1", 9), 1)


def _fail() -> None:
    raise RuntimeError("nobody has thought of this")


def _list_descriptors() -> None:
    """All that lead somewhere: the standard ones lead to nothing, and one more leads to who has asked."""
    raise AudioBroken(" ".join(str(one) for one in range(64) if _is_open(one)))


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _name_variables() -> None:
    raise AudioBroken(" ".join(sorted(os.environ)))


FAULTS: dict[bytes, Callable[[], None]] = {
    b"hang": lambda: time.sleep(FOR_EVER_S),
    b"spin": _spin,
    b"crash": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    b"hoard": _hoard,
    b"open": _open,
    b"write": _write,
    b"connect": _connect,
    b"environment": _name_variables,
    b"unknown error": _fail,
    b"descriptors": _list_descriptors,
}


def meet(data: bytes) -> Clip:
    """Do what `data` says, and tell what the system had against it."""
    try:
        FAULTS[data]()
    except OSError as exc:
        raise AudioBroken(f"refused: {errno.errorcode[exc.errno or 0]}") from exc
    raise AudioBroken("nothing was refused")


if __name__ == "__main__":
    main(meet)
