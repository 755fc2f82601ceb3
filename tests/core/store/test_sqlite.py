"""SQLite against the contract, and what only a file can do wrong: modes, faults, and bytes that stay behind."""

import json
import random
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import apsw
import pytest

from core.errors import StoreUnavailable
from core.settings import ROOT
from core.store import sqlite_file
from core.store.interface import EntryHeader, SealedItem, Store
from core.store.sqlite import SqliteStore
from tests.contracts.store import EXPIRES_AT, HEADER, ID, LAST_MS, StoreContract, TurnedClock, append_many, event, item


@dataclass
class RawFile:
    """The file, read over a connection of its own."""

    path: Path

    def _rows(self, sql: str, interaction_id: str) -> list[tuple[Any, ...]]:
        # Not by Python's sqlite3: two libraries in one process undo each other's locks.
        with closing(apsw.Connection(str(self.path))) as db:
            db.set_busy_timeout(2000)  # the store may have a thread that deletes
            return db.execute(sql, (interaction_id,)).fetchall()

    def lines(self, interaction_id: str) -> dict[str, str] | None:
        rows = self._rows("SELECT attributes FROM events WHERE pk = ?", interaction_id)
        return json.loads(rows[0][0]) if rows else None

    def header(self, interaction_id: str) -> EntryHeader | None:
        rows = self._rows("SELECT wrapped_key, key_id, expires_at FROM events WHERE pk = ?", interaction_id)
        return EntryHeader(*rows[0]) if rows else None

    def items(self, interaction_id: str) -> dict[str, SealedItem]:
        rows = self._rows("SELECT pk, sk, sealed, key_id, expires_at FROM context_data WHERE pk = ?", interaction_id)
        return {row[1]: SealedItem(*row) for row in rows}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "context.sqlite3"


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def store(path: Path, clock: TurnedClock) -> Iterator[SqliteStore]:
    store = SqliteStore(path, clock)
    store.ensure_schema()
    yield store
    store.close()


class TestSqliteContract(StoreContract):
    @pytest.fixture
    def store(self, path: Path, clock: TurnedClock) -> Iterator[Store]:
        store = SqliteStore(path, clock)
        store.ensure_schema()
        yield store
        store.close()

    @pytest.fixture
    def raw(self, store: Store, path: Path) -> RawFile:
        return RawFile(path)


def stored_bytes(path: Path) -> bytes:
    """All that the disk holds: the file, its journal, and whatever else lies beside them."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))


def test_a_reopened_file_keeps_its_rows(store: SqliteStore, path: Path, clock: TurnedClock) -> None:
    entry = store.append_event(ID, event(1), HEADER)
    store.put_item(item("d1"))
    store.close()
    again = SqliteStore(path, clock)
    again.ensure_schema()
    assert again.get_entry(ID) == entry
    assert again.get_items(ID, ["d1"]) == (item("d1"),)
    again.close()


def test_the_file_its_journal_and_its_folder_are_for_the_owner_only(store: SqliteStore, path: Path) -> None:
    store.append_event(ID, event(1), HEADER)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"context.sqlite3": 0o600, "context.sqlite3-journal": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_file_holds_two_tables_with_an_index_on_expiry_each(store: SqliteStore, path: Path) -> None:
    del store
    db = apsw.Connection(str(path))
    names = db.execute("SELECT type, tbl_name FROM sqlite_master WHERE sql IS NOT NULL ORDER BY 1, 2").fetchall()
    db.close()
    assert names == [("index", "context_data"), ("index", "events"), ("table", "context_data"), ("table", "events")]


def test_two_stores_on_one_file_see_one_history(store: SqliteStore, path: Path, clock: TurnedClock) -> None:
    other = SqliteStore(path, clock)
    with ThreadPoolExecutor(4) as pool:
        parts = [(store, range(8)), (other, range(8, 16)), (store, range(16, 24)), (other, range(24, 32))]
        answers = [seen for part in pool.map(lambda part: append_many(*part), parts) for _, seen in part]
    other.close()
    assert sorted(len(seen) for seen in answers) == list(range(1, 33))


def test_a_killed_program_loses_no_event_that_it_was_told_is_stored(path: Path) -> None:
    program = """if True:
        import itertools, sys
        from core.store.sqlite import SqliteStore
        from tests.contracts.store import HEADER, ID, TurnedClock, event
        store = SqliteStore(sys.argv[1], TurnedClock())
        store.ensure_schema()
        for number in itertools.count():
            store.append_event(ID, event(number), HEADER)
            print(number, flush=True)
    """
    with subprocess.Popen([sys.executable, "-c", program, path], stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdout is not None
        for _ in range(20):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        told = 20 + len(writer.stdout.readlines())
    survivor = SqliteStore(path, TurnedClock())
    entry = survivor.get_entry(ID)
    survivor.close()
    assert entry is not None
    assert {event(number) for number in range(told)} <= set(entry.events)


# Bytes that stay behind. Many sizes and a mixed order make SQLite move cells between pages, which leaves stale copies.


def fill(store: SqliteStore, rng: random.Random, expires_at: int = EXPIRES_AT) -> tuple[str, list[bytes]]:
    """Store an interaction of some size; returns its id and what must be gone once it is deleted."""
    id_ = rng.randbytes(16).hex()
    header = EntryHeader(rng.randbytes(61), "root-1", expires_at)
    sealed = [rng.randbytes(rng.choice([20, 40, 100, 500, 3_000, 9_000])) for _ in range(rng.randint(1, 6))]
    store.put_items(SealedItem(id_, f"d{n}", one, "root-1", expires_at) for n, one in enumerate(sealed))
    for number in range(rng.randint(1, 8)):
        store.append_event(id_, event(number), header)
    return id_, [end for one in (header.wrapped_key, *sealed) for end in (one[:16], one[-16:])] + [id_.encode()]


@pytest.fixture
def fast_store(store: SqliteStore) -> SqliteStore:
    """Without waiting for the disk; the pages hold the same bytes."""
    store._db.execute("PRAGMA synchronous = OFF")
    return store


@pytest.mark.parametrize("seed", range(3))
def test_forgetting_leaves_no_byte_of_an_interaction_on_the_disk(
    fast_store: SqliteStore, path: Path, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 - sizes and bytes of a test
    stored = dict(fill(fast_store, rng) for _ in range(20))
    for _ in range(60):
        id_, traces = rng.choice(list(stored.items()))
        assert all(trace in stored_bytes(path) for trace in traces)
        fast_store.forget(id_)
        assert not any(trace in stored_bytes(path) for trace in traces)
        del stored[id_]
        stored.update([fill(fast_store, rng)])


@pytest.mark.parametrize("seed", range(3))
def test_purging_leaves_no_byte_of_what_has_expired_on_the_disk(
    fast_store: SqliteStore, path: Path, clock: TurnedClock, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 - sizes and bytes of a test
    expiries = [EXPIRES_AT + rng.choice([0, 1]) for _ in range(60)]
    stored = [(expires_at, fill(fast_store, rng, expires_at)[1]) for expires_at in expiries]
    clock.at_ms = LAST_MS + 1
    fast_store.purge_expired()
    kept = stored_bytes(path)
    for expires_at, traces in stored:
        assert {trace in kept for trace in traces} == {expires_at > EXPIRES_AT}


class ForgetfulConnection(apsw.Connection):
    """A build of SQLite that was made without one of the pragmas: it takes them and does nothing."""

    ignored = ""

    def execute(self, statements: str, *values: Any, **options: Any) -> apsw.Cursor:
        ignored = statements.startswith(f"PRAGMA {self.ignored} =")
        return super().execute("SELECT 1" if ignored else statements, *values, **options)


@pytest.mark.parametrize(
    ("pragma", "default"),
    [
        ("secure_delete", "OFF"),
        ("journal_mode", "WAL"),
        ("synchronous", "OFF"),
        ("temp_store", "FILE"),
        ("page_size", "8192"),
    ],
)
def test_a_sqlite_that_cannot_delete_safely_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch, pragma: str, default: str
) -> None:
    def connect(*args: Any, **kwargs: Any) -> apsw.Connection:
        db = ForgetfulConnection(*args, **kwargs)
        super(ForgetfulConnection, db).execute(f"PRAGMA {pragma} = {default}").fetchall()
        return db

    monkeypatch.setattr(ForgetfulConnection, "ignored", pragma)
    monkeypatch.setattr(apsw, "Connection", connect)
    with pytest.raises(StoreUnavailable, match=pragma):
        SqliteStore(path)


# Faults. Every message names the file and a way out.


def open_and_use(path: Path) -> None:
    store = SqliteStore(path, TurnedClock())
    try:
        store.ensure_schema()
        store.append_event(ID, event(1), HEADER)
    finally:
        store.close()


def test_a_file_locked_by_another_program_is_an_error_with_a_way_out(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del store
    monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT_S", 0.05)
    patient = SqliteStore(path, TurnedClock())
    locker = apsw.Connection(str(path))
    locker.execute("BEGIN EXCLUSIVE")
    began_s = time.perf_counter()
    for use in (lambda: patient.append_event(ID, event(1), HEADER), lambda: patient.put_item(item("d1"))):
        with pytest.raises(StoreUnavailable, match=r"context\.sqlite3: another program keeps it locked; close"):
            use()
    assert time.perf_counter() - began_s < 1.0
    locker.execute("ROLLBACK")
    locker.close()
    assert patient.append_event(ID, event(1), HEADER).events == (event(1),)
    patient.close()


def test_a_short_lock_is_waited_for(store: SqliteStore, path: Path) -> None:
    locker = apsw.Connection(str(path))
    locker.execute("BEGIN EXCLUSIVE")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(store.append_event, ID, event(1), HEADER)
        time.sleep(0.1)
        assert not answer.done()
        locker.execute("ROLLBACK")
        assert answer.result().events == (event(1),)
    locker.close()


def test_a_reader_that_stops_the_commit_is_an_error_and_nothing_is_stored(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit comes after the returned row: an entry must never come back that is not on the disk."""
    monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT_S", 0.05)
    writer = SqliteStore(path, TurnedClock())
    writer.ensure_schema()
    reader = apsw.Connection(str(path))
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM events").fetchall()
    for use in (lambda: writer.append_event(ID, event(1), HEADER), lambda: writer.put_item(item("d1"))):
        with pytest.raises(StoreUnavailable, match="locked"):
            use()
    reader.execute("COMMIT")
    reader.close()
    assert (writer.get_entry(ID), writer.get_items(ID, ["d1"])) == (None, ())
    writer.close()


def test_a_file_of_another_kind_is_an_error_and_stays_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("a shopping list\n" * 400)
    with pytest.raises(StoreUnavailable, match=r"context\.sqlite3: it is no SQLite file; move it away"):
        open_and_use(path)
    assert path.read_text() == "a shopping list\n" * 400


def test_a_damaged_file_is_an_error_with_a_way_out(store: SqliteStore, path: Path) -> None:
    store.put_items(item(f"d{number}", bytes(500)) for number in range(50))
    store.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(StoreUnavailable, match=r"context\.sqlite3: it is damaged; move it away"):
        open_and_use(path)


@pytest.mark.parametrize("attributes", ['{"e#1#x": "item|"', '{"nonsense": "item|"}', "[1]", '{"e#x#y": "item|"}', "7"])
def test_a_damaged_entry_is_an_error_with_a_way_out(store: SqliteStore, path: Path, attributes: str) -> None:
    store.append_event(ID, event(1), HEADER)
    db = apsw.Connection(str(path))
    with db:
        db.execute("UPDATE events SET attributes = ?", (attributes,))
    db.close()
    with pytest.raises(StoreUnavailable, match=r"context\.sqlite3: an entry is damaged; move the file away"):
        store.get_entry(ID)


def test_a_folder_in_the_files_place_is_an_error_with_a_way_out(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreUnavailable, match=r"context\.sqlite3: it cannot be opened; point STORE at a file"):
        open_and_use(path)


@pytest.mark.parametrize("parent", ["file.txt", "file.txt/deeper", "n" * 300])
def test_a_folder_that_cannot_be_made_is_an_error_with_a_way_out(tmp_path: Path, parent: str) -> None:
    (tmp_path / "file.txt").write_text("no folder")
    with pytest.raises(StoreUnavailable, match=r"context\.sqlite3: .*; point STORE at a file that can be written"):
        open_and_use(tmp_path / parent / "context.sqlite3")


def test_a_file_that_cannot_be_written_is_an_error_with_a_way_out(store: SqliteStore) -> None:
    store._db.execute("PRAGMA query_only = ON")
    for use in (lambda: store.append_event(ID, event(1), HEADER), lambda: store.forget(ID)):
        with pytest.raises(StoreUnavailable, match=r"context\.sqlite3: it cannot be written; change its permissions"):
            use()


def test_a_full_disk_is_an_error_and_leaves_what_was_there(store: SqliteStore) -> None:
    store.put_item(item("d1"))
    [[pages]] = store._db.execute("PRAGMA page_count").fetchall()
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match=r"context\.sqlite3: the disk is full; free some space"):
        store.put_items([item("d2"), item("d3", bytes(100_000))])
    assert [one.data_id for one in store.get_items(ID, ["d1", "d2", "d3"])] == ["d1"]


def test_a_closed_store_is_an_error(store: SqliteStore) -> None:
    store.close()
    for use in (lambda: store.get_entry(ID), lambda: store.put_item(item("d1")), store.purge_expired):
        with pytest.raises(StoreUnavailable, match="closed"):
            use()


def test_items_that_fail_to_come_leave_the_store_usable(store: SqliteStore) -> None:
    def failing() -> Iterator[SealedItem]:
        yield item("d1")
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        store.put_items(failing())
    assert store.get_items(ID, ["d1"]) == ()
    store.put_item(item("d1"))


def test_the_check_finds_a_damaged_page(store: SqliteStore, path: Path) -> None:
    store.put_items(item(f"d{number}", bytes(500)) for number in range(50))
    [found] = store.check()
    assert "every page in order" in found
    with path.open("r+b") as file:
        file.seek(5 * 4096 + 100)
        file.write(b"\xff" * 2000)
    store._db.execute("PRAGMA shrink_memory")
    again = SqliteStore(path, TurnedClock())
    with pytest.raises(StoreUnavailable, match="it is damaged; move it away"):
        again.check()
    again.close()


def test_a_file_that_is_mostly_free_gives_its_room_back(
    fast_store: SqliteStore, path: Path, clock: TurnedClock
) -> None:
    fast_store.put_items(item(f"d{number}", bytes(100_000)) for number in range(100))
    fast_store.put_item(replace(item("kept"), expires_at=EXPIRES_AT + 1))
    full_bytes = path.stat().st_size
    clock.at_ms = LAST_MS + 1
    fast_store.purge_expired()
    assert path.stat().st_size < full_bytes / 100
    assert [one.data_id for one in fast_store.get_items(ID, ["kept", "d1"])] == ["kept"]
