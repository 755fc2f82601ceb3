"""The trigger over a real store: one computation for each expect-speech event, however its entry comes back."""

import random
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Barrier, Lock

import pytest

from core.errors import InteractionExpired
from core.store.interface import Entry, Event
from core.store.sqlite import SqliteStore
from core.store.vault import OpenInteraction, Vault
from core.trigger import Trigger, data_refs, expect_speech, is_claimed
from tests.contracts.store import TurnedClock

ORDERS = 1_000
MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - a fresh folder inside it
TYPES = ("utterance", "reply", "item", "item", "speak")


@dataclass
class Started:
    """Computations that were started: the interaction and the entry of each."""

    calls: list[tuple[str, Entry]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def __call__(self, interaction: OpenInteraction, entry: Entry) -> None:
        with self.lock:
            self.calls.append((interaction.id, entry))

    @property
    def ids(self) -> list[str]:
        return [interaction_id for interaction_id, _ in self.calls]


@pytest.fixture
def started() -> Started:
    return Started()


@pytest.fixture
def other_vault(vault: Vault, tmp_path: Path, clock: TurnedClock) -> Iterator[Vault]:
    """A second program on the same file."""
    store = SqliteStore(tmp_path / "context.sqlite3", clock)
    yield Vault(store, vault.root_key, vault.ttl_s, clock)
    store.close()


@pytest.fixture
def vault_in_memory(vault: Vault, clock: TurnedClock) -> Iterator[Vault]:
    """The same store on a disk that is none, where there is one: thousands of writes are then a matter of seconds."""
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as folder:
        store = SqliteStore(Path(folder) / "context.sqlite3", clock)
        store.ensure_schema()
        yield Vault(store, vault.root_key, vault.ttl_s, clock)
        store.close()


def events_of_a_turn(clock: TurnedClock, asks_back: bool) -> list[Event]:
    types = [*TYPES, *(["expect-speech"] if asks_back else [])]
    return [Event(clock.at_ms + number, f"{number:08x}", type_, f"d{number}") for number, type_ in enumerate(types)]


def deliver(trigger: Trigger, interaction: OpenInteraction, vault: Vault, event: Event) -> Entry:
    """What every writer does: append, then let the trigger see the entry that came back."""
    entry = vault.store.append_event(interaction.id, event, interaction.header)
    trigger.observe(interaction, entry)
    return entry


def test_whatever_the_order_and_the_duplicates_there_is_one_start_if_the_turn_asks_back_and_none_if_not(
    vault_in_memory: Vault, clock: TurnedClock, started: Started
) -> None:
    dice = random.Random(20_261_122)  # noqa: S311 - the same orders every time
    trigger = Trigger(started)
    asking = []
    for number in range(ORDERS):
        interaction = vault_in_memory.begin()
        asks_back = number % 2 == 0
        if asks_back:
            asking.append(interaction.id)
        events = events_of_a_turn(clock, asks_back)
        deliveries = events + dice.choices(events, k=dice.randrange(4))
        dice.shuffle(deliveries)
        for event in deliveries:
            deliver(trigger, interaction, vault_in_memory, event)
    assert started.ids == asking
    assert all(expect_speech(entry) is not None for _, entry in started.calls)


def test_the_start_sees_the_entry_as_it_is_at_expect_speech(vault: Vault, clock: TurnedClock, started: Started) -> None:
    interaction = vault.begin()
    trigger = Trigger(started)
    for event in events_of_a_turn(clock, asks_back=True):
        deliver(trigger, interaction, vault, event)
    [(interaction_id, entry)] = started.calls
    assert interaction_id == interaction.id
    assert data_refs(entry) == ("d0", "d1", "d2", "d3")


def test_observing_says_whether_it_started(vault: Vault, started: Started) -> None:
    interaction = vault.begin()
    trigger = Trigger(started)
    assert trigger.observe(interaction, interaction.record("speak")) is False
    assert trigger.observe(interaction, interaction.record("expect-speech")) is True
    assert trigger.observe(interaction, interaction.record("closed")) is False
    assert len(started.calls) == 1


def test_an_entry_that_is_handed_in_again_starts_nothing_again(vault: Vault, started: Started) -> None:
    """A write whose answer was lost is repeated, and the same entry comes back."""
    interaction = vault.begin()
    trigger = Trigger(started)
    entry = interaction.record("expect-speech")
    assert [trigger.observe(interaction, entry) for _ in range(3)] == [True, False, False]
    assert started.ids == [interaction.id]


def test_two_programs_that_see_the_same_entry_start_once_in_all(
    vault: Vault, other_vault: Vault, started: Started
) -> None:
    for _ in range(20):
        interaction = vault.begin()
        entry = interaction.record("expect-speech")
        elsewhere = other_vault.resume(entry)
        begun = [Trigger(started).observe(interaction, entry), Trigger(started).observe(elsewhere, entry)]
        assert begun == [True, False]
    assert len(started.calls) == 20


def test_threads_of_two_programs_that_see_the_same_entry_start_once_in_all(
    vault: Vault, other_vault: Vault, started: Started
) -> None:
    triggers = [Trigger(started) for _ in range(4)]
    barrier = Barrier(8)

    def observe(number: int, interaction: OpenInteraction, entry: Entry) -> bool:
        barrier.wait()
        return triggers[number % 4].observe(interaction, entry)

    with ThreadPoolExecutor(8) as pool:
        for _ in range(10):
            interaction = vault.begin()
            entry = interaction.record("expect-speech")
            holders = [interaction, other_vault.resume(entry)] * 4
            assert sum(pool.map(observe, range(8), holders, [entry] * 8)) == 1
    assert len(set(started.ids)) == len(started.ids) == 10


def test_threads_that_write_the_events_of_one_turn_start_once(
    vault: Vault, clock: TurnedClock, started: Started
) -> None:
    trigger = Trigger(started)
    with ThreadPoolExecutor(6) as pool:
        for _ in range(10):
            interaction = vault.begin()
            events = events_of_a_turn(clock, asks_back=True) * 2
            entries = list(pool.map(lambda event, to=interaction: deliver(trigger, to, vault, event), events))
            assert len(entries) == len(events)
    assert len(set(started.ids)) == len(started.ids) == 10


def test_interactions_start_apart_from_each_other(vault: Vault, started: Started) -> None:
    trigger = Trigger(started)
    first, second = vault.begin(), vault.begin()
    for interaction in (first, second):
        trigger.observe(interaction, interaction.record("expect-speech"))
    assert started.ids == [first.id, second.id]


def test_the_claim_is_stored_before_the_start(vault: Vault) -> None:
    claimed_at_start = []

    def start(interaction: OpenInteraction, _: Entry) -> None:
        entry = vault.store.get_entry(interaction.id)
        claimed_at_start.append(entry is not None and is_claimed(entry))

    interaction = vault.begin()
    Trigger(start).observe(interaction, interaction.record("expect-speech"))
    assert claimed_at_start == [True]


def test_once_the_time_is_over_nothing_starts(vault: Vault, clock: TurnedClock, started: Started) -> None:
    interaction = vault.begin()
    entry = interaction.record("expect-speech")
    clock.at_ms += 300_000
    with pytest.raises(InteractionExpired):
        Trigger(started).observe(interaction, entry)
    assert not started.calls


def test_the_data_items_of_an_entry_are_told_in_order_of_time(vault: Vault, clock: TurnedClock) -> None:
    interaction = vault.begin()
    for event in reversed(events_of_a_turn(clock, asks_back=True)):
        entry = vault.store.append_event(interaction.id, event, interaction.header)
    assert data_refs(entry) == ("d0", "d1", "d2", "d3")
