"""The vault over a real file: sealed, claimed once, resumed, forgotten."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from core.errors import InteractionExpired, ItemConflict, SealBroken
from core.store.interface import Entry, Event, SealedItem
from core.store.keys import RootKey
from core.store.sqlite import SqliteStore
from core.store.vault import EVENT_TYPES, EventType, OpenInteraction, Vault
from tests.contracts.store import TurnedClock

ROOT_KEY = RootKey.from_bytes(bytes(range(32)))
TTL_S = 300


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "context.sqlite3"


@pytest.fixture
def vault(path: Path, clock: TurnedClock) -> Iterator[Vault]:
    yield from opened(path, clock)


@pytest.fixture
def other_vault(path: Path, clock: TurnedClock) -> Iterator[Vault]:
    """A second program on the same file."""
    yield from opened(path, clock)


def opened(path: Path, clock: TurnedClock) -> Iterator[Vault]:
    store = SqliteStore(path, clock)
    store.ensure_schema()
    yield Vault(store, ROOT_KEY, TTL_S, clock)
    store.close()


def last_event(entry: Entry) -> Event:
    return entry.events[-1]


def test_what_is_put_comes_back(vault: Vault) -> None:
    interaction = vault.begin()
    first = interaction.put(b"Call Meg.")
    others = interaction.put_all([b"", b"Meg Jones", b"Meg Jones"])
    assert len({first, *others}) == 4
    expected = dict(zip([first, *others], [b"Call Meg.", b"", b"Meg Jones", b"Meg Jones"], strict=True))
    assert interaction.open([first, *others]) == expected


def test_items_that_are_not_there_are_left_out(vault: Vault) -> None:
    interaction = vault.begin()
    data_id = interaction.put(b"Call Meg.")
    assert interaction.open(["missing", data_id]) == {data_id: b"Call Meg."}
    assert vault.begin().open([data_id]) == {}


def test_interactions_have_their_own_ids_and_keys(vault: Vault) -> None:
    interactions = [vault.begin() for _ in range(50)]
    assert len({interaction.id for interaction in interactions}) == 50
    assert len({interaction.data_key for interaction in interactions}) == 50
    assert all(len(bytes.fromhex(interaction.id)) == 16 for interaction in interactions)


@pytest.mark.parametrize(("past_second_ms", "expires_in_ms"), [(0, 300_000), (1, 300_999), (999, 300_001)])
def test_an_interaction_lives_its_time_to_the_next_whole_second(
    vault: Vault, clock: TurnedClock, past_second_ms: int, expires_in_ms: int
) -> None:
    clock.at_ms += past_second_ms
    assert vault.begin().header.expires_at * 1000 == clock.at_ms + expires_in_ms


def test_nothing_is_stored_before_something_is_written(vault: Vault) -> None:
    interaction = vault.begin()
    assert vault.store.get_entry(interaction.id) is None
    interaction.put(b"Call Meg.")
    assert vault.store.get_entry(interaction.id) is None


def test_recording_returns_the_whole_entry(vault: Vault, clock: TurnedClock) -> None:
    interaction = vault.begin()
    data_id = interaction.put(b"Call Meg.")
    interaction.record("utterance", data_id)
    clock.at_ms += 40
    entry = interaction.record("expect-speech")
    assert [(event.at_ms, event.type, event.ref) for event in entry.events] == [
        (clock.at_ms - 40, "utterance", data_id),
        (clock.at_ms, "expect-speech", ""),
    ]
    assert all(len(bytes.fromhex(event.id)) == 4 for event in entry.events)
    assert entry.header == interaction.header
    assert vault.store.get_entry(interaction.id) == entry


def test_events_of_one_millisecond_keep_their_order(vault: Vault) -> None:
    interaction = vault.begin()
    types: list[EventType] = ["utterance", "reply", "item", "speak", "expect-speech"]
    for event_type in types * 3:
        entry = interaction.record(event_type)
    assert [event.type for event in entry.events] == types * 3


def test_events_keep_their_order_when_the_clock_is_set_back_and_another_goes_on(
    vault: Vault, other_vault: Vault, clock: TurnedClock
) -> None:
    entry = vault.begin().record("speak")
    clock.at_ms -= 5_000
    entry = other_vault.resume(entry).record("expect-speech")
    assert [event.type for event in entry.events] == ["speak", "expect-speech"]


def test_an_event_may_say_when_it_happened(vault: Vault, clock: TurnedClock) -> None:
    interaction = vault.begin()
    interaction.record("speak")
    entry = interaction.record("utterance", at_ms=clock.at_ms - 700)
    assert [(event.at_ms, event.type) for event in entry.events] == [
        (clock.at_ms - 700, "utterance"),
        (clock.at_ms, "speak"),
    ]


@pytest.mark.parametrize("event_type", ["", "Utterance", "speak|", "speak|d1", "context claimed"])
def test_an_unknown_event_type_is_refused(vault: Vault, event_type: EventType) -> None:
    interaction = vault.begin()
    with pytest.raises(ValueError, match="unknown event type"):
        interaction.record(event_type)
    assert vault.store.get_entry(interaction.id) is None


def test_no_event_type_breaks_the_line() -> None:
    assert not any("|" in event_type for event_type in EVENT_TYPES)


def test_a_ref_that_would_break_the_line_is_refused_and_not_quoted(vault: Vault) -> None:
    interaction = vault.begin()
    entry = interaction.record("expect-speech")
    for use in (lambda: interaction.record("item", "Meg|Bauer"), lambda: interaction.claim(entry.events[0], "Meg|")):
        with pytest.raises(ValueError, match="must not contain") as caught:
            use()
        assert "Meg" not in str(caught.value)
    assert vault.store.get_entry(interaction.id) == entry


def test_a_claim_goes_to_the_first(vault: Vault) -> None:
    interaction = vault.begin()
    event = last_event(interaction.record("expect-speech"))
    assert interaction.claim(event, "worker-1")
    assert not interaction.claim(event, "worker-2")


def test_a_claim_repeated_gives_the_same_answer_and_is_stored_once(vault: Vault) -> None:
    interaction = vault.begin()
    event = last_event(interaction.record("expect-speech"))
    answers = [interaction.claim(event, claimant) for claimant in ("worker-1", "worker-2") * 2]
    assert answers == [True, False, True, False]
    entry = vault.store.get_entry(interaction.id)
    assert entry is not None
    [claim] = [event for event in entry.events if event.type == "context-claimed"]
    assert (claim.at_ms, claim.ref) == (event.at_ms + 1, "worker-1")


def test_each_expect_speech_event_is_claimed_for_itself(vault: Vault) -> None:
    interaction = vault.begin()
    events = [last_event(interaction.record("expect-speech")) for _ in range(2)]
    assert [interaction.claim(event, "worker-1") for event in events] == [True, True]
    assert [interaction.claim(event, "worker-2") for event in events] == [False, False]


def test_of_many_claimants_in_two_programs_exactly_one_wins(vault: Vault, other_vault: Vault) -> None:
    for _ in range(5):
        entry = vault.begin().record("expect-speech")
        holders = [one.resume(entry) for one in (vault, other_vault) for _ in range(6)]
        together = Barrier(len(holders))

        def claim(number: int, holder: OpenInteraction, together: Barrier, event: Event) -> bool:
            together.wait()
            return holder.claim(event, f"worker-{number}")

        with ThreadPoolExecutor(len(holders)) as pool:
            claims = [pool.submit(claim, n, one, together, last_event(entry)) for n, one in enumerate(holders)]
            assert sorted(one.result() for one in claims) == [False] * 11 + [True]


def test_another_program_resumes_from_the_entry(vault: Vault, other_vault: Vault) -> None:
    interaction = vault.begin()
    data_id = interaction.put(b"Call Meg.")
    resumed = other_vault.resume(interaction.record("utterance", data_id))
    assert resumed.id == interaction.id
    assert resumed.open([data_id]) == {data_id: b"Call Meg."}
    vector = resumed.put(b"\x00\x01")
    resumed.record("context-vector", vector)
    assert interaction.open([vector]) == {vector: b"\x00\x01"}


def test_another_root_key_resumes_nothing(vault: Vault) -> None:
    entry = vault.begin().record("utterance")
    stranger = Vault(vault.store, RootKey.from_bytes(bytes(32)), TTL_S, vault.now_ms)
    with pytest.raises(SealBroken):
        stranger.resume(entry)


def test_an_item_moved_in_the_store_is_not_opened(vault: Vault) -> None:
    interaction = vault.begin()
    data_id = interaction.put(b"Call Meg.")
    [item] = vault.store.get_items(interaction.id, [data_id])
    vault.store.put_item(SealedItem(item.interaction_id, "elsewhere", item.sealed, item.key_id, item.expires_at))
    with pytest.raises(SealBroken):
        interaction.open(["elsewhere"])


def test_nothing_is_written_or_shown_once_the_time_is_over(vault: Vault, clock: TurnedClock) -> None:
    interaction = vault.begin()
    data_id = interaction.put(b"Call Meg.")
    event = last_event(interaction.record("expect-speech"))
    clock.at_ms += TTL_S * 1000 - 1
    assert interaction.open([data_id])
    interaction.put(b"in time")
    clock.at_ms += 1
    for write in (
        lambda: interaction.put(b"late"),
        lambda: interaction.record("closed"),
        lambda: interaction.claim(event, "worker-1"),
    ):
        with pytest.raises(InteractionExpired):
            write()
    assert interaction.open([data_id]) == {}
    assert vault.store.purge_expired() == 3


def test_a_forgotten_interaction_is_gone_and_takes_nothing_more(vault: Vault) -> None:
    interaction, kept = vault.begin(), vault.begin()
    data_id, kept_id = interaction.put(b"Call Meg."), kept.put(b"Call Xiomara.")
    interaction.record("utterance", data_id)
    kept.record("utterance", kept_id)
    interaction.forget()
    assert interaction.open([data_id]) == {}
    for write in (lambda: interaction.put(b"late"), lambda: interaction.record("closed")):
        with pytest.raises(InteractionExpired):
            write()
    interaction.forget()
    assert vault.store.get_entry(interaction.id) is None
    assert kept.open([kept_id]) == {kept_id: b"Call Xiomara."}


def test_the_file_never_holds_what_was_said_nor_a_key(vault: Vault, path: Path) -> None:
    interaction = vault.begin()
    canary = b"Xiomara Oyelaran-Featherstonehaugh"
    data_ids = interaction.put_all([canary, canary * 400])
    for data_id in data_ids:
        interaction.record("item", data_id)
    written = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert interaction.id.encode() in written
    assert all(secret not in written for secret in (canary, canary[:12], interaction.data_key, ROOT_KEY.key))


def test_no_key_shows_in_what_may_be_logged(vault: Vault) -> None:
    interaction = vault.begin()
    shown = f"{vault!r} {interaction!r} {interaction.record('closed')!r}"
    assert all(repr(key)[2:12] not in shown and key.hex() not in shown for key in (ROOT_KEY.key, interaction.data_key))


def test_several_payloads_are_put_all_or_none(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data ids that collide are not possible by chance; here the dice are loaded."""
    interaction = vault.begin()
    taken = interaction.put(b"first")
    dice = iter(["f" * 16, taken])
    monkeypatch.setattr("core.store.vault.secrets.token_hex", lambda _: next(dice))
    with pytest.raises(ItemConflict):
        interaction.put_all([b"second", b"third"])
    assert interaction.open([taken, "f" * 16]) == {taken: b"first"}
