"""The commands as somebody types them, over a real file and a real server."""

from pathlib import Path

import pytest

from core.settings import Settings
from core.store.__main__ import main
from core.store.connect import open_vault
from evals.benchmarks.servers import Server
from tests.commands import exit_status
from tests.core.store.servers import unique_tables


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "state" / "root.key"
    monkeypatch.setenv("STORE", f"sqlite:{tmp_path / 'state' / 'context.sqlite3'}")
    monkeypatch.setenv("ROOT_KEY_FILE", str(path))
    return path


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert exit_status(main, arguments) == status
    out, err = capsys.readouterr()
    assert (err == "") == (status == 0)
    return err if status else out


def leave_an_interaction() -> str:
    vault = open_vault(Settings.from_env())
    interaction = vault.begin()
    interaction.record("utterance", interaction.put(b"Call Meg."))
    vault.store.close()
    return interaction.id


@pytest.mark.usefixtures("key_file")
def test_an_interaction_is_counted_checked_and_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    assert "every page in order, both tables there" in said(capsys, "create")
    assert said(capsys, "stats").startswith("entries 0\nitems 0, 0 bytes sealed\n")
    interaction_id = leave_an_interaction()
    assert said(capsys, "stats").startswith("entries 1\nitems 1, 38 bytes sealed\nexpired, not deleted yet 0\n")
    checked = said(capsys, "check").splitlines()
    assert checked[-2:] == [
        "root keys that rows are sealed under: 1, all at hand",
        "an interaction: sealed, stored, claimed once, read, forgotten",
    ]
    assert said(capsys, "forget", interaction_id) == "forgotten\n"
    assert said(capsys, "stats").startswith("entries 0\nitems 0,")
    assert said(capsys, "purge") == "0 expired rows deleted\n"


def test_a_rotation_keeps_what_was_sealed_before(capsys: pytest.CaptureFixture[str], key_file: Path) -> None:
    leave_an_interaction()
    assert said(capsys, "rotate").endswith("wraps from now on; the older ones stay for 7 days\n")
    assert "1, all at hand" in said(capsys, "check")
    key_file.write_text(key_file.read_text().splitlines()[0] + "\n")
    assert "which is not at hand; put that root key back" in said(capsys, "check", status=1)


def test_no_rotation_without_a_key_file(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOT_KEY", "0f" * 32)
    message = said(capsys, "rotate", status=1)
    assert "put a new key first in ROOT_KEY" in message
    assert "0f0f" not in message


@pytest.mark.parametrize("server", ["dynalite_server", "ministack_server"])
def test_the_same_commands_look_after_dynamodb(
    capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest, aws: pytest.MonkeyPatch, server: str
) -> None:
    endpoint: Server = request.getfixturevalue(server)
    tables = unique_tables()
    for name, value in {
        "STORE": "dynamodb",
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint.url,
        "EVENTS_TABLE": tables.events,
        "CONTEXT_DATA_TABLE": tables.context_data,
        "ROOT_KEY": "0f" * 32,
    }.items():
        aws.setenv(name, value)
    assert f"{tables.events}: it is not there; run: python -m core.store create" in said(capsys, "stats", status=1)
    if server == "dynalite_server":  # it keeps no TTL, which the check does not let pass
        assert "its TTL is off" in said(capsys, "create", status=1)
    else:
        assert said(capsys, "create").count("TTL on expires_at enabled") == 2
        assert said(capsys, "check").endswith("claimed once, read, forgotten\n")
    interaction_id = leave_an_interaction()
    assert said(capsys, "stats").startswith("entries 1\nitems 1, 38 bytes sealed\n")
    said(capsys, "forget", interaction_id)
    assert said(capsys, "stats").startswith("entries 0\nitems 0,")
    assert said(capsys, "purge") == "0 expired rows deleted\n"


def test_a_plan_prints_both_designs(capsys: pytest.CaptureFixture[str]) -> None:
    load = ["--interactions-per-second", "100000", "--events", "6", "--item-bytes", "2000", "--follow-up-rate", "0.1"]
    head, two, one = said(capsys, "plan", *load).splitlines()
    assert head.split() == ["write", "units/s", "read", "units/s", "stored", "MB", "partitions", "cost/month"]
    assert two.split()[:3] == ["two", "tables", "4,260,000"]
    assert one.startswith("one encrypted entry")
    assert two.split()[-1] == one.split()[-1] == "-"


def test_a_plan_with_prices_tells_the_cost(capsys: pytest.CaptureFixture[str]) -> None:
    prices = ["--price-per-million-writes", "1", "--price-per-million-reads", "0", "--price-per-gb-month", "0"]
    load = ["--interactions-per-second", "1", "--events", "6", "--item-bytes", "2000", "--follow-up-rate", "0"]
    two = said(capsys, "plan", *load, *prices).splitlines()[1].split()
    writes_per_s = float(two[2])
    assert float(two[-1].replace(",", "")) == pytest.approx(writes_per_s * 730 * 3600 / 1e6, rel=0.02)


@pytest.mark.parametrize("wrong", [["--follow-up-rate", "1.1"], ["--events", "0"], ["--item-bytes", "many"]])
def test_a_load_that_cannot_be_is_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["plan", *wrong])


@pytest.mark.usefixtures("key_file")
def test_a_wrong_setting_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE", "postgres:x")
    assert said(capsys, "stats", status=1).count("\n") == 1
