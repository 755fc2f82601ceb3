"""Settings: what may stand in each variable, and what is said about what may not."""

import dataclasses
import os
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import ROOT, Settings

VARIABLES = (
    "MODEL",
    "EMBEDDING_MODEL",
    "THREADS",
    "STORE",
    "ROOT_KEY_FILE",
    "CONTEXT_TTL_S",
    "CONTEXT_MEMORY_MB",
    "CONTEXT_MARGIN_MS",
    "DATA_DIR",
)


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
        ("ROOT_KEY_FILE", "keys/root", "root_key_file", Path("keys/root")),
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


NO_NUMBERS = ["0", "-1", "+1", "1.5", "1e2", " 4", "4 ", "4\n", "0x10", "four", "٤", "²", "1_0", "9" * 5000]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("THREADS", text) for text in [*NO_NUMBERS, "65"]),
        *(("CONTEXT_TTL_S", text) for text in [*NO_NUMBERS, "604801"]),
        *(("CONTEXT_MEMORY_MB", text) for text in [*NO_NUMBERS, "99", "1000001"]),
        *(("CONTEXT_MARGIN_MS", text) for text in [*NO_NUMBERS[1:], "10001"]),
        *(("STORE", text) for text in ["sqlite", "sqlite:", "SQLITE:x", "dynamodb:table", ":x", "elsewhere.sqlite3"]),
        ("DATA_DIR", "no/such/folder"),
        ("DATA_DIR", str(Path(__file__))),
    ],
)
def test_a_wrong_value_is_an_error_in_one_line_that_names_the_variable(name: str, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: text})
    assert str(caught.value).startswith(f"{name} must ")
    assert "\n" not in str(caught.value)


def test_other_variables_are_left_alone() -> None:
    assert Settings.from_env({"MODELS": "x", "threads": "none", "PATH": os.defpath}) == Settings()


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
