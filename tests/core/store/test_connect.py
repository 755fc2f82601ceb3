"""From settings to a vault, over real files."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import KeyFileError, SettingsError, StoreUnavailable
from core.settings import Settings
from core.store.aws import connect_kms
from core.store.connect import open_vault
from core.store.keys import RootKey
from core.store.sqlite import SqliteStore
from core.store.vault import Vault
from evals.benchmarks.servers import Server
from tests.core.store.servers import unique_tables


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folder = tmp_path / "state"
    return Settings(store=f"sqlite:{folder / 'context.sqlite3'}", root_key_file=folder / "root.key", ttl_s=60)


def leave_an_interaction(settings: Settings) -> tuple[str, str]:
    """Store something and end; returns the interaction's id and the item's."""
    vault = open_vault(settings)
    interaction = vault.begin()
    data_id = interaction.put(b"Call Meg.")
    interaction.record("utterance", data_id)
    vault.store.close()
    return interaction.id, data_id


def test_the_first_start_makes_the_store_and_the_key(settings: Settings, tmp_path: Path) -> None:
    vault = open_vault(settings)
    assert vault.ttl_s == 60
    assert {file.name for file in (tmp_path / "state").iterdir()} >= {"context.sqlite3", "root.key"}
    vault.store.close()


def test_the_next_start_opens_what_the_last_one_stored(settings: Settings) -> None:
    interaction_id, data_id = leave_an_interaction(settings)
    vault = open_vault(settings)
    entry = vault.store.get_entry(interaction_id)
    assert entry is not None
    assert vault.resume(entry).open([data_id]) == {data_id: b"Call Meg."}
    vault.store.close()


def test_a_start_deletes_what_has_expired(settings: Settings) -> None:
    path = Path(settings.store.removeprefix("sqlite:"))
    long_ago = SqliteStore(path, lambda: 1_000_000_000_000)
    long_ago.ensure_schema()
    root_key = RootKey.from_bytes(bytes(32))
    interaction = Vault(long_ago, root_key, 60, lambda: 1_000_000_000_000).begin()
    interaction.put(b"Call Meg.")
    assert long_ago.holds_rows()
    # The key of that time is gone too, which is no loss: what it opened has expired.
    vault = open_vault(settings)
    assert not long_ago.holds_rows()
    assert vault.root_key != root_key
    vault.store.close()
    long_ago.close()


def test_no_new_key_is_made_beside_old_data(settings: Settings) -> None:
    interaction_id, _ = leave_an_interaction(settings)
    key = settings.root_key_file.read_bytes()
    settings.root_key_file.unlink()
    with pytest.raises(KeyFileError, match=r"root\.key is missing"):
        open_vault(settings)
    assert not settings.root_key_file.exists()
    settings.root_key_file.write_bytes(key)
    settings.root_key_file.chmod(0o600)
    vault = open_vault(settings)
    assert vault.store.get_entry(interaction_id) is not None
    vault.store.close()


@pytest.mark.parametrize("store", ["", "sqlite:", "sqlite", "postgres:x", "context.sqlite3"])
def test_an_unknown_store_is_an_error_with_a_way_out(settings: Settings, store: str) -> None:
    with pytest.raises(SettingsError, match="STORE must read dynamodb, or sqlite:PATH"):
        open_vault(replace(settings, store=store))


def test_a_store_that_cannot_be_used_is_an_error_and_no_key_is_made(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        open_vault(replace(settings, store=f"sqlite:{tmp_path}"))
    assert not settings.root_key_file.exists()


def test_a_root_key_may_come_from_a_setting(settings: Settings) -> None:
    with_key = replace(settings, root_key="0f" * 32)
    interaction_id, data_id = leave_an_interaction(with_key)
    assert not settings.root_key_file.exists()
    rotated = open_vault(replace(settings, root_key=f"{'f0' * 32},{'0f' * 32}"))
    entry = rotated.store.get_entry(interaction_id)
    assert entry is not None
    assert rotated.resume(entry).open([data_id]) == {data_id: b"Call Meg."}
    rotated.store.close()


@pytest.mark.parametrize("server", ["dynalite_server", "ministack_server"])
def test_dynamodb_and_the_key_service_by_settings(
    settings: Settings,
    request: pytest.FixtureRequest,
    ministack_server: Server,
    aws: pytest.MonkeyPatch,
    server: str,
) -> None:
    aws.setenv("AWS_ENDPOINT_URL_DYNAMODB", request.getfixturevalue(server).url)
    aws.setenv("AWS_ENDPOINT_URL_KMS", ministack_server.url)
    tables = unique_tables()
    there = replace(
        settings,
        store="dynamodb",
        events_table=tables.events,
        context_data_table=tables.context_data,
        kms_key_id=connect_kms().create_key()["KeyMetadata"]["KeyId"],
    )
    interaction_id, data_id = leave_an_interaction(there)
    vault = open_vault(there)
    entry = vault.store.get_entry(interaction_id)
    assert entry is not None
    assert vault.resume(entry).open([data_id]) == {data_id: b"Call Meg."}
    vault.store.close()
