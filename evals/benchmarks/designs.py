"""`python -m evals.benchmarks.designs --out FILE.svg`: what the second table is worth, over the number of events.

The other design is what there would be without a second table: all events of an interaction with their payloads in one
entry, each attribute encrypted on the client. Such an entry takes no UpdateItem (AWS's encryption clients forbid it),
so each event reads it, opens what is there, seals all of it again and puts it back.
"""

import argparse
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from core.command import run_command
from core.settings import Settings
from core.store.aws import connect_dynamodb
from core.store.dynamodb import DynamoStore
from core.store.dynamodb_tables import Tables
from core.store.interface import Event, SealedItem
from core.store.keys import RootKey
from core.store.sealing import new_data_key, open_item, seal
from core.store.vault import OpenInteraction, Vault
from evals.benchmarks.dynamodb import KEEP_S, served_tables
from evals.benchmarks.meter import Meter
from evals.benchmarks.plot import Curve, draw_curves
from evals.benchmarks.timing import Ratio, divide_times
from evals.results import write_text

EVENTS = (1, 2, 5, 10, 20, 50)
ITEM_BYTES = 2_000
REPEATS, SEALING_REPEATS = 20, 50
UNITS, BYTES, BOTH, SEALING = "write units", "request bytes", "processor, with boto3", "processor, sealing"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much dearer one encrypted entry is, in `what`, summed over an interaction of so many events."""

    what: str
    events: int
    values: tuple[float, ...]

    @property
    def ratio(self) -> Ratio:
        """As a line of the table."""
        name = f"one encrypted entry / two tables, {self.events:>2} x {ITEM_BYTES // 1000} KB: {self.what}"
        return Ratio(name, self.values)

    @property
    def row(self) -> str:
        """As it is printed."""
        return self.ratio.row


def compare_designs(_manifest: Path, _settings: Settings) -> Iterator[Comparison]:
    """Both designs over the number of events."""
    yield from measure_designs()


def measure_designs() -> Iterator[Comparison]:
    """What the server counts and what the requests weigh, then what the processor does, with boto3 and without."""
    with served_tables() as tables:
        yield from _compare_requests(tables)
    yield from _compare_sealing()


def main() -> int:
    """Measure, print, and draw the medians; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.benchmarks.designs", description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the drawing, an SVG file")
    out = parser.parse_args().out
    comparisons = []
    for comparison in measure_designs():
        print(comparison.row, flush=True)
        comparisons.append(comparison)
    write_text(out, draw(comparisons))
    return 0


def draw(comparisons: list[Comparison]) -> str:
    """The comparisons as an SVG file's content."""
    names = dict.fromkeys(one.what for one in comparisons)
    curves = [Curve(name, {one.events: one.ratio.median for one in comparisons if one.what == name}) for name in names]
    title = "How many times dearer one encrypted entry is than two tables"
    return draw_curves(title, f"events of {ITEM_BYTES // 1000} KB in an interaction", curves)


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


def _compare_requests(tables: Tables) -> Iterator[Comparison]:
    client, store = connect_dynamodb(), DynamoStore(tables)
    meters = {"one": Meter(client), "two": Meter(store._client)}
    for events in EVENTS:
        ones, twos = [], []
        for _ in range(REPEATS):
            ones.append(_use(_OneEntry(client, tables.events), events, meters["one"]))
            twos.append(_use(_TwoTables(store), events, meters["two"]))
        yield Comparison(UNITS, events, (ones[0].write_units / twos[0].write_units,))
        yield Comparison(BYTES, events, (ones[0].request_bytes / twos[0].request_bytes,))
        cpu = divide_times(BOTH, [one.cpu_s for one in ones], [two.cpu_s for two in twos])
        yield Comparison(BOTH, events, cpu.values)
    store.close()


def _use(design: _Design, events: int, meter: Meter) -> _Use:
    units, request_bytes, start_s = meter.write_units, meter.request_bytes, time.process_time()
    for _ in range(events):
        design.add(os.urandom(ITEM_BYTES))
    cpu_s = time.process_time() - start_s
    return _Use(cpu_s, meter.write_units - units, meter.request_bytes - request_bytes)


def _compare_sealing() -> Iterator[Comparison]:
    for events in EVENTS:
        pairs = [(_seal_whole(events), _seal_each(events)) for _ in range(SEALING_REPEATS)]
        yield Comparison(SEALING, events, tuple(whole / each for whole, each in pairs))


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


if __name__ == "__main__":
    run_command(main)
