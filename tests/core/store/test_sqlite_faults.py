"""Every call to the disk and every call to SQLite fails once, and the program dies before every one of them.

Whatever happens, what was acknowledged is there, what was not is there as a whole or not at all, and the store goes on.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from core.errors import StoreUnavailable
from core.store import sqlite_file
from core.store.interface import SealedItem, Store
from core.store.sqlite import SqliteStore
from core.store.sqlite_disk import PAGE_BYTES
from core.store.sqlite_pages import zero_gap
from tests.contracts.store import EXPIRES_AT, HEADER, ID, LAST_MS, OTHER_ID, TurnedClock, event, item

OnCall = Callable[[str], None]


class Disk:
    """Tells `on_call` of every write, sync, truncation and deletion before it is done. Reads and locks go by unseen."""

    def __init__(self) -> None:
        self.on_call: OnCall = lambda _: None
        self.calls = 0


class WatchedFile(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        super().__init__("zeroing", name, flags)
        self._disk = disk

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.on_call("write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        """Told, but not waited for: what a file holds, other programs see without it."""
        self._disk.on_call("sync")

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.on_call("truncate")
        super().xTruncate(newsize)


class WatchedFiles(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        super().__init__("watched", "zeroing")
        self._disk = disk

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return WatchedFile(self._disk, name, flags)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    disk = Disk()
    files = WatchedFiles(disk)
    monkeypatch.setattr(sqlite_file, "FILES_NAME", "watched")
    monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT_S", 0.0)
    yield disk
    files.unregister()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "context.sqlite3"


Step = Callable[[Store], object]
LARGE = SealedItem(OTHER_ID, "large", bytes(range(256)) * 60, "root-1", EXPIRES_AT)
STEPS: dict[str, Step] = {
    "append": lambda store: store.append_event(ID, event(2), HEADER),
    "put": lambda store: store.put_items([item("d2"), item("d3", b"x" * 3_000)]),
    "put large": lambda store: store.put_item(LARGE),
    "forget": lambda store: store.forget(OTHER_ID),
    "purge": lambda store: store.purge_expired(),
}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with two interactions, and an item that is over a second before them."""
    path = tmp_path_factory.mktemp("template") / "state" / "context.sqlite3"
    store = SqliteStore(path, TurnedClock())
    store.ensure_schema()
    for id_ in (ID, OTHER_ID):
        store.append_event(id_, event(1), HEADER)
        store.put_items(item(f"d{n}", bytes([n]) * 900, id_) for n in range(10, 16))
    store.put_item(SealedItem("c" * 32, "d1", b"over soon" * 300, "root-1", EXPIRES_AT - 1))
    store.close()
    return path


def opened(template: Path, path: Path) -> SqliteStore:
    """A copy, at a time when a purge has something to do."""
    shutil.rmtree(path.parent, ignore_errors=True)
    shutil.copytree(template.parent, path.parent)
    return SqliteStore(path, TurnedClock(LAST_MS - 500))


def rows(path: Path) -> list[tuple[Any, ...]]:
    """All there is, over a connection of its own, after SQLite has found every page in order."""
    db = apsw.Connection(str(path))
    try:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found = db.execute("SELECT pk, attributes, NULL FROM events UNION ALL SELECT pk, sk, sealed FROM context_data")
        return sorted(found.fetchall(), key=repr)
    finally:
        db.close()


def before_and_after(template: Path, path: Path, step: Step) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    before = rows(template)
    store = opened(template, path)
    step(store)
    store.close()
    return before, rows(path)


@pytest.mark.parametrize("error", [apsw.IOError, apsw.FullError])
@pytest.mark.parametrize("name", STEPS)
def test_the_disk_fails_at_every_call_once(
    disk: Disk, template: Path, path: Path, name: str, error: type[Exception]
) -> None:
    before, after = before_and_after(template, path.parents[1] / "untroubled" / "context.sqlite3", STEPS[name])
    assert before != after
    failed = 0
    for number in range(200):
        store = opened(template, path)
        fail_at(disk, number, error)
        was_told = succeeds(STEPS[name], store)
        reached = disk.calls > number
        disk.on_call = lambda _: None
        assert rows(path) == after if was_told else rows(path) in (before, after)
        STEPS[name](store)  # it goes on, and a retry is harmless
        store.close()
        assert rows(path) == after
        if not reached:
            break
        failed += not was_told
    assert failed >= 4  # the journal, its sync, the pages, their sync


def fail_at(disk: Disk, number: int, error: type[Exception]) -> None:
    disk.calls = 0

    def on_call(_: str) -> None:
        disk.calls += 1
        if disk.calls == number + 1:
            raise error("the disk fails")

    disk.on_call = on_call


def succeeds(step: Step, store: Store) -> bool:
    try:
        step(store)
    except StoreUnavailable as exc:
        return "context.sqlite3: the disk" not in str(exc)
    return True


@pytest.mark.parametrize("name", STEPS)
def test_the_program_dies_before_every_call_to_the_disk(
    disk: Disk, template: Path, path: Path, tmp_path: Path, name: str
) -> None:
    """What lies on the disk at that moment is copied, opened by another program, and read."""
    before, after = before_and_after(template, tmp_path / "untroubled" / "context.sqlite3", STEPS[name])
    store = opened(template, path)
    copies: list[Path] = []

    def copy(_: str) -> None:
        copies.append(tmp_path / f"copy-{len(copies)}")
        shutil.copytree(path.parent, copies[-1])

    disk.on_call = copy
    STEPS[name](store)
    store.close()
    found = [rows(copied / path.name) for copied in copies]
    assert len(found) >= 4
    assert all(one in (before, after) for one in found)
    assert found[0] == before
    assert found == sorted(found, key=lambda one: one == after)  # once it is there, it stays


class FailingConnection(apsw.Connection):
    """Its `fails_at`-th statement raises, as where a page cannot be read."""

    fails_at = -1
    calls = 0

    def execute(self, statements: str, *values: Any, **options: Any) -> apsw.Cursor:
        FailingConnection.calls += 1
        if FailingConnection.calls == FailingConnection.fails_at:
            raise apsw.IOError("disk I/O error")
        return super().execute(statements, *values, **options)


@pytest.mark.parametrize("name", STEPS)
def test_sqlite_fails_at_every_statement_once(
    template: Path, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before, after = before_and_after(template, tmp_path / "untroubled" / "context.sqlite3", STEPS[name])
    monkeypatch.setattr(apsw, "Connection", FailingConnection)
    for number in range(1, 50):
        monkeypatch.setattr(FailingConnection, "fails_at", -1)
        store = opened(template, path)
        monkeypatch.setattr(FailingConnection, "calls", 0)
        monkeypatch.setattr(FailingConnection, "fails_at", number)
        was_told = succeeds(STEPS[name], store)
        monkeypatch.setattr(FailingConnection, "fails_at", -1)
        if was_told:
            assert FailingConnection.calls < number
            break
        assert rows(path) == before
        STEPS[name](store)
        store.close()
        assert rows(path) == after
    assert number > 1


def test_a_start_fails_at_every_statement_once_and_the_next_one_succeeds(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apsw, "Connection", FailingConnection)
    for number in range(1, 50):
        monkeypatch.setattr(FailingConnection, "calls", 0)
        monkeypatch.setattr(FailingConnection, "fails_at", number)
        try:
            store = SqliteStore(path)
            try:
                store.ensure_schema()
            finally:
                store.close()
        except StoreUnavailable:
            continue
        break
    assert number > 10
    monkeypatch.setattr(FailingConnection, "fails_at", -1)
    store = SqliteStore(path)
    assert len(store.check()) == 1
    store.close()


def test_a_disk_that_only_reads_still_shows_what_is_there(disk: Disk, template: Path, path: Path) -> None:
    def refuse(_: str) -> None:
        raise apsw.ReadOnlyError("attempt to write a readonly database")

    store = opened(template, path)
    disk.on_call = refuse
    for write in STEPS.values():
        with pytest.raises(StoreUnavailable, match="cannot be written; change its permissions"):
            write(store)
    entry = store.get_entry(ID)
    assert entry is not None
    assert entry.events == (event(1),)
    disk.on_call = lambda _: None
    store.close()


def test_only_the_gap_of_a_page_of_rows_is_zeroed() -> None:
    head = bytes([0x0D, 0, 0, 0, 2]) + (4000).to_bytes(2, "big") + b"\x00"
    pointers, stale, cells = b"\x0f\xa0\x0f\xd0", b"stale" * 797 + b"sta", b"c" * 96
    page = head + pointers + stale + cells
    assert len(page) == PAGE_BYTES
    assert zero_gap(page, PAGE_BYTES) == head + pointers + bytes(len(stale)) + cells
    overflow = bytes(4) + page[4:]
    assert zero_gap(overflow, PAGE_BYTES) == overflow


@pytest.mark.parametrize("kind", [0x02, 0x05, 0x0A, 0x0D])
@pytest.mark.parametrize("content_start", [0, 1, 7, 5_000])
def test_a_page_that_makes_no_sense_is_left_alone(kind: int, content_start: int) -> None:
    page = bytes([kind, 0, 0, 0, 200]) + content_start.to_bytes(2, "big") + b"\xff" * (PAGE_BYTES - 7)
    assert zero_gap(page, PAGE_BYTES) == page
