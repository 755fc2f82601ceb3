"""What the events table costs beside the two SQL statements that anybody would write."""

import itertools
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from core.settings import Settings
from core.store.clock import system_now_ms
from core.store.interface import EntryHeader, Event
from core.store.sqlite import SqliteStore
from core.store.sqlite_file import open_file
from evals.benchmarks.timing import Ratio, divide_times, time_in_turn

EVENTS_PER_INTERACTION = 10
APPENDS = 50  # in one timing: a single one is too short to compare
REPEATS = 20
KEEP_S = 300


def compare_appends(_manifest: Path, _settings: Settings) -> list[Ratio]:
    """An event is added and the whole entry comes back; both on files opened in the same way, journal mode included."""
    with tempfile.TemporaryDirectory() as folder:
        variants = {"ours": _append_ours(Path(folder) / "ours"), "bare": _append_bare(Path(folder) / "bare")}
        times_s = time_in_turn({name: partial(_repeat, append) for name, append in variants.items()}, REPEATS)
    return [divide_times("append an event, get the entry / INSERT, SELECT", times_s["ours"], times_s["bare"])]


def _repeat(append: Callable[[], object]) -> None:
    for _ in range(APPENDS):
        append()


def _append_ours(path: Path) -> Callable[[], object]:
    store = SqliteStore(path)
    store.ensure_schema()
    header = EntryHeader(bytes(60), "root-1", system_now_ms() // 1000 + KEEP_S)
    numbers = itertools.count()

    def append() -> object:
        number = next(numbers)
        event = Event(system_now_ms(), f"{number:08x}", "utterance", f"{number:032x}")
        return store.append_event(f"{number // EVENTS_PER_INTERACTION:032x}", event, header)

    return append


def _append_bare(path: Path) -> Callable[[], object]:
    database = open_file(path)
    database.execute("CREATE TABLE events (pk TEXT, name TEXT, line TEXT, PRIMARY KEY (pk, name)) WITHOUT ROWID")
    numbers = itertools.count()

    def append() -> object:
        number = next(numbers)
        key = f"{number // EVENTS_PER_INTERACTION:032x}"
        row = (key, f"e#{system_now_ms():013d}#{number:08x}", f"utterance|{number:032x}")
        database.execute("INSERT INTO events VALUES (?, ?, ?)", row)
        return database.execute("SELECT name, line FROM events WHERE pk = ? ORDER BY name", (key,)).fetchall()

    return append
