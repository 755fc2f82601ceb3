"""Opening the SQLite file: for the owner only, deleting safely, and with errors in the project's own words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import StoreUnavailable

BUSY_TIMEOUT_S = 2.0

# What deleting relies on; defaults vary by build, so each is read back.
# TRUNCATE, not WAL: a WAL file keeps the deleted bytes. VACUUM's scratch copy stays in memory, off the disk.
_PRAGMAS = {
    "journal_mode": ("TRUNCATE", "truncate"),
    "synchronous": ("FULL", 2),
    "secure_delete": ("ON", 1),
    "temp_store": ("MEMORY", 2),
}

_ADVICE = {
    sqlite3.SQLITE_BUSY: "another program keeps it locked; close that program, or point STORE at another file",
    sqlite3.SQLITE_CORRUPT: "it is damaged; move it away and start again",
    sqlite3.SQLITE_NOTADB: "it is no SQLite file; move it away, or point STORE at another file",
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_READONLY: "it cannot be written; change its permissions, or point STORE at another file",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; point STORE at a file in a folder that can be written",
}


def open_file(path: Path) -> sqlite3.Connection:
    """Connect to the file, which is made if missing, and set what deleting relies on.

    Raises:
        StoreUnavailable: a pragma does not hold. Other errors come as they are: call it inside `own_errors`.
    """
    _make_file(path)
    db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        _set_pragmas(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _make_file(path: Path) -> None:
    """SQLite would make it readable by others; its journal takes the file's mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)


def _set_pragmas(db: sqlite3.Connection, path: Path) -> None:
    for name, (value, stored) in _PRAGMAS.items():
        db.execute(f"PRAGMA {name} = {value}")
        if db.execute(f"PRAGMA {name}").fetchone() != (stored,):
            raise StoreUnavailable(f"{path}: this SQLite does not take {name}={value}; use Python's standard build.")


@contextmanager
def own_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system raise into `StoreUnavailable`."""
    try:
        yield
    except OSError as exc:
        raise StoreUnavailable(f"{path}: {exc.strerror}; point STORE at a file that can be written.") from exc
    except sqlite3.Error as exc:
        raise StoreUnavailable(f"{path}: {_advice(exc)}.") from exc


def _advice(error: sqlite3.Error) -> str:
    # The low byte is the primary code; errors of the Python module itself, such as a closed connection, have none.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    return _ADVICE.get(code) or f"SQLite says: {error}"
