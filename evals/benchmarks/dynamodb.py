"""The two tables in DynamoDB (dynalite): beside a bare call, and beside one encrypted entry an interaction.

The other design is what there would be without a second table: all events of an interaction with their payloads in one
entry, each attribute encrypted on the client. Such an entry takes no UpdateItem (AWS's encryption clients forbid it),
so each event reads it, opens what is there, seals all of it again and puts it back.
"""

import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from core.settings import Settings
from core.store.aws import connect_dynamodb
from core.store.dynamodb import DynamoStore
from core.store.dynamodb_rows import append_request, with_header
from core.store.dynamodb_tables import Tables
from core.store.interface import EntryHeader, Event, SealedItem
from core.store.keys import RootKey
from core.store.sealing import new_data_key, open_item, seal
from core.store.vault import OpenInteraction, Vault
from evals.benchmarks.meter import Meter
from evals.benchmarks.servers import CREDENTIALS, dynalite
from evals.benchmarks.timing import Ratio, divide_times, time_in_turn

APPENDS, REPEATS = 40, 15
EVENTS = (1, 2, 5, 10, 20, 50)
ITEM_BYTES = 2_000
DESIGN_REPEATS, SEALING_REPEATS = 3, 10
KEEP_S = 3600


def compare_dynamodb(_manifest: Path, _settings: Settings) -> Iterator[Ratio]:
    """The store's call beside a bare one, then both designs over the number of events."""
    with _served() as tables:
        yield from _compare_calls(tables)
        yield from _compare_designs(tables)
    yield from _compare_sealing()


@contextmanager
def _served() -> Iterator[Tables]:
    """A server of one's own for as long as it is needed, and boto3 pointed at it."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        server = dynalite(Path(folder))
        server.start()
        os.environ.update(CREDENTIALS, AWS_ENDPOINT_URL_DYNAMODB=server.url)
        try:
            tables = Tables("events", "context-data")
            DynamoStore(tables).ensure_schema()
            yield tables
        finally:
            server.kill()
            os.environ.clear()
            os.environ.update(before)


def _compare_calls(tables: Tables) -> Iterator[Ratio]:
    store, client = DynamoStore(tables), connect_dynamodb()
    header = EntryHeader(bytes(61), "root-1", int(time.time()) + KEEP_S)
    numbers = {design: itertools.count() for design in ("ours", "same", "plain")}

    def key_and_event(design: str) -> tuple[str, Event]:
        number = next(numbers[design])
        return f"{design}-{number // 20}", Event(number, f"{number:08x}", "item", "d" * 16)

    def append_ours() -> None:
        key, event = key_and_event("ours")
        store.append_event(key, event, header)

    def append_same() -> None:
        key, event = key_and_event("same")
        request = append_request(tables.events, key, event, header.expires_at - KEEP_S)
        client.update_item(**(request if event.at_ms % 20 else with_header(request, header)))

    def append_plain() -> None:
        key, event = key_and_event("plain")
        client.update_item(
            TableName=tables.events,
            Key={"pk": {"S": key}},
            UpdateExpression="SET #event = :line",
            ExpressionAttributeNames={"#event": event.name},
            ExpressionAttributeValues={":line": {"S": event.line}},
            ReturnValues="ALL_NEW",
        )

    variants = {
        "ours": lambda: _repeat(append_ours),
        "same": lambda: _repeat(append_same),
        "plain": lambda: _repeat(append_plain),
    }
    times_s, cpu_s = time_in_turn(variants, REPEATS), time_in_turn(variants, REPEATS, clock=time.process_time)
    store.close()
    yield divide_times("append an event, DynamoDB / boto3's update_item", times_s["ours"], times_s["same"])
    yield divide_times("append an event, DynamoDB / boto3's update_item: CPU", cpu_s["ours"], cpu_s["same"])
    yield divide_times("append an event, DynamoDB / an update_item of SET alone", times_s["ours"], times_s["plain"])
    yield divide_times("append an event, DynamoDB / an update_item of SET alone: CPU", cpu_s["ours"], cpu_s["plain"])


def _repeat(use: Callable[[], None]) -> None:
    for _ in range(APPENDS):
        use()


class _Design(Protocol):
    """One interaction that takes events with a payload each."""

    def add(self, payload: bytes) -> None:
        """Store one more."""


class _TwoTables:
    """Ours: an item, and an update of the entry."""

    def __init__(self, store: DynamoStore) -> None:
        self._interaction: OpenInteraction = Vault(store, RootKey.from_bytes(bytes(32)), KEEP_S).begin()

    def add(self, payload: bytes) -> None:
        """Nothing that is there is read or opened."""
        self._interaction.record("item", self._interaction.put(payload))


class _OneEntry:
    """The other design: read, open, seal and put all of it."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table
        self._data_key, self._id = new_data_key(), os.urandom(16).hex()

    def add(self, payload: bytes) -> None:
        """The whole entry comes and goes."""
        key = {"pk": {"S": self._id}}
        row = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {})
        attributes = {name: value["B"] for name, value in row.items() if name.startswith("e#")}
        sealed = _add_to_sealed(attributes, payload, self._id, self._data_key)
        values = {name: {"B": value} for name, value in sealed.items()}
        fixed = {"wrapped_key": {"B": bytes(61)}, "key_id": {"S": "k" * 16}, "expires_at": {"N": "1700000301"}}
        self._client.put_item(TableName=self._table, Item={**key, **fixed, **values})


def _add_to_sealed(attributes: Mapping[str, bytes], payload: bytes, id_: str, data_key: bytes) -> dict[str, bytes]:
    blank = SealedItem(id_, "", b"", "k" * 16, 1_700_000_301)
    opened = {name: open_item(replace(blank, data_id=name, sealed=one), data_key) for name, one in attributes.items()}
    opened[Event(10**12 + len(opened), "0" * 8, "item").name] = payload
    place = {"interaction_id": id_, "key_id": blank.key_id, "expires_at": blank.expires_at}
    sealed = (seal(one, data_key, data_id=name, **place) for name, one in opened.items())  # type: ignore[arg-type]
    return {item.data_id: item.sealed for item in sealed}


@dataclass(frozen=True, slots=True)
class _Use:
    """What an interaction with so many events has used."""

    cpu_s: float
    write_units: float
    request_bytes: float


def _compare_designs(tables: Tables) -> Iterator[Ratio]:
    """How much dearer one encrypted entry is; summed over all events up to each number."""
    client, store = connect_dynamodb(), DynamoStore(tables)
    meters = {"one": Meter(client), "two": Meter(store._client)}
    for events in EVENTS:
        ones = [_use(_OneEntry(client, tables.events), events, meters["one"]) for _ in range(DESIGN_REPEATS)]
        twos = [_use(_TwoTables(store), events, meters["two"]) for _ in range(DESIGN_REPEATS)]
        name = f"one encrypted entry / two tables, {events:>2} x 2 KB"
        yield Ratio(f"{name}: write units", (ones[0].write_units / twos[0].write_units,))
        yield Ratio(f"{name}: request bytes", (ones[0].request_bytes / twos[0].request_bytes,))
        yield divide_times(f"{name}: CPU with boto3", [one.cpu_s for one in ones], [two.cpu_s for two in twos])
    store.close()


def _use(design: _Design, events: int, meter: Meter) -> _Use:
    units, request_bytes, start_s = meter.write_units, meter.request_bytes, time.process_time()
    for _ in range(events):
        design.add(os.urandom(ITEM_BYTES))
    cpu_s = time.process_time() - start_s
    return _Use(cpu_s, meter.write_units - units, meter.request_bytes - request_bytes)


def _compare_sealing() -> Iterator[Ratio]:
    """The same without boto3: what opening and sealing takes, of the processor's time."""
    for events in EVENTS:
        pairs = [(_seal_whole(events), _seal_each(events)) for _ in range(SEALING_REPEATS)]
        name = f"one encrypted entry / two tables, {events:>2} x 2 KB: CPU of sealing"
        yield Ratio(name, tuple(whole / each for whole, each in pairs))


def _seal_whole(events: int) -> float:
    data_key, attributes, start_s = new_data_key(), dict[str, bytes](), time.process_time()
    for _ in range(events):
        attributes = _add_to_sealed(attributes, bytes(ITEM_BYTES), "a" * 32, data_key)
    return time.process_time() - start_s


def _seal_each(events: int) -> float:
    data_key, start_s = new_data_key(), time.process_time()
    place = {"interaction_id": "a" * 32, "key_id": "k" * 16, "expires_at": 1_700_000_301}
    for number in range(events):
        seal(bytes(ITEM_BYTES), data_key, data_id=f"{number:016x}", **place)  # type: ignore[arg-type]
    return time.process_time() - start_s
