"""`python -m evals.storage_faults`: what a killed program and many writers do to the SQLite file. Nothing may be lost.

Kills: a program that stores, forgets and purges is killed (SIGKILL) at a random moment, again and again, on one file.
After each kill every event and item that it was told is stored has to be there, nothing of what it was told is
forgotten may lie in any file, and SQLite has to find every page in order.

Appends: several processes append to shared interactions. Each entry that comes back has to hold the event just written,
and of two entries of one interaction one has to hold the other: that is what one history means.
"""

import argparse
import hashlib
import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path

from core.command import run_command
from core.errors import RunError, StoreUnavailable
from core.store.clock import system_now_ms
from core.store.interface import Entry, EntryHeader, Event, SealedItem
from core.store.sqlite import SqliteStore

KEEP_S = 3600
INTERACTIONS = 4  # of each killed program
KEPT_PROGRAMS = 3  # what the one before them left is forgotten
MOST_STEPS = 40
TRIES = 5
RECENTLY_FORGOTTEN = 50  # are looked for after each kill, all of them after the last


@dataclass(slots=True)
class Told:
    """What a program was told before it was killed: interaction to numbers stored, and interactions forgotten."""

    events: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    items: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    forgotten: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        """One line of a program: what it did, for which interaction, with which number."""
        kind, interaction_id, number = line.split()
        if kind == "forgotten":
            self.forgotten.append(interaction_id)
        elif kind == "forget":  # begun: from here on it may be there or not
            self.events.pop(interaction_id, None)
            self.items.pop(interaction_id, None)
        else:
            (self.events if kind == "event" else self.items)[interaction_id].add(int(number))


def run_kills(path: Path, kills: int, seed: int = 1) -> int:
    """Kill a program so many times; returns how many rows it was told are stored, all of them found again.

    Raises:
        RunError: something is lost, or something is left.
    """
    rng = random.Random(seed)  # noqa: S311 - moments of death
    told, acknowledged = Told(), 0
    for number in range(kills):
        for line in _run_and_kill(path, number, rng):
            told.add(line)
            acknowledged += line.startswith(("event", "item"))
        is_last = number == kills - 1
        _verify(path, told, number, told.forgotten if is_last else told.forgotten[-RECENTLY_FORGOTTEN:])
    return acknowledged


def _run_and_kill(path: Path, number: int, rng: random.Random) -> list[str]:
    """What the program said before its end; a line that was cut by it was not said."""
    reader, writer = os.pipe()
    steps, pause_s = rng.randrange(MOST_STEPS), rng.random() * 0.003
    process = multiprocessing.get_context("fork").Process(target=_store_until_killed, args=(path, number, writer))
    process.start()
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = [pipe.readline() for _ in range(steps + 1)]
        time.sleep(pause_s)
        os.kill(process.pid or 0, signal.SIGKILL)
        said += pipe.readlines()
    process.join()
    return [line.decode() for line in said if line.endswith(b"\n")]


def _store_until_killed(path: Path, number: int, writer: int) -> None:
    store, rng = SqliteStore(path), random.Random(number)  # noqa: S311 - what is stored next
    store.ensure_schema()
    for which in range(INTERACTIONS):
        _forget(store, _id(number - KEPT_PROGRAMS, which), writer)
    for step in count():
        interaction_id = _id(number, rng.randrange(INTERACTIONS))
        kind = rng.choices(["event", "item", "forget"], [6, 4, 1])[0]
        if kind == "forget":
            interaction_id = _id(number, INTERACTIONS + step)  # a forgotten id is not used again
            store.put_item(_item(interaction_id, step))
            _forget(store, interaction_id, writer)
        elif kind == "event":
            store.append_event(interaction_id, _event(step), _header())
            os.write(writer, f"event {interaction_id} {step}\n".encode())
        else:
            store.put_items([_item(interaction_id, step)])
            os.write(writer, f"item {interaction_id} {step}\n".encode())


def _forget(store: SqliteStore, interaction_id: str, writer: int) -> None:
    os.write(writer, f"forget {interaction_id} 0\n".encode())
    store.forget(interaction_id)
    os.write(writer, f"forgotten {interaction_id} 0\n".encode())


def _verify(path: Path, told: Told, kill: int, forgotten: Sequence[str]) -> None:
    store = SqliteStore(path)
    try:
        store.ensure_schema()
        store.check()
        lost = [*_lost_events(store, told), *_lost_items(store, told)]
    finally:
        store.close()
    if lost:
        raise RunError(f"Kill {kill}: {len(lost)} rows are lost that were told to be stored, the first {lost[0]}.")
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    left = [id_ for id_ in forgotten if id_.encode() in content or _marker(id_)[:16] in content]
    if left:
        raise RunError(f"Kill {kill}: {len(left)} interactions left bytes behind that were told to be forgotten.")


def _lost_events(store: SqliteStore, told: Told) -> Iterator[str]:
    for interaction_id, numbers in told.events.items():
        entry = store.get_entry(interaction_id)
        found = set(entry.events) if entry else set()
        yield from (f"event {number}" for number in numbers if _event(number) not in found)


def _lost_items(store: SqliteStore, told: Told) -> Iterator[str]:
    for interaction_id, numbers in told.items.items():
        found = store.get_items(interaction_id, [f"{number:016x}" for number in numbers])
        sealed = {item.data_id: item.sealed for item in found}
        yield from (f"item {n}" for n in numbers if sealed.get(f"{n:016x}") != _marker(interaction_id, n))


def run_appends(path: Path, processes: int, appends: int) -> int:
    """So many appends by each of so many processes; returns how many entries came back, all of them consistent.

    Raises:
        RunError: an entry lacks its event, two entries contradict each other, or an event is missing in the end.
    """
    store = SqliteStore(path)
    store.ensure_schema()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        answers = list(pool.map(_append, [path] * processes, range(processes), [appends] * processes))
    seen: dict[str, list[frozenset[str]]] = defaultdict(list)
    for answer in answers:
        for interaction_id, ids in answer:
            seen[interaction_id].append(frozenset(ids))
    for interaction_id, entries in seen.items():
        _require_one_history(interaction_id, entries)
        stored = store.get_entry(interaction_id)
        if stored is None or {event.id for event in stored.events} != max(entries, key=len):
            raise RunError(f"Interaction {interaction_id} does not hold what its writers were told.")
    store.close()
    return sum(map(len, seen.values()))


def _append(path: Path, process: int, appends: int) -> list[tuple[str, list[str]]]:
    """Each entry that came back, as its interaction and the ids of its events."""
    store, answer = SqliteStore(path), []
    for number in range(appends):
        interaction_id, event = _id(0, number // 10), _event(process * appends + number)
        entry = _append_until_told(store, interaction_id, event)
        if event not in entry.events:
            raise RunError(f"Process {process} got an entry without the event that it had just written.")
        answer.append((interaction_id, [one.id for one in entry.events]))
    store.close()
    return answer


def _append_until_told(store: SqliteStore, interaction_id: str, event: Event) -> Entry:
    """Where the others hold the file for too long, or the disk stands still, the same event is appended again."""
    for _ in range(TRIES - 1):
        with suppress(StoreUnavailable):
            return store.append_event(interaction_id, event, _header())
    return store.append_event(interaction_id, event, _header())


def _require_one_history(interaction_id: str, entries: list[frozenset[str]]) -> None:
    by_size = sorted(entries, key=len)
    if not all(shorter < longer for shorter, longer in pairwise(by_size)):
        raise RunError(f"Two entries of interaction {interaction_id} contradict each other.")


def _id(program: int, which: int) -> str:
    return hashlib.sha256(f"{program}/{which}".encode()).hexdigest()[:32]  # found nowhere by chance


def _event(number: int) -> Event:
    return Event(1_700_000_000_000, f"{number:08x}", "item", f"{number:016x}")


def _item(interaction_id: str, number: int) -> SealedItem:
    marker = _marker(interaction_id, number)
    return SealedItem(interaction_id, f"{number:016x}", marker, "root-1", _header().expires_at)


def _marker(interaction_id: str, number: int = 0) -> bytes:
    """Bytes that stand nowhere else; their head is the same for all items of an interaction."""
    return hashlib.sha256(interaction_id.encode()).digest() + number.to_bytes(4, "big") * (1 + number % 700)


def _header() -> EntryHeader:
    return EntryHeader(bytes(61), "root-1", system_now_ms() // 1000 // KEEP_S * KEEP_S + 2 * KEEP_S)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both parts and print what was found; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.storage_faults", description="Nothing may be lost.")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--appends", type=int, default=2500, help="by each process")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        rows = run_kills(Path(folder) / "killed.sqlite3", options.kills)
        print(f"{options.kills} kills: {rows} rows told to be stored, 0 lost, 0 bytes left, every page in order")
    with tempfile.TemporaryDirectory() as folder:
        entries = run_appends(Path(folder) / "appended.sqlite3", options.processes, options.appends)
        print(f"{options.processes} processes: {entries} entries came back, one history, 0 events lost")
    return 0


if __name__ == "__main__":
    run_command(main)
