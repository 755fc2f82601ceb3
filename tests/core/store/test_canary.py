"""A canary text and the keys, searched in every file and log; and what somebody who writes to the tables can do."""

import base64
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import InteractionExpired, SealBroken
from core.store.dynamodb import DynamoStore
from core.store.interface import SealedItem, Store
from core.store.keys import RootKey
from core.store.sqlite import SqliteStore
from core.store.vault import OpenInteraction, Vault
from tests.contracts.store import TurnedClock
from tests.core.store.servers import dynalite, unique_tables

CANARY = "Xiomara Oyelaran-Featherstonehaugh, 17 Kingfisher Quay"
ROOT_KEY = RootKey.from_bytes(b"root key of the canary's cage...")
TTL_S = 300


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Everything that any library says, at its most talkative."""
    path = tmp_path / "everything.log"
    handler = logging.FileHandler(path)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield path
    root.setLevel(level)
    root.removeHandler(handler)
    handler.close()


@pytest.fixture(params=["sqlite", "dynamodb"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: TurnedClock) -> Iterator[Store]:
    if request.param == "sqlite":
        store: Store = SqliteStore(tmp_path / "tables" / "context.sqlite3", clock)
        store.ensure_schema()
        yield store
        store.close()
        return
    server = dynalite(tmp_path / "tables")
    request.getfixturevalue("aws").setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
    server.start()
    try:
        store = DynamoStore(unique_tables(), now_ms=clock)
        store.ensure_schema()
        yield store
        store.close()
    finally:
        server.kill()


def spellings(secret: bytes) -> list[bytes]:
    """As it is, and as programs write bytes into text: hex, base64 at each of its three offsets, repr."""
    shifted = [base64.b64encode(bytes(shift) + secret)[4:-4] for shift in range(3)]
    return [secret, secret.hex().encode(), repr(secret)[2:-1].encode(), *shifted]


def found(folder: Path, secrets: list[bytes]) -> list[str]:
    content = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    wanted = [one for secret in secrets for one in spellings(secret)]
    return [name for name, read in content.items() if any(one in read for one in wanted)]


def live_through_everything(interaction: OpenInteraction, vault: Vault) -> tuple[str, ...]:
    """Put, record, claim, resume, open, and two errors; returns the data ids."""
    data_ids = interaction.put_all([CANARY.encode(), (CANARY * 300).encode(), CANARY.encode("utf-16-le")])
    for data_id in data_ids:
        interaction.record("item", data_id)
    entry = interaction.record("expect-speech")
    interaction.claim(entry.events[-1], "worker-1")
    assert vault.resume(entry).open(data_ids)[data_ids[0]] == CANARY.encode()
    with pytest.raises(SealBroken):
        Vault(vault.store, RootKey.from_bytes(bytes(32)), TTL_S, vault.now_ms).resume(entry)
    for ref in (f"{CANARY}|", f"|{CANARY}"):
        with pytest.raises(ValueError, match="must not contain") as caught:
            interaction.record("item", ref)
        logging.getLogger("test").error("as a program would log it", exc_info=caught.value)
    return data_ids


def test_the_canary_and_the_keys_are_in_no_file_and_no_log(
    store: Store, clock: TurnedClock, tmp_path: Path, log: Path
) -> None:
    vault = Vault(store, ROOT_KEY, TTL_S, clock)
    forgotten, expired = vault.begin(), vault.begin()
    secrets = [CANARY.encode(), CANARY.encode("utf-16-le"), ROOT_KEY.key, forgotten.data_key, expired.data_key]
    for interaction in (forgotten, expired):
        live_through_everything(interaction, vault)
        assert found(tmp_path, secrets) == []
    forgotten.forget()
    assert found(tmp_path, secrets) == []
    clock.at_ms += (TTL_S + 1) * 1000
    with pytest.raises(InteractionExpired):
        expired.put(CANARY.encode())
    assert store.purge_expired() > 0
    assert found(tmp_path, secrets) == []
    assert not store.holds_rows()
    assert log.stat().st_size > 0


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("how", ["forgotten", "expired"])
def test_of_a_deleted_interaction_no_byte_and_no_reference_is_left(
    store: Store, clock: TurnedClock, tmp_path: Path, how: str
) -> None:
    vault = Vault(store, ROOT_KEY, TTL_S, clock)
    interaction = vault.begin()
    data_ids = live_through_everything(interaction, vault)
    ciphertexts = [item.sealed for item in store.get_items(interaction.id, data_ids)]
    traces = [interaction.id.encode(), interaction.header.wrapped_key[1:], *(one.encode() for one in data_ids)]
    traces += [one[start : start + 16] for one in ciphertexts for start in range(0, len(one) - 16, 16)]
    files = [path for path in (tmp_path / "tables").iterdir() if path.is_file()]
    assert any(trace in path.read_bytes() for trace in traces for path in files)
    if how == "forgotten":
        interaction.forget()
    else:
        clock.at_ms += (TTL_S + 1) * 1000
        store.purge_expired()
    assert [trace for trace in traces for path in files if trace in path.read_bytes()] == []


def rewrite(store: Store, item: SealedItem) -> None:
    """As somebody who may write to the table."""
    store.forget(item.interaction_id)
    store.put_item(item)


Tamper = Callable[[SealedItem, SealedItem], SealedItem]
TAMPERED: dict[str, Tamper] = {
    "another row's bytes": lambda mine, _: replace(mine, data_id="0" * 16),
    "another user's bytes": lambda mine, theirs: replace(mine, sealed=theirs.sealed),
    "another user's row": lambda mine, theirs: replace(theirs, interaction_id=mine.interaction_id),
    "a longer life": lambda mine, _: replace(mine, expires_at=mine.expires_at + 1),
    "another key's name": lambda mine, _: replace(mine, key_id="0" * 16),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED)
def test_what_was_swapped_in_the_tables_does_not_open(store: Store, clock: TurnedClock, tamper: Tamper) -> None:
    vault = Vault(store, ROOT_KEY, TTL_S, clock)
    mine, theirs = vault.begin(), vault.begin()
    [my_item] = store.get_items(mine.id, [mine.put(b"mine")])
    [their_item] = store.get_items(theirs.id, [theirs.put(b"their")])
    swapped = tamper(my_item, their_item)
    rewrite(store, swapped)
    with pytest.raises(SealBroken):
        mine.open([swapped.data_id])


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_every_flipped_bit_of_a_stored_item_is_rejected(store: Store, clock: TurnedClock) -> None:
    interaction = Vault(store, ROOT_KEY, TTL_S, clock).begin()
    assert isinstance(store, SqliteStore)
    data_id = interaction.put(b"Call Meg.")
    [item] = store.get_items(interaction.id, [data_id])
    store._db.execute("PRAGMA synchronous = OFF")
    for bit in range(len(item.sealed) * 8):
        flipped = bytearray(item.sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        store._db.execute("UPDATE context_data SET sealed = ?", (bytes(flipped),))
        with pytest.raises(SealBroken):
            interaction.open([data_id])
