"""SQLite's way to the disk, derived from the system's: no stale copy of a row is written, and no wait holds others up.

`apsw` keeps Python's lock while the system's layer works. Most calls take microseconds, but a sync takes milliseconds,
on a busy machine tens of them, and no other thread's Python would move meanwhile. So files are synced here:
Python's own calls let the others go on. What is synced, and when, is SQLite's own (see `unixSync` in its os_unix.c).
"""

import os
import threading
from pathlib import Path

import apsw

from core.store.sqlite_pages import zero_gap

FILES_NAME = "zeroing"
PAGE_BYTES = 4096

_sync = getattr(os, "fdatasync", os.fsync)  # with the file's length, but without the time of its last change


class _Descriptors:
    """One descriptor a file for syncing it, however often it is opened.

    As soon as a process closes any descriptor of a file, POSIX drops all locks that the process has on it. So ours is
    shared, and closed after SQLite has closed the last of its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[tuple[int, int], int] = {}
        self._users: dict[int, int] = {}

    def open(self, path: str) -> int:
        """The file's descriptor; to be given back with `close`."""
        with self._lock:
            status = Path(path).stat()
            key = (status.st_dev, status.st_ino)
            if key not in self._open:
                self._open[key] = os.open(path, os.O_RDONLY)
            descriptor = self._open[key]
            self._users[descriptor] = self._users.get(descriptor, 0) + 1
            return descriptor

    def close(self, descriptor: int) -> None:
        """Nobody else's matter yet, unless this was the last who had it."""
        with self._lock:
            self._users[descriptor] -= 1
            if not self._users[descriptor]:
                del self._users[descriptor]
                self._open = {key: one for key, one in self._open.items() if one != descriptor}
                os.close(descriptor)


_DESCRIPTORS = _Descriptors()


class _SyncedFile(apsw.VFSFile):
    """A file that is synced without Python's lock."""

    def __init__(self, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self._descriptor = _DESCRIPTORS.open(self._path)

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802 - apsw's name
        try:
            _sync(self._descriptor)
        except OSError as exc:
            raise apsw.IOError(exc.strerror) from exc

    def xClose(self) -> None:  # noqa: N802
        super().xClose()
        _DESCRIPTORS.close(self._descriptor)


class _Database(_SyncedFile):
    """No page reaches the disk with stale copies of moved rows in its gap."""

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(zero_gap(data, offset) if len(data) == PAGE_BYTES else data, offset)


class _Journal(_SyncedFile):
    """It is found again after a crash: its folder is synced with it, once after it was opened."""

    _is_found = False

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        if not self._is_found:
            _sync_folder(Path(self._path).parent)
            self._is_found = True


class _Files(apsw.VFS):
    """The system's file layer, but for the two files of a database. Other files are scratch, and never synced."""

    def __init__(self) -> None:
        super().__init__(FILES_NAME, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        if flags[0] & apsw.SQLITE_OPEN_MAIN_DB:
            return _Database(name, flags)
        if flags[0] & apsw.SQLITE_OPEN_MAIN_JOURNAL:
            return _Journal(name, flags)
        return super().xOpen(name, flags)


_FILES = _Files()  # registered for as long as it is referred to


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)
