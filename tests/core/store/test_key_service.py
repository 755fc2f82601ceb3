"""Root keys from a real KMS interface (ministack's), kept in either store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import SealBroken, StoreUnavailable
from core.settings import MAX_TTL_S
from core.store.aws import connect_kms
from core.store.interface import Entry
from core.store.key_service import ENTRY_PREFIX, ROTATED_AFTER_S, KeyService
from core.store.sqlite import SqliteStore
from core.store.vault import Vault
from evals.benchmarks.servers import Server
from tests.contracts.store import TurnedClock


@pytest.fixture
def kms_key_id(ministack_server: Server, aws: pytest.MonkeyPatch) -> str:
    aws.setenv("AWS_ENDPOINT_URL_KMS", ministack_server.url)
    return connect_kms().create_key()["KeyMetadata"]["KeyId"]


@pytest.fixture
def store(tmp_path: Path, clock: TurnedClock) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "context.sqlite3", clock)
    store.ensure_schema()
    yield store
    store.close()


def stored(vault: Vault) -> tuple[Entry, str]:
    interaction = vault.begin()
    data_id = interaction.put(b"Call Meg.")
    return interaction.record("utterance", data_id), data_id


def test_another_machine_opens_what_one_has_sealed(store: SqliteStore, kms_key_id: str, clock: TurnedClock) -> None:
    one, other = (Vault(store, KeyService(store, kms_key_id, now_ms=clock), 300, clock) for _ in range(2))
    entry, data_id = stored(one)
    assert one.root_key.current() != other.root_key.current()
    assert other.resume(entry).open([data_id]) == {data_id: b"Call Meg."}


def test_neither_key_lies_in_the_store(store: SqliteStore, kms_key_id: str, clock: TurnedClock, tmp_path: Path) -> None:
    keys = KeyService(store, kms_key_id, now_ms=clock)
    stored(Vault(store, keys, 300, clock))
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert keys.current().key_id.encode() in written
    assert keys.current().key not in written
    assert keys.current().key.hex().encode() not in written


def test_a_key_is_replaced_each_day_and_found_as_long_as_data_may_live(
    store: SqliteStore, kms_key_id: str, clock: TurnedClock
) -> None:
    keys = KeyService(store, kms_key_id, now_ms=clock)
    first = keys.current()
    clock.at_ms += ROTATED_AFTER_S * 1000 - 1
    assert keys.current() == first
    clock.at_ms += 1
    assert keys.current() != first
    clock.at_ms += MAX_TTL_S * 1000
    assert KeyService(store, kms_key_id, now_ms=clock).find(first.key_id) == first
    clock.at_ms += ROTATED_AFTER_S * 1000
    store.purge_expired()
    assert KeyService(store, kms_key_id, now_ms=clock).find(first.key_id) is None


def test_where_a_new_key_is_due_and_none_is_to_be_had_the_old_one_serves_another_day(
    store: SqliteStore, kms_key_id: str, clock: TurnedClock
) -> None:
    keys = KeyService(store, kms_key_id, now_ms=clock)
    first = keys.current()
    connect_kms().disable_key(KeyId=kms_key_id)
    clock.at_ms += ROTATED_AFTER_S * 1000
    assert keys.current() == first
    clock.at_ms += ROTATED_AFTER_S * 1000
    with pytest.raises(StoreUnavailable, match="KMS: "):
        keys.current()
    connect_kms().enable_key(KeyId=kms_key_id)
    assert keys.current() != first


def test_a_wrapped_key_is_bound_to_its_entry(store: SqliteStore, kms_key_id: str, clock: TurnedClock) -> None:
    """Moved to another entry, as by somebody who writes to the table, it does not open."""
    keys = KeyService(store, kms_key_id, now_ms=clock)
    entry = store.get_entry(ENTRY_PREFIX + keys.current().key_id)
    assert entry is not None
    store.append_event(f"{ENTRY_PREFIX}moved", entry.events[0], entry.header)
    with pytest.raises(StoreUnavailable, match="KMS: "):
        KeyService(store, kms_key_id, now_ms=clock).find("moved")


def test_a_forgotten_root_key_opens_nothing_more(store: SqliteStore, kms_key_id: str, clock: TurnedClock) -> None:
    vault = Vault(store, KeyService(store, kms_key_id, now_ms=clock), 300, clock)
    entry, _ = stored(vault)
    store.forget(ENTRY_PREFIX + vault.root_key.current().key_id)
    with pytest.raises(SealBroken, match="which is not at hand"):
        Vault(store, KeyService(store, kms_key_id, now_ms=clock), 300, clock).resume(entry)


def test_an_unknown_key_of_kms_is_told_at_the_start(store: SqliteStore, kms_key_id: str, clock: TurnedClock) -> None:
    del kms_key_id
    with pytest.raises(StoreUnavailable, match=r"KMS: .*KMS_KEY_ID"):
        KeyService(store, "alias/none", now_ms=clock)


def test_a_key_service_that_cannot_be_reached_is_told_at_the_start(
    store: SqliteStore, aws: pytest.MonkeyPatch, clock: TurnedClock
) -> None:
    aws.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
    with pytest.raises(StoreUnavailable, match="KMS: no answer in time"):
        KeyService(store, "any", now_ms=clock)
