"""Opening the SQLite file: for the owner only, deleting safely, and with errors in the project's own words.

SQLite comes with `apsw`, because its file layer can be derived from in Python, and because a pinned SQLite is the same
everywhere (the 3.40.1 of many systems has a bug that can corrupt WAL files).
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import apsw

from core.errors import StoreUnavailable
from core.store.sqlite_disk import FILES_NAME, PAGE_BYTES

BUSY_TIMEOUT_S = 2.0
_SHORTEST_NAP_S, _LONGEST_NAP_S = 0.0002, 0.005
SQLITE_VERSION: str = apsw.sqlite_lib_version()

Connection: TypeAlias = apsw.Connection  # for callers that must not import the vendor

# What deleting relies on; defaults vary by build, so each is read back.
# TRUNCATE, not WAL: a WAL file keeps the deleted bytes. Scratch copies stay in memory, off the disk.
_PRAGMAS: dict[str, tuple[str, object]] = {
    "page_size": (str(PAGE_BYTES), PAGE_BYTES),
    "journal_mode": ("TRUNCATE", "truncate"),
    "synchronous": ("FULL", 2),
    "secure_delete": ("ON", 1),
    "temp_store": ("MEMORY", 2),
}

_ADVICE: dict[type[apsw.Error], str] = {
    apsw.BusyError: "another program keeps it locked; close that program, or point STORE at another file",
    apsw.CorruptError: "it is damaged; move it away and start again",
    apsw.NotADBError: "it is no SQLite file; move it away, or point STORE at another file",
    apsw.FullError: "the disk is full; free some space",
    apsw.ReadOnlyError: "it cannot be written; change its permissions, or point STORE at another file",
    apsw.CantOpenError: "it cannot be opened; point STORE at a file in a folder that can be written",
    apsw.IOError: "the disk cannot be read or written; check it, or point STORE at another one",
}


class _Patience:
    """Waits for another's lock in naps that get shorter: who has waited long looks most often, so that nobody starves.

    SQLite's own waiting naps for a second in builds without `usleep`, and longer and longer in the others.
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._end_s = 0.0

    def __call__(self, earlier_naps: int) -> bool:
        """Nap and return True, or return False where it has been long enough."""
        if earlier_naps == 0:
            self._end_s = time.monotonic() + self._longest_s
        left_s = self._end_s - time.monotonic()
        if left_s <= 0:
            return False
        nap_s = max(_SHORTEST_NAP_S, _LONGEST_NAP_S * (left_s / self._longest_s) ** 4)
        time.sleep(nap_s * random.random())  # noqa: S311 - so that two do not nap in step
        return True


def open_file(path: Path) -> Connection:
    """Connect to the file, which is made if missing, and set what deleting relies on.

    Raises:
        StoreUnavailable: a pragma does not hold. Other errors come as they are: call it inside `own_errors`.
    """
    _make_file(path)
    db = apsw.Connection(str(path), vfs=FILES_NAME)
    try:
        db.set_busy_handler(_Patience(BUSY_TIMEOUT_S))
        _set_pragmas(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _make_file(path: Path) -> None:
    """SQLite would make it readable by others; its journal takes the file's mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)


def _set_pragmas(db: Connection, path: Path) -> None:
    for name, (value, stored) in _PRAGMAS.items():
        db.execute(f"PRAGMA {name} = {value}").fetchall()
        if db.pragma(name) != stored:
            raise StoreUnavailable(f"{path}: this SQLite does not take {name}={value}; use Python's standard build.")


@contextmanager
def own_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system raise into `StoreUnavailable`."""
    try:
        yield
    except OSError as exc:
        raise StoreUnavailable(f"{path}: {exc.strerror}; point STORE at a file that can be written.") from exc
    except apsw.Error as exc:
        raise StoreUnavailable(f"{path}: {_advice(exc)}.") from exc


def _advice(error: apsw.Error) -> str:
    return _ADVICE.get(type(error)) or f"SQLite says: {error}"
