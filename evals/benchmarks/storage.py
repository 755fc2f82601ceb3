"""What the SQLite store and sealing cost beside the plainest way of doing the same."""

import itertools
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.settings import Settings
from core.store.clock import system_now_ms
from core.store.interface import EntryHeader, Event, SealedItem
from core.store.keys import RootKey
from core.store.sealing import open_item, seal
from core.store.sqlite import SqliteStore
from core.store.tidy import PURGE_EVERY_S, TidyStore
from core.store.vault import Vault
from evals.benchmarks.timing import Ratio, divide_times, time_in_turn

EVENTS_PER_INTERACTION = 10
APPENDS = 50  # in one timing: a single one is too short to compare
REPEATS = 20
KEEP_S = 300
LONG_EVENTS, GROWTH_APPENDS, GROWTH_REPEATS = 50, 10, 30
ITEM_BYTES = 2_000
LARGE_INTERACTIONS, SMALL_INTERACTIONS = 2_000, 20  # of 14 KB each: 28 MB, and 0.3 MB
EXPIRING_FILES = 3


def compare_storage(_manifest: Path, _settings: Settings) -> Iterator[Ratio]:
    """Everything that needs no server."""
    yield compare_appends()
    yield from compare_growth()
    yield from compare_sealing()
    yield from compare_forgetting()
    yield from compare_promises()


def compare_appends() -> Ratio:
    """An event is added and the whole entry comes back; beside Python's own SQLite with the same journal and syncs."""
    with tempfile.TemporaryDirectory() as folder:
        variants = {"ours": _append_ours(Path(folder) / "ours"), "bare": _append_bare(Path(folder) / "bare")}
        times_s = time_in_turn({name: partial(_repeat, append) for name, append in variants.items()}, REPEATS)
    return divide_times("append an event, get the entry / INSERT, SELECT", times_s["ours"], times_s["bare"])


def compare_growth() -> Iterator[Ratio]:
    """The fiftieth event of an interaction beside the first: as it takes, and of the processor alone."""
    with tempfile.TemporaryDirectory() as folder:
        growing = _Growing(Path(folder) / "store")
        variants = {"first": growing.append, "last": growing.append}
        times_s = time_in_turn(variants, GROWTH_REPEATS, growing.prepare)
        cpu_s = time_in_turn(variants, GROWTH_REPEATS, growing.prepare, time.process_time)
        growing.close()
    name = f"append event {LONG_EVENTS} of an interaction / event 1"
    yield divide_times(name, times_s["last"], times_s["first"])
    yield divide_times(f"{name}: CPU", cpu_s["last"], cpu_s["first"])


class _Growing:
    """Interactions that are new, or hold all their events but one."""

    def __init__(self, path: Path) -> None:
        self._store = SqliteStore(path)
        self._store.ensure_schema()
        self._ids = itertools.count()
        self._batch: list[str] = []

    def prepare(self, name: str) -> None:
        """Fill new interactions up to their "last" event, or leave them as they are before their "first"."""
        self._batch = [f"{next(self._ids):032x}" for _ in range(GROWTH_APPENDS)]
        self._store._db.execute("PRAGMA synchronous = OFF")
        for interaction_id in self._batch if name == "last" else ():
            for number in range(LONG_EVENTS - 1):
                self._store.append_event(interaction_id, _event(number), _header())
        self._store._db.execute("PRAGMA synchronous = FULL")

    def append(self) -> None:
        """One event to each."""
        for interaction_id in self._batch:
            self._store.append_event(interaction_id, _event(LONG_EVENTS), _header())

    def close(self) -> None:
        """Close the file."""
        self._store.close()


def compare_sealing() -> Iterator[Ratio]:
    """2 KB sealed and opened, bound to its row, beside the bare cipher."""
    payload, key, nonce = os.urandom(ITEM_BYTES), AESGCM.generate_key(256), os.urandom(12)
    place = {"interaction_id": "a" * 32, "data_id": "d" * 16, "key_id": "k" * 16, "expires_at": 1_700_000_301}
    cipher = AESGCM(key)
    item, encrypted = seal(payload, key, **place), cipher.encrypt(nonce, payload, b"place")  # type: ignore[arg-type]
    variants: dict[str, Callable[[], object]] = {
        "seal": lambda: seal(payload, key, **place),  # type: ignore[arg-type]
        "encrypt": lambda: cipher.encrypt(nonce, payload, b"place"),
        "open": lambda: open_item(item, key),
        "decrypt": lambda: cipher.decrypt(nonce, encrypted, b"place"),
    }
    many = {name: partial(_repeat, use, 2_000) for name, use in variants.items()}
    times_s = time_in_turn(many, REPEATS)
    yield divide_times("seal 2 KB / AESGCM.encrypt", times_s["seal"], times_s["encrypt"])
    yield divide_times("open 2 KB / AESGCM.decrypt", times_s["open"], times_s["decrypt"])


def compare_forgetting() -> Iterator[Ratio]:
    """An interaction of 14 KB is deleted to its last byte: by ours, and by DELETE and VACUUM."""
    with tempfile.TemporaryDirectory() as folder:
        sizes = {"large": LARGE_INTERACTIONS, "small": SMALL_INTERACTIONS}
        stores = {name: _filled(Path(folder) / name, count) for name, count in sizes.items()}

        def put(name: str) -> None:
            _put_interaction(stores["small" if name == "small" else "large"], "f" * 32)

        def forget_and_vacuum() -> None:
            stores["large"].forget("f" * 32)
            stores["large"]._db.execute("VACUUM")

        variants: dict[str, Callable[[], object]] = {
            "large": lambda: stores["large"].forget("f" * 32),
            "small": lambda: stores["small"].forget("f" * 32),
            "vacuum": forget_and_vacuum,
        }
        times_s = time_in_turn(variants, REPEATS // 2, put)
        for store in stores.values():
            store.close()
    yield divide_times("forget an interaction, file of 28 MB / with VACUUM", times_s["large"], times_s["vacuum"])
    yield divide_times("forget an interaction, file of 28 MB / of 0.3 MB", times_s["large"], times_s["small"])


def compare_promises() -> Iterator[Ratio]:
    """What is promised in seconds, beside the promise: discarded in one, expired bytes gone in sixty."""
    with tempfile.TemporaryDirectory() as folder:
        vault = Vault(_filled(Path(folder) / "store", SMALL_INTERACTIONS), RootKey.from_bytes(bytes(32)), KEEP_S)
        discarded_s = [_discard(vault) for _ in range(REPEATS)]
        vault.store.close()
        gone_s = _expire([Path(folder) / f"expiring-{number}" for number in range(EXPIRING_FILES)])
    yield Ratio("no follow-up: discarded, row and bytes / 1 s", tuple(discarded_s))
    yield Ratio("expired: bytes gone from every file / 60 s", tuple(one / 60 for one in gone_s))


def _discard(vault: Vault) -> float:
    """Seconds from the end of an interaction until nothing of it is in the store."""
    interaction = vault.begin()
    for payload in (bytes(ITEM_BYTES),) * 6:
        interaction.record("item", interaction.put(payload))
    start_s = time.perf_counter()
    interaction.forget()
    return time.perf_counter() - start_s


def _expire(paths: list[Path]) -> list[float]:
    """Seconds from the expiry until an interaction's id is in no file, for stores that clean up by themselves."""
    stores = {path: TidyStore(SqliteStore(path / "store"), PURGE_EVERY_S) for path in paths}
    for store in stores.values():
        store.ensure_schema()
        Vault(store, RootKey.from_bytes(bytes(32)), ttl_s=1).begin().record("utterance")
    expires_at_s = -(-system_now_ms() // 1000) + 1
    gone_s = [_wait_until_empty(path) - expires_at_s for path in paths]
    for store in stores.values():
        store.close()
    return gone_s


def _wait_until_empty(path: Path) -> float:
    while any(b"utterance|" in file.read_bytes() for file in path.iterdir()):
        time.sleep(0.05)
    return time.time()


def _filled(path: Path, interactions: int) -> SqliteStore:
    store = SqliteStore(path)
    store.ensure_schema()
    store._db.execute("PRAGMA synchronous = OFF")
    for number in range(interactions):
        _put_interaction(store, f"{number:032x}")
    store._db.execute("PRAGMA synchronous = FULL")
    return store


def _put_interaction(store: SqliteStore, interaction_id: str) -> None:
    expires_at = _header().expires_at
    sealed = [os.urandom(ITEM_BYTES) for _ in range(6)]
    store.put_items(SealedItem(interaction_id, f"{n:016x}", one, "root-1", expires_at) for n, one in enumerate(sealed))
    for number in range(8):
        store.append_event(interaction_id, _event(number), _header())


def _repeat(use: Callable[[], object], times: int = APPENDS) -> None:
    for _ in range(times):
        use()


def _event(number: int) -> Event:
    return Event(system_now_ms(), f"{number:08x}", "utterance", f"{number:032x}")


def _header() -> EntryHeader:
    return EntryHeader(bytes(61), "root-1", system_now_ms() // 1000 + KEEP_S)


def _append_ours(path: Path) -> Callable[[], object]:
    store = SqliteStore(path)
    store.ensure_schema()
    header = _header()
    numbers = itertools.count()

    def append() -> object:
        number = next(numbers)
        return store.append_event(f"{number // EVENTS_PER_INTERACTION:032x}", _event(number), header)

    return append


def _append_bare(path: Path) -> Callable[[], object]:
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = TRUNCATE", "synchronous = FULL", "secure_delete = ON"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("CREATE TABLE events (pk TEXT, name TEXT, line TEXT, PRIMARY KEY (pk, name)) WITHOUT ROWID")
    numbers = itertools.count()

    def append() -> object:
        number = next(numbers)
        key, event = f"{number // EVENTS_PER_INTERACTION:032x}", _event(number)
        database.execute("INSERT INTO events VALUES (?, ?, ?)", (key, event.name, event.line))
        return database.execute("SELECT name, line FROM events WHERE pk = ? ORDER BY name", (key,)).fetchall()

    return append
