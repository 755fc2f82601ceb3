"""What the two tables take of DynamoDB, and what one encrypted entry an interaction would take instead.

DynamoDB's rules: an item's size is that of its attribute names and values; a write takes a unit for each KB begun, by
the larger of the item before and after; a strongly consistent read takes a unit for each 4 KB begun; a delete counts as
a write of what is deleted, but what TTL deletes is free. A partition serves 1,000 write and 3,000 read units a second
and holds 10 GB. (Amazon DynamoDB Developer Guide: "Item sizes and formats", "Read and write operations", "Partitions".)
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from core.store.interface import Event

WRITE_UNIT_BYTES, READ_UNIT_BYTES = 1024, 4096
PARTITION_WRITES, PARTITION_READS, PARTITION_BYTES = 1_000, 3_000, 10 * 10**9
STORED_OVERHEAD_BYTES = 100  # an item's own, which counts for storage only

_SEAL_BYTES = 1 + 12 + 16  # version, nonce, tag
_ID_BYTES, _DATA_ID_BYTES, _KEY_ID_BYTES, _NUMBER_BYTES = 32, 16, 16, 6
_HEADER_BYTES = (
    len("wrapped_key") + 32 + _SEAL_BYTES + len("key_id") + _KEY_ID_BYTES + len("expires_at") + _NUMBER_BYTES
)

_AT_ONCE, _AFTERWARDS = ("speak",), ("expect-speech", "context-claimed", "context-vector")
"""The events that bring no item of the user's: in every interaction, and in those that are followed up."""


@dataclass(frozen=True, slots=True)
class Load:
    """What comes in.

    interactions_per_s: how many begin each second.
    events: how many events of each bring an item, utterance and reply included.
    item_bytes: the payload of such an item, before sealing.
    follow_up_rate: the share of interactions whose microphone opens again; the others are discarded at once.
    ttl_s: how long those are kept. vector_bytes: the payload of a context vector.
    """

    interactions_per_s: float
    events: int
    item_bytes: int
    follow_up_rate: float
    ttl_s: int = 300
    vector_bytes: int = 384 * 4


@dataclass(frozen=True, slots=True)
class Units:
    """What one interaction takes: write and read units, and the bytes that stay until they expire."""

    writes: float
    reads: float
    stored_bytes: float

    def mix(self, other: "Units", share: float) -> "Units":
        """The mean of so many like this one and the rest like the other."""
        rest = 1 - share
        return Units(
            share * self.writes + rest * other.writes,
            share * self.reads + rest * other.reads,
            share * self.stored_bytes + rest * other.stored_bytes,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """A design under a load. Units are a second's, `stored_bytes` is what lies there at any time."""

    design: str
    write_units: float
    read_units: float
    stored_bytes: float
    partitions: int


def plan(load: Load) -> tuple[Plan, Plan]:
    """Two tables, and one encrypted entry an interaction."""
    return (
        _plan("two tables", 2, load, _two_followed(load).mix(_two_discarded(load), load.follow_up_rate)),
        _plan("one encrypted entry", 1, load, _one_followed(load).mix(_one_discarded(load), load.follow_up_rate)),
    )


def two_table_writes(events: int, item_bytes: int) -> int:
    """Write units of so many items, each with its event."""
    return events * write_units(row_bytes(item_bytes)) + _append_writes(["item"] * events)


def one_entry_units(added_bytes: Sequence[int]) -> tuple[int, int]:
    """Write and read units of events that are added, one after the other, to an entry that is sealed as a whole."""
    sizes = list(accumulate(added_bytes, initial=len("pk") + _ID_BYTES + len("sealed") + _SEAL_BYTES + _HEADER_BYTES))
    return sum(map(write_units, sizes[1:])), read_units(0) + sum(map(read_units, sizes[1:-1]))


def one_event_bytes(item_bytes: int) -> int:
    """What an event with its item adds to the one encrypted entry."""
    return _event_bytes("item") + item_bytes


def row_bytes(item_bytes: int) -> int:
    """A row of context_data."""
    keys = len("pk") + _ID_BYTES + len("sk") + _DATA_ID_BYTES
    return (
        keys
        + len("sealed")
        + item_bytes
        + _SEAL_BYTES
        + len("key_id")
        + _KEY_ID_BYTES
        + len("expires_at")
        + _NUMBER_BYTES
    )


def entry_bytes(types: Sequence[str]) -> int:
    """An entry of events with these types."""
    return len("pk") + _ID_BYTES + _HEADER_BYTES + sum(map(_event_bytes, types))


def write_units(size_bytes: int) -> int:
    """One for each KB begun."""
    return max(1, -(-size_bytes // WRITE_UNIT_BYTES))


def read_units(size_bytes: int) -> int:
    """One for each 4 KB begun, strongly consistent."""
    return max(1, -(-size_bytes // READ_UNIT_BYTES))


def _two_followed(load: Load) -> Units:
    types = ["item"] * load.events + [*_AT_ONCE, *_AFTERWARDS]
    row, vector = row_bytes(load.item_bytes), row_bytes(load.vector_bytes)
    stored = entry_bytes(types) + load.events * row + vector + (load.events + 2) * STORED_OVERHEAD_BYTES
    writes = load.events * write_units(row) + write_units(vector) + _append_writes(types)
    return Units(writes, load.events * read_units(row), stored)


def _two_discarded(load: Load) -> Units:
    """Deleting writes everything a second time, and finds the items with one query."""
    types = ["item"] * load.events + [*_AT_ONCE]
    row = row_bytes(load.item_bytes)
    written = load.events * write_units(row) + _append_writes(types)
    deleted = load.events * write_units(row) + write_units(entry_bytes(types))
    return Units(written + deleted, read_units(load.events * row), 0)


def _one_followed(load: Load) -> Units:
    added = _one_added(load) + [_event_bytes(one) for one in _AFTERWARDS[:-1]]
    added.append(_event_bytes(_AFTERWARDS[-1]) + load.vector_bytes)
    writes, reads = one_entry_units(added)
    return Units(writes, reads, sum(added) + STORED_OVERHEAD_BYTES)


def _one_discarded(load: Load) -> Units:
    added = _one_added(load)
    writes, reads = one_entry_units(added)
    return Units(writes + write_units(sum(added)), reads, 0)


def _one_added(load: Load) -> list[int]:
    return [one_event_bytes(load.item_bytes)] * load.events + [_event_bytes(one) for one in _AT_ONCE]


def _append_writes(types: Sequence[str]) -> int:
    return sum(write_units(entry_bytes(types[:number])) for number in range(1, len(types) + 1))


def _event_bytes(event_type: str) -> int:
    event = Event(10**12, "0" * 8, event_type, "0" * _DATA_ID_BYTES)
    return len(event.name) + len(event.line)


def _plan(design: str, tables: int, load: Load, each: Units) -> Plan:
    writes, reads = each.writes * load.interactions_per_s, each.reads * load.interactions_per_s
    stored = each.stored_bytes * load.interactions_per_s * load.ttl_s
    by_rate = math.ceil(writes / PARTITION_WRITES + reads / PARTITION_READS)
    return Plan(design, writes, reads, stored, max(tables, by_rate, math.ceil(stored / PARTITION_BYTES)))
