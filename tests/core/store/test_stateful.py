"""Any sequence of calls, crashes and clock jumps, against a model of two dictionaries, on both backends."""

import shutil
import tempfile
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from core.errors import InteractionExpired, ItemConflict, StoreUnavailable
from core.store.dynamodb import DynamoStore
from core.store.dynamodb_tables import Tables
from core.store.interface import Contents, Entry, EntryHeader, Event, SealedItem, Store
from core.store.sqlite import SqliteStore
from evals.benchmarks.servers import Server
from tests.contracts.store import TurnedClock
from tests.core.store.proxy import Fault, Proxy
from tests.core.store.servers import unique_tables

START_MS = 1_700_000_000_000
IDS = st.sampled_from(["a" * 32, "b" * 32])
DATA_IDS = st.sampled_from(["d1", "d2", "d3"])
EXPIRIES = st.sampled_from([1_700_000_002, 1_700_000_004])
JUMPS_MS = st.sampled_from([-2_000, -1, 1, 500, 999, 1_000, 2_000])
EVENTS = st.builds(
    Event,
    at_ms=st.integers(START_MS, START_MS + 2),
    id=st.sampled_from(["00000001", "00000002"]),
    type=st.sampled_from(["item", "speak"]),
    ref=st.sampled_from(["", "d1"]),
)


class Model:
    """What the interface says, in two dictionaries. Rows that are over stay until they are purged, but do not show."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self.entries: dict[str, tuple[EntryHeader, dict[str, Event]]] = {}
        self.items: dict[tuple[str, str], SealedItem] = {}

    def is_over(self, expires_at: int) -> bool:
        return self.now_ms >= expires_at * 1000

    def append(self, interaction_id: str, event: Event, header: EntryHeader) -> Entry:
        stored, events = self.entries.get(interaction_id, (header, {}))
        if self.is_over(header.expires_at) or self.is_over(stored.expires_at):
            raise InteractionExpired
        self.entries[interaction_id] = (stored, {event.name: event} | events)
        return self.entry(interaction_id)

    def entry(self, interaction_id: str) -> Entry:
        header, events = self.entries[interaction_id]
        return Entry(interaction_id, header, tuple(sorted(events.values())))

    def get_entry(self, interaction_id: str) -> Entry | None:
        held = self.entries.get(interaction_id)
        return None if held is None or self.is_over(held[0].expires_at) else self.entry(interaction_id)

    def put(self, item: SealedItem) -> None:
        if self.items.setdefault((item.interaction_id, item.data_id), item) != item:
            raise ItemConflict

    def get_items(self, interaction_id: str) -> set[SealedItem]:
        return {
            item for (id_, _), item in self.items.items() if id_ == interaction_id and not self.is_over(item.expires_at)
        }

    def forget(self, interaction_id: str) -> None:
        self.entries.pop(interaction_id, None)
        self.items = {key: item for key, item in self.items.items() if key[0] != interaction_id}

    def purge(self) -> int:
        before = len(self.entries) + len(self.items)
        self.entries = {id_: held for id_, held in self.entries.items() if not self.is_over(held[0].expires_at)}
        self.items = {key: item for key, item in self.items.items() if not self.is_over(item.expires_at)}
        return before - len(self.entries) - len(self.items)

    def contents(self) -> Contents:
        headers = [header for header, _ in self.entries.values()]
        rows: list[EntryHeader | SealedItem] = [*headers, *self.items.values()]
        return Contents(
            len(self.entries),
            len(self.items),
            sum(self.is_over(row.expires_at) for row in rows),
            sum(len(item.sealed) for item in self.items.values()),
            frozenset(row.key_id for row in rows),
        )


class StoreMachine(RuleBasedStateMachine):
    """The same call to the store and to the model has to have the same result, or the same error."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.clock = TurnedClock(START_MS)
        self.store = self.open()

    @abstractmethod
    def open(self) -> Store:
        """A store of the backend under test, on `clock`."""

    @rule(interaction_id=IDS, event=EVENTS, expires_at=EXPIRIES)
    def append(self, interaction_id: str, event: Event, expires_at: int) -> None:
        header = EntryHeader(f"key {expires_at}".encode(), "root-1", expires_at)
        self.same(
            lambda: self.store.append_event(interaction_id, event, header),
            lambda: self.model.append(interaction_id, event, header),
        )

    @rule(interaction_id=IDS, data_id=DATA_IDS, sealed=st.sampled_from([b"", b"one", b"two"]), expires_at=EXPIRIES)
    def put(self, interaction_id: str, data_id: str, sealed: bytes, expires_at: int) -> None:
        item = SealedItem(interaction_id, data_id, sealed, "root-1", expires_at)
        self.same(lambda: self.store.put_item(item), lambda: self.model.put(item))

    @rule(interaction_id=IDS)
    def forget(self, interaction_id: str) -> None:
        self.same(lambda: self.store.forget(interaction_id), lambda: self.model.forget(interaction_id))

    @rule()
    def purge(self) -> None:
        self.same(self.store.purge_expired, self.model.purge)

    @rule(jump_ms=JUMPS_MS)
    def jump(self, jump_ms: int) -> None:
        self.clock.at_ms += jump_ms
        self.model.now_ms += jump_ms

    @rule()
    def start_again(self) -> None:
        self.store.close()
        self.store = self.open()

    @invariant()
    def both_show_the_same(self) -> None:
        for interaction_id in ("a" * 32, "b" * 32):
            assert self.store.get_entry(interaction_id) == self.model.get_entry(interaction_id)
            items = self.store.get_items(interaction_id, ["d1", "d2", "d3"])
            assert set(items) == self.model.get_items(interaction_id)

    def same(self, real: Callable[[], object], model: Callable[[], object]) -> None:
        assert outcome(real) == outcome(model)

    def teardown(self) -> None:
        assert self.store.contents() == self.model.contents()
        self.store.close()


def outcome(call: Callable[[], object]) -> object:
    try:
        return call()
    except (InteractionExpired, ItemConflict) as exc:
        return type(exc)


class SqliteMachine(StoreMachine):
    """A crash: what lies on the disk is copied, and a new program goes on with the copy."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.crashes = 0
        super().__init__()

    def open(self) -> Store:
        store = SqliteStore(self.folder / f"{self.crashes}" / "context.sqlite3", self.clock)
        store._db.execute("PRAGMA synchronous = OFF")
        store.ensure_schema()
        return store

    @rule()
    def crash(self) -> None:
        old = self.folder / f"{self.crashes}"
        self.crashes += 1
        shutil.copytree(old, self.folder / f"{self.crashes}")
        self.store.close()
        self.store = self.open()

    def teardown(self) -> None:
        super().teardown()
        shutil.rmtree(self.folder)


class DynamoMachine(StoreMachine):
    """A crash: the answer to a call is lost for good, or the call never arrives."""

    proxy: ClassVar[Proxy]

    def __init__(self) -> None:
        self.tables: Tables = unique_tables()
        super().__init__()

    def open(self) -> Store:
        store = DynamoStore(self.tables, now_ms=self.clock)
        store.ensure_schema()
        return store

    @rule(interaction_id=IDS, event=EVENTS, fault=st.sampled_from(["lost", "cut", "refused"]), times=st.integers(1, 2))
    def append_over_a_bad_line(self, interaction_id: str, event: Event, fault: Fault, times: int) -> None:
        header = EntryHeader(b"key", "root-1", 1_700_000_004)
        lost = times > 1 and fault == "refused"
        expected = outcome(lambda: None if lost else self.model.append(interaction_id, event, header))
        with self.bad_line([fault] * times):
            if times == 1:
                assert outcome(lambda: self.store.append_event(interaction_id, event, header)) == expected
            else:
                with pytest.raises((StoreUnavailable, InteractionExpired)):
                    self.store.append_event(interaction_id, event, header)

    @contextmanager
    def bad_line(self, faults: list[Fault]) -> Iterator[None]:
        self.proxy.faults.extend(faults)
        try:
            yield
        finally:
            self.proxy.faults.clear()


def test_sqlite_does_what_the_model_does() -> None:
    run_state_machine_as_test(SqliteMachine, settings=settings(max_examples=30, stateful_step_count=30, deadline=None))


def test_dynamodb_does_what_the_model_does(dynalite_server: Server, aws: pytest.MonkeyPatch) -> None:
    DynamoMachine.proxy = Proxy(dynalite_server.port)
    aws.setenv("AWS_ENDPOINT_URL_DYNAMODB", DynamoMachine.proxy.url)
    try:
        run_state_machine_as_test(
            DynamoMachine,
            settings=settings(
                max_examples=6, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
            ),
        )
    finally:
        DynamoMachine.proxy.stop()
