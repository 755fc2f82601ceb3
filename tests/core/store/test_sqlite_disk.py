"""What is written reaches the disk, by a way on which nobody else's Python stands still."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import apsw
import psutil
import pytest

from core.errors import StoreUnavailable
from core.store import sqlite_disk
from core.store.sqlite import SqliteStore
from tests.contracts.store import HEADER, ID, TurnedClock, event

LOCK = """
import apsw, sys
db = apsw.Connection(sys.argv[1])
try:
    db.execute("BEGIN IMMEDIATE")
except apsw.BusyError:
    print("busy")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "context.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path, TurnedClock())
    store.ensure_schema()
    yield store
    store.close()


class SystemFile(apsw.VFSFile):
    """A file of the system's layer; its own sync would keep Python's lock."""

    def xSync(self, flags: int) -> None:  # noqa: N802
        pytest.fail("SQLite was left to sync by itself")


class SystemFiles(apsw.VFS):
    def __init__(self) -> None:
        super().__init__("system", "", makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return SystemFile("unix", name, flags)


@pytest.fixture
def _watched() -> Iterator[None]:
    files = SystemFiles()
    yield
    files.unregister()


@pytest.mark.usefixtures("_watched")
def test_file_journal_and_folder_are_synced_by_python(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []

    def sync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        os.fsync(descriptor)

    store = SqliteStore(path, TurnedClock())
    store.ensure_schema()
    monkeypatch.setattr(sqlite_disk, "_sync", sync)
    store.append_event(ID, event(1), HEADER)
    journal = path.with_name(f"{path.name}-journal")
    database, written = path.stat().st_ino, journal.stat().st_ino
    assert synced.index(written) < synced.index(path.parent.stat().st_ino) < synced.index(database)
    assert set(synced[: synced.index(database)]) == {written, path.parent.stat().st_ino}
    store.close()


def test_a_disk_that_fails_to_sync_is_an_error_and_nothing_is_stored(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as broken:
        broken.setattr(sqlite_disk, "_sync", fail)
        with pytest.raises(StoreUnavailable, match="the disk cannot be read or written"):
            store.append_event(ID, event(1), HEADER)
    assert store.get_entry(ID) is None
    assert store.append_event(ID, event(1), HEADER).events == (event(1),)


def test_a_store_that_is_closed_leaves_the_locks_of_another_one_alone(store: SqliteStore, path: Path) -> None:
    """POSIX would drop them as soon as this process closes any descriptor of the file."""
    with store._transaction():
        SqliteStore(path, TurnedClock()).close()
        other = subprocess.run([sys.executable, "-c", LOCK, path], capture_output=True, text=True, check=True)
    assert other.stdout == "busy\n"


def test_nothing_stays_open(path: Path) -> None:
    process = psutil.Process()
    before = process.num_fds()
    for _ in range(3):
        stores = [SqliteStore(path, TurnedClock()) for _ in range(2)]
        for store in stores:
            store.ensure_schema()
            store.append_event(ID, event(1), HEADER)
        for store in stores:
            store.close()
    assert process.num_fds() == before
