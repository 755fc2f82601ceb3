"""A file that a command writes when all is done: told beforehand where it cannot be, written whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import OutputError


def check_output(path: Path) -> None:
    """Find out before anybody has waited for what is to be written there.

    Raises:
        OutputError: it cannot be written.
    """
    with _told(path):
        if path.exists() and not (path.is_file() and os.access(path, os.W_OK)):
            raise OutputError(f"{path} is no file that can be written: choose another --out.")
        with tempfile.TemporaryFile(dir=path.parent):
            pass


def write_whole(path: Path, data: bytes) -> None:
    """Write a file as `replace_file` does, and tell where that fails.

    Raises:
        OutputError: it cannot be written; what was there before stays.
    """
    with _told(path):
        replace_file(path, data)


def replace_file(path: Path, data: bytes) -> None:
    """Write beside `path` and move into place, so that no reader ever meets half a file.

    Raises:
        OSError: it cannot be written; what was there before stays.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")  # tempfile's would be closed to all other users
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise OutputError(f"{path} cannot be written ({exc.strerror}): choose another --out.") from exc
