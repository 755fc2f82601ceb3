"""Settings: what may stand in each variable, and what is said about what may not."""

import dataclasses
import os
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import OWN_VARIABLES, ROOT, Settings

STORE_VARIABLES = (
    "STORE",
    "EVENTS_TABLE",
    "CONTEXT_DATA_TABLE",
    "AWS_REGION",
    "ROOT_KEY_FILE",
    "ROOT_KEY",
    "KMS_KEY_ID",
)
CONTEXT_VARIABLES = ("CONTEXT_TTL_S", "CONTEXT_MEMORY_MB", "CONTEXT_MARGIN_MS")
VARIABLES = ("MODEL", "EMBEDDING_MODEL", "THREADS", *STORE_VARIABLES, *CONTEXT_VARIABLES, "DATA_DIR")


def test_without_variables_everything_has_its_default() -> None:
    assert Settings.from_env({}) == Settings()


@pytest.mark.parametrize("name", VARIABLES)
def test_an_empty_variable_means_the_default(name: str) -> None:
    assert Settings.from_env({name: ""}) == Settings()


def test_each_field_has_a_variable_that_is_told_beside_it() -> None:
    assert len(dataclasses.fields(Settings)) == len(VARIABLES)
    assert all(f"({name})" in (Settings.__doc__ or "") for name in VARIABLES)


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("MODEL", "base.en", "model", "base.en"),
        ("EMBEDDING_MODEL", "models/minilm", "embedding_model", "models/minilm"),
        ("THREADS", "1", "threads", 1),
        ("THREADS", "64", "threads", 64),
        ("THREADS", "08", "threads", 8),
        ("STORE", "sqlite:elsewhere.sqlite3", "store", "sqlite:elsewhere.sqlite3"),
        ("STORE", "sqlite:C:/with/a colon", "store", "sqlite:C:/with/a colon"),
        ("STORE", "dynamodb", "store", "dynamodb"),
        ("EVENTS_TABLE", "prod.events_1", "events_table", "prod.events_1"),
        ("CONTEXT_DATA_TABLE", "prod-data", "context_data_table", "prod-data"),
        ("AWS_REGION", "eu-west-1", "aws_region", "eu-west-1"),
        ("ROOT_KEY_FILE", "keys/root", "root_key_file", Path("keys/root")),
        ("ROOT_KEY", "0f" * 32, "root_key", "0f" * 32),
        ("ROOT_KEY", f"{'0f' * 32},{'F0' * 32}", "root_key", f"{'0f' * 32},{'F0' * 32}"),
        ("KMS_KEY_ID", "alias/context", "kms_key_id", "alias/context"),
        ("CONTEXT_TTL_S", "1", "ttl_s", 1),
        ("CONTEXT_TTL_S", "604800", "ttl_s", 7 * 24 * 3600),
        ("CONTEXT_MEMORY_MB", "100", "context_memory_mb", 100),
        ("CONTEXT_MARGIN_MS", "0", "context_margin_ms", 0),
        ("DATA_DIR", str(ROOT), "data_dir", ROOT),
    ],
)
def test_a_variable_sets_its_field_and_no_other(name: str, text: str, field: str, value: object) -> None:
    settings = Settings.from_env({name: text})
    assert getattr(settings, field) == value
    assert dataclasses.replace(Settings(), **{field: value}) == settings  # type: ignore[arg-type]


NO_NUMBERS = [
    "0",
    "-1",
    "+1",
    "1.5",
    "1e2",
    " 4",
    "4 ",
    "4\n",
    "0x10",
    "four",
    "٤",
    "²",
    "1_0",
    "1e18",
    "9" * 18,
    "abc",
    "9" * 5000,
]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("THREADS", text) for text in [*NO_NUMBERS, "65", "10000"]),
        *(("CONTEXT_TTL_S", text) for text in [*NO_NUMBERS, "604801"]),
        *(("CONTEXT_MEMORY_MB", text) for text in [*NO_NUMBERS, "99", "1000001"]),
        *(("CONTEXT_MARGIN_MS", text) for text in [*NO_NUMBERS[1:], "10001"]),
        *(("STORE", text) for text in ["sqlite", "sqlite:", "SQLITE:x", "dynamodb:table", ":x", "elsewhere.sqlite3"]),
        *(
            (name, text)
            for name in ("EVENTS_TABLE", "CONTEXT_DATA_TABLE")
            for text in ["ab", "a b c", "x" * 256, "é" * 3]
        ),
        *(("ROOT_KEY", text) for text in ["0f", "0g" * 32, "0f" * 33, "0f" * 32 + ",", "0f" * 32 + "\n"]),
        ("DATA_DIR", "no/such/folder"),
        ("DATA_DIR", str(Path(__file__))),
    ],
)
def test_a_wrong_value_is_an_error_in_one_line_that_names_the_variable(name: str, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: text})
    assert str(caught.value).startswith(f"{name} must ")
    assert "\n" not in str(caught.value)


def test_two_sources_of_the_root_key_are_refused() -> None:
    with pytest.raises(SettingsError, match="KMS_KEY_ID must not be set beside ROOT_KEY"):
        Settings.from_env({"ROOT_KEY": "0f" * 32, "KMS_KEY_ID": "alias/context"})


def test_the_root_key_never_shows() -> None:
    assert "0f0f" not in repr(Settings.from_env({"ROOT_KEY": "0f" * 32}))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CONTEXT_TTL", "CONTEXT_TTL_S"),
        ("CONTEXT_TTL_SECONDS", "CONTEXT_TTL_S"),
        ("CONTEXT_MARGIN", "CONTEXT_MARGIN_MS"),
        ("CONTEXT_MEMORY_GB", "CONTEXT_MEMORY_MB"),
        ("ROOT_KEYS", "ROOT_KEY"),
        ("ROOT_KEYFILE", "ROOT_KEY_FILE"),
        ("KMS_KEY", "KMS_KEY_ID"),
        ("EVENTS_TABEL", "EVENTS_TABLE"),
        ("EMBEDDING_MODELS", "EMBEDDING_MODEL"),
        ("DATA_DIRS", "DATA_DIR"),
    ],
)
def test_a_variable_that_is_nearly_ours_is_told_with_the_one_that_is_meant(name: str, meant: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: "x"})
    assert str(caught.value) == f"{name} is no setting; did you mean {meant}?"


@pytest.mark.parametrize(
    "name",
    ["MODELS", "threads", "PATH", "STORED", "AWS_REGION_NAME", "AWS_DEFAULT_REGION", "PGDATA_DIR", "XDG_DATA_DIRS"],
)
def test_other_variables_are_left_alone(name: str) -> None:
    assert Settings.from_env({name: os.defpath}) == Settings()


def test_each_own_variable_is_one_of_the_variables() -> None:
    assert set(OWN_VARIABLES) < set(VARIABLES)


def test_the_environment_is_read_when_asked_not_at_import(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("THREADS", "3")
    assert Settings.from_env().threads == 3


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().threads = 3  # type: ignore[misc]


def test_the_default_number_of_threads_is_what_there_is_up_to_four(monkeypatch: pytest.MonkeyPatch) -> None:
    for cpus, threads in [(None, 1), (1, 1), (2, 2), (64, 4)]:
        monkeypatch.setattr(os, "cpu_count", lambda cpus=cpus: cpus)
        assert Settings().threads == threads


def test_the_defaults_lie_in_the_project() -> None:
    settings = Settings()
    assert settings.data_dir.is_dir()
    assert settings.root_key_file.is_relative_to(ROOT)
    assert Path(settings.store.removeprefix("sqlite:")).is_relative_to(ROOT)
