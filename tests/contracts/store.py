"""What every store must do: each sentence of `core.store.interface`, tried on a real backend.

A backend's test class derives from `StoreContract` and overrides two fixtures: `store`, empty and on the given clock,
and `raw`, which reads the backend's storage without going through our code, so that writes and reads are tested apart.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import pytest

from core.errors import InteractionExpired, ItemConflict
from core.store.interface import Contents, EntryHeader, Event, SealedItem, Store

EXPIRES_AT = 1_700_000_300
LAST_MS = EXPIRES_AT * 1000 - 1
HEADER = EntryHeader(b"wrapped \x00\xff", "root-1", EXPIRES_AT)
ID = "a" * 32
OTHER_ID = "b" * 32


@dataclass
class TurnedClock:
    """A clock that stands still until it is turned."""

    at_ms: int = 1_700_000_000_000

    def __call__(self) -> int:
        return self.at_ms


class RawStorage(Protocol):
    """What is really stored, read past the store."""

    def lines(self, interaction_id: str) -> dict[str, str] | None:
        """The stored attributes of an entry, name to line; None without an entry."""

    def header(self, interaction_id: str) -> EntryHeader | None:
        """The stored header of an entry."""

    def items(self, interaction_id: str) -> dict[str, SealedItem]:
        """The stored items, by data id, expired or not."""


def event(number: int, event_type: str = "item", ref: str = "") -> Event:
    return Event(1_700_000_000_000 + number, f"{number:08x}", event_type, ref)


def item(data_id: str, sealed: bytes = b"sealed \x00\xff", interaction_id: str = ID) -> SealedItem:
    return SealedItem(interaction_id, data_id, sealed, "root-1", EXPIRES_AT)


def append_many(store: Store, numbers: range) -> list[tuple[Event, tuple[Event, ...]]]:
    """Append as one of several writers; each event with the events of the entry that came back."""
    return [(event(number), store.append_event(ID, event(number), HEADER).events) for number in numbers]


def put_one(store: Store, put: SealedItem) -> None:
    store.put_item(put)


def put_several(store: Store, put: SealedItem) -> None:
    store.put_items([put])


class StoreContract:
    @pytest.fixture
    def clock(self) -> TurnedClock:
        return TurnedClock()

    @pytest.fixture
    def store(self, clock: TurnedClock) -> Store:
        raise NotImplementedError

    @pytest.fixture
    def raw(self, store: Store) -> RawStorage:
        raise NotImplementedError

    def test_the_schema_can_be_ensured_again_and_keeps_what_is_stored(self, store: Store) -> None:
        stored = store.append_event(ID, event(1), HEADER)
        store.put_item(item("d1"))
        store.ensure_schema()
        assert store.get_entry(ID) == stored
        assert store.get_items(ID, ["d1"]) == (item("d1"),)

    def test_the_first_append_creates_the_entry_with_its_header(self, store: Store, raw: RawStorage) -> None:
        entry = store.append_event(ID, event(1, "utterance", "d1"), HEADER)
        assert (entry.interaction_id, entry.header, entry.events) == (ID, HEADER, (event(1, "utterance", "d1"),))
        assert raw.header(ID) == HEADER

    def test_later_appends_leave_the_header_alone(self, store: Store, raw: RawStorage) -> None:
        store.append_event(ID, event(1), HEADER)
        entry = store.append_event(ID, event(2), EntryHeader(b"another", "root-2", EXPIRES_AT + 1000))
        assert entry.header == HEADER
        assert raw.header(ID) == HEADER

    def test_an_event_is_one_short_string_under_its_name(self, store: Store, raw: RawStorage) -> None:
        store.append_event(ID, Event(1_700_000_000_123, "0123abcd", "utterance", "d1"), HEADER)
        store.append_event(ID, Event(5, "deadbeef", "closed"), HEADER)
        assert raw.lines(ID) == {"e#1700000000123#0123abcd": "utterance|d1", "e#0000000000005#deadbeef": "closed|"}

    def test_every_append_returns_the_whole_entry_in_order_of_time(self, store: Store) -> None:
        for number in (3, 1, 2):
            entry = store.append_event(ID, event(number), HEADER)
        assert entry.events == (event(1), event(2), event(3))
        assert store.get_entry(ID) == entry

    def test_a_retried_event_is_stored_once(self, store: Store, raw: RawStorage) -> None:
        first = store.append_event(ID, event(1, "speak"), HEADER)
        assert store.append_event(ID, event(1, "speak"), HEADER) == first
        assert raw.lines(ID) == {event(1).name: "speak|"}

    def test_a_stored_name_keeps_its_first_line(self, store: Store, raw: RawStorage) -> None:
        store.append_event(ID, event(1, "context-claimed", "first"), HEADER)
        entry = store.append_event(ID, event(1, "context-claimed", "second"), HEADER)
        assert entry.events == (event(1, "context-claimed", "first"),)
        assert raw.lines(ID) == {event(1).name: "context-claimed|first"}

    def test_entries_are_kept_apart(self, store: Store) -> None:
        store.append_event(ID, event(1), HEADER)
        store.append_event(OTHER_ID, event(2), HEADER)
        assert [store.append_event(id_, event(3), HEADER).events for id_ in (ID, OTHER_ID)] == [
            (event(1), event(3)),
            (event(2), event(3)),
        ]

    def test_many_threads_lose_no_event_and_each_sees_its_own(self, store: Store, raw: RawStorage) -> None:
        parts = [range(start, start + 6) for start in range(0, 48, 6)]
        with ThreadPoolExecutor(len(parts)) as pool:
            answers = list(pool.map(lambda part: append_many(store, part), parts))
        for answer in answers:
            for position, (_, events) in enumerate(answer):
                assert {own for own, _ in answer[: position + 1]} <= set(events)
                assert list(events) == sorted(set(events))
        assert raw.lines(ID) == {event(number).name: "item|" for number in range(48)}

    def test_threads_see_one_history(self, store: Store) -> None:
        """Appends are atomic: of two returned entries, one always holds the other."""
        parts = [range(start, start + 4) for start in range(0, 24, 4)]
        with ThreadPoolExecutor(len(parts)) as pool:
            answers = [seen for part in pool.map(lambda part: append_many(store, part), parts) for _, seen in part]
        by_length = sorted((set(seen) for seen in answers), key=len)
        assert [len(seen) for seen in by_length] == list(range(1, 25))
        assert all(shorter < longer for shorter, longer in pairwise(by_length))

    def test_there_is_no_entry_before_the_first_event(self, store: Store) -> None:
        store.put_item(item("d1"))
        assert store.get_entry(ID) is None

    def test_an_entry_shows_until_its_last_millisecond(self, store: Store, clock: TurnedClock) -> None:
        entry = store.append_event(ID, event(1), HEADER)
        clock.at_ms = LAST_MS
        assert store.get_entry(ID) == entry
        clock.at_ms = LAST_MS + 1
        assert store.get_entry(ID) is None

    def test_an_event_is_taken_until_the_last_millisecond(
        self, store: Store, raw: RawStorage, clock: TurnedClock
    ) -> None:
        store.append_event(ID, event(1), HEADER)
        clock.at_ms = LAST_MS
        store.append_event(ID, event(2), HEADER)
        clock.at_ms = LAST_MS + 1
        with pytest.raises(InteractionExpired):
            store.append_event(ID, event(3), HEADER)
        assert raw.lines(ID) == {event(1).name: "item|", event(2).name: "item|"}

    @pytest.mark.parametrize("purged", [False, True])
    @pytest.mark.parametrize("retried", [event(1), event(2)], ids=["stored event", "new event"])
    def test_a_late_event_revives_nothing(
        self, store: Store, raw: RawStorage, clock: TurnedClock, retried: Event, purged: bool
    ) -> None:
        store.append_event(ID, event(1), HEADER)
        clock.at_ms = LAST_MS + 1
        if purged:
            store.purge_expired()
        before = raw.lines(ID)
        with pytest.raises(InteractionExpired):
            store.append_event(ID, retried, HEADER)
        assert raw.lines(ID) == before
        assert store.get_entry(ID) is None

    def test_a_later_expiry_in_the_header_does_not_prolong_an_entry(self, store: Store, clock: TurnedClock) -> None:
        store.append_event(ID, event(1), HEADER)
        clock.at_ms = LAST_MS + 1
        with pytest.raises(InteractionExpired):
            store.append_event(ID, event(2), replace(HEADER, expires_at=EXPIRES_AT + 1000))

    @pytest.mark.parametrize("size", [0, 1, 2_000, 200_000])
    def test_an_item_comes_back_as_it_was_put(self, store: Store, raw: RawStorage, size: int) -> None:
        put = item("d1", bytes(number % 256 for number in range(size)))
        store.put_item(put)
        assert store.get_items(ID, ["d1"]) == (put,)
        assert raw.items(ID) == {"d1": put}

    def test_the_very_same_item_again_is_harmless(self, store: Store, raw: RawStorage) -> None:
        store.put_item(item("d1"))
        store.put_item(item("d1"))
        assert raw.items(ID) == {"d1": item("d1")}

    @pytest.mark.parametrize(
        "other",
        [item("d1", b"other"), replace(item("d1"), key_id="root-2"), replace(item("d1"), expires_at=EXPIRES_AT + 1)],
        ids=["bytes", "key id", "expiry"],
    )
    @pytest.mark.parametrize("put", [put_one, put_several])
    def test_another_item_under_the_same_keys_is_refused(
        self, store: Store, raw: RawStorage, other: SealedItem, put: Callable[[Store, SealedItem], None]
    ) -> None:
        store.put_item(item("d1"))
        with pytest.raises(ItemConflict):
            put(store, other)
        assert raw.items(ID) == {"d1": item("d1")}

    def test_several_items_are_put_from_any_iterable(self, store: Store, raw: RawStorage) -> None:
        store.put_items(item(f"d{number}") for number in range(30))
        store.put_items([])
        assert raw.items(ID) == {f"d{number}": item(f"d{number}") for number in range(30)}

    def test_the_same_items_again_are_harmless_among_new_ones(self, store: Store, raw: RawStorage) -> None:
        store.put_items([item("d1"), item("d2")])
        store.put_items([item("d2"), item("d3")])
        assert set(raw.items(ID)) == {"d1", "d2", "d3"}

    def test_the_same_data_id_in_two_interactions_is_two_items(self, store: Store) -> None:
        store.put_items([item("d1", b"one"), item("d1", b"two", OTHER_ID)])
        assert [store.get_items(id_, ["d1"])[0].sealed for id_ in (ID, OTHER_ID)] == [b"one", b"two"]

    def test_items_come_in_the_order_asked_for_and_missing_ones_are_left_out(self, store: Store) -> None:
        store.put_items(item(data_id) for data_id in "abcd")
        store.put_item(item("e", interaction_id=OTHER_ID))
        found = store.get_items(ID, ["d", "missing", "a", "e", "c"])
        assert [one.data_id for one in found] == ["d", "a", "c"]

    def test_no_ids_give_no_items(self, store: Store) -> None:
        store.put_item(item("d1"))
        assert store.get_items(ID, []) == ()

    def test_an_item_shows_until_its_last_millisecond(self, store: Store, raw: RawStorage, clock: TurnedClock) -> None:
        store.put_items([item("d1"), replace(item("d2"), expires_at=EXPIRES_AT + 1)])
        clock.at_ms = LAST_MS
        assert len(store.get_items(ID, ["d1", "d2"])) == 2
        clock.at_ms = LAST_MS + 1
        assert [one.data_id for one in store.get_items(ID, ["d1", "d2"])] == ["d2"]
        assert set(raw.items(ID)) == {"d1", "d2"}  # hidden by the clock, not because they were gone

    def test_forgetting_deletes_both_tables_rows_of_one_interaction(self, store: Store, raw: RawStorage) -> None:
        for id_ in (ID, OTHER_ID):
            store.append_event(id_, event(1), HEADER)
            store.put_items([item("d1", interaction_id=id_), item("d2", interaction_id=id_)])
        store.forget(ID)
        assert (store.get_entry(ID), store.get_items(ID, ["d1", "d2"])) == (None, ())
        assert (raw.lines(ID), raw.items(ID)) == (None, {})
        assert (raw.lines(OTHER_ID), set(raw.items(OTHER_ID))) == ({event(1).name: "item|"}, {"d1", "d2"})

    def test_forgetting_is_harmless_where_there_is_nothing(self, store: Store) -> None:
        store.forget(ID)
        store.forget(ID)
        assert store.get_entry(ID) is None

    def test_forgetting_also_takes_items_without_an_entry_and_what_has_expired(
        self, store: Store, raw: RawStorage, clock: TurnedClock
    ) -> None:
        store.put_item(item("d1"))
        clock.at_ms = LAST_MS + 1
        store.forget(ID)
        assert raw.items(ID) == {}

    def test_purging_deletes_what_has_expired_and_counts_the_rows_of_both_tables(
        self, store: Store, raw: RawStorage, clock: TurnedClock
    ) -> None:
        store.append_event(ID, event(1), HEADER)
        store.put_items([item("d1"), item("d2")])
        store.append_event(OTHER_ID, event(1), replace(HEADER, expires_at=EXPIRES_AT + 1))
        store.put_item(replace(item("d1", interaction_id=OTHER_ID), expires_at=EXPIRES_AT + 1))
        clock.at_ms = LAST_MS
        assert store.purge_expired() == 0
        clock.at_ms = LAST_MS + 1
        assert store.purge_expired() == 3
        assert (raw.lines(ID), raw.items(ID)) == (None, {})
        assert (raw.lines(OTHER_ID), set(raw.items(OTHER_ID))) == ({event(1).name: "item|"}, {"d1"})
        assert store.purge_expired() == 0

    def test_a_store_knows_whether_it_holds_rows(self, store: Store, clock: TurnedClock) -> None:
        assert not store.holds_rows()
        store.put_item(item("d1"))
        clock.at_ms = LAST_MS + 1
        assert store.holds_rows()
        store.purge_expired()
        assert not store.holds_rows()
        store.append_event(OTHER_ID, event(1), replace(HEADER, expires_at=EXPIRES_AT + 1))
        assert store.holds_rows()

    def test_the_contents_are_counted(self, store: Store, clock: TurnedClock) -> None:
        assert store.contents() == Contents(0, 0, 0, 0, frozenset())
        store.append_event(ID, event(1), HEADER)
        store.append_event(ID, event(2), HEADER)
        store.put_items([item("d1", b"12345"), item("d2", b"123")])
        store.put_item(SealedItem(OTHER_ID, "d1", b"1", "root-2", EXPIRES_AT + 1))
        clock.at_ms = LAST_MS + 1
        assert store.contents() == Contents(1, 3, 3, 9, frozenset({"root-1", "root-2"}))
