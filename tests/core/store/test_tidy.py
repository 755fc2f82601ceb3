"""What is deleted without being asked for: expired rows, and interactions that could not be forgotten at once."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from core.errors import StoreUnavailable
from core.store import sqlite_file
from core.store.sqlite import SqliteStore
from core.store.tidy import TidyStore
from tests.contracts.store import HEADER, ID, LAST_MS, TurnedClock, event, item
from tests.core.store.test_sqlite import RawFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "context.sqlite3"


@pytest.fixture
def store(path: Path, clock: TurnedClock) -> Iterator[TidyStore]:
    store = TidyStore(SqliteStore(path, clock), purge_every_s=0.05)
    store.ensure_schema()
    yield store
    store.close()


def test_everything_else_is_passed_on(store: TidyStore, path: Path) -> None:
    entry = store.append_event(ID, event(1), HEADER)
    store.put_item(item("d1"))
    store.put_items([item("d2")])
    raw = RawFile(path)
    assert store.get_entry(ID) == entry
    assert (raw.lines(ID), set(raw.items(ID))) == ({event(1).name: event(1).line}, {"d1", "d2"})
    assert store.get_items(ID, ["d2", "d1"]) == (item("d2"), item("d1"))
    assert (store.contents().items, store.holds_rows(), len(store.check())) == (2, True, 1)
    assert store.purge_expired() == 0
    store.forget(ID)
    assert (raw.lines(ID), raw.items(ID)) == (None, {})


def comes_true(condition: Callable[[], bool], within_s: float = 10.0) -> bool:
    """A bound for a machine that does other work as well; the seconds promised are measured by `evals.bench`."""
    end_s = time.monotonic() + within_s
    while not condition() and time.monotonic() < end_s:
        time.sleep(0.01)
    return condition()


def test_what_has_expired_goes_by_itself_and_no_byte_stays(store: TidyStore, path: Path, clock: TurnedClock) -> None:
    store.append_event(ID, event(1), HEADER)
    store.put_item(item("d1", b"canary" * 300))
    assert store.holds_rows()
    clock.at_ms = LAST_MS + 1
    assert comes_true(lambda: not store.holds_rows())
    assert not any(b"canary" in file.read_bytes() or ID.encode() in file.read_bytes() for file in path.parent.iterdir())


def test_an_interaction_that_could_not_be_forgotten_goes_as_soon_as_it_can(
    path: Path, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT_S", 0.05)
    store = TidyStore(SqliteStore(path, clock), purge_every_s=None)
    store.ensure_schema()
    store.append_event(ID, event(1), HEADER)
    locker = apsw.Connection(str(path))
    locker.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        store.forget(ID)
    locker.execute("ROLLBACK")
    locker.close()
    assert comes_true(lambda: not store.holds_rows())
    store.close()


def test_closing_forgets_what_is_still_to_be_forgotten(
    path: Path, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT_S", 0.01)
    monkeypatch.setattr("core.store.tidy.RETRY_EVERY_S", 60.0)
    store = TidyStore(SqliteStore(path, clock), purge_every_s=None)
    store.ensure_schema()
    store.append_event(ID, event(1), HEADER)
    locker = apsw.Connection(str(path))
    locker.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        store.forget(ID)
    time.sleep(0.1)  # the thread's own try fails as well, and it rests
    locker.execute("ROLLBACK")
    locker.close()
    store.close()
    assert RawFile(path).lines(ID) is None


def test_a_purge_that_fails_is_tried_again(path: Path, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT_S", 0.01)
    inner = SqliteStore(path, clock)
    inner.ensure_schema()
    inner.append_event(ID, event(1), HEADER)
    locker = apsw.Connection(str(path))
    locker.execute("BEGIN IMMEDIATE")
    clock.at_ms = LAST_MS + 1
    store = TidyStore(inner, purge_every_s=0.05)
    time.sleep(0.2)
    assert RawFile(path).lines(ID) is not None
    locker.execute("ROLLBACK")
    locker.close()
    assert comes_true(lambda: not store.holds_rows())
    store.close()


def test_closing_ends_the_thread(store: TidyStore, path: Path, clock: TurnedClock) -> None:
    before = threading.active_count()
    another = TidyStore(SqliteStore(path, clock), purge_every_s=None)
    assert threading.active_count() == before + 1
    another.close()
    assert threading.active_count() == before
    with pytest.raises(StoreUnavailable, match="closed"):
        another.get_entry(ID)
    assert not store.holds_rows()
