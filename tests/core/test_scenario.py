"""The shipped dialogue, played through the whole system, and the picture that is kept of it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from core.conversation import Conversation, Parts
from core.errors import DataFileError
from core.scenario import Scenario, keep_results, load_scenario, load_scenarios, play
from core.snapshot import Counts, read_snapshot
from core.speech.audio import read_clip
from tests.paths import CALL_MEG


@pytest.mark.parametrize("scenario", load_scenarios(), ids=lambda scenario: scenario.folder.name)
def test_what_ships_is_what_the_system_does(parts: Parts, tmp_path: Path, scenario: Scenario) -> None:
    """The page may show it as a result only as long as decoding on the spot gives the same."""
    copy = replace(scenario, folder=Path(shutil.copytree(scenario.folder, tmp_path / scenario.folder.name)))
    snapshot = keep_results(parts, copy)
    shipped = read_snapshot(scenario.snapshot_path)
    assert [(t.without_context, t.with_context, t.outcome, t.reply, t.changes) for t in snapshot.turns] == [
        (t.without_context, t.with_context, t.outcome, t.reply, t.changes) for t in shipped.turns
    ]
    assert (snapshot.counts, snapshot.after_forgetting) == (shipped.counts, shipped.after_forgetting)
    assert snapshot.after_forgetting == Counts(0, 0)
    assert read_snapshot(copy.snapshot_path) == snapshot
    assert read_clip(copy.dialogue_path).duration_s > sum(read_clip(turn.audio).duration_s for turn in scenario.turns)


def test_the_context_is_ready_before_the_reply_has_been_spoken(parts: Parts) -> None:
    talk = Conversation(parts)
    list(play(talk, load_scenario(CALL_MEG)))
    talk.close()
    stages = {stage.name: stage for stage in reversed(talk.timeline.stages())}
    assert stages["context vector and bias list"].end_ms < stages["reply spoken"].end_ms


def test_snapshots_hold_no_plaintext_of_the_tables() -> None:
    snapshot = read_snapshot(CALL_MEG / "snapshot.json")
    assert {row.line.partition("|")[0] for row in snapshot.events} >= {"utterance", "reply", "item", "expect-speech"}
    assert all(set(row.sealed) <= set("0123456789abcdef") for row in snapshot.data)


def test_all_shipped_scenarios_load() -> None:
    assert [scenario.title for scenario in load_scenarios()] == [
        "Call Meg",
        "A name that nobody knows",
        "Somebody else is talking",
        "An ordinary word that sounds like a name",
        "A list on the screen",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", 'needs "title" and "turns"'),
        (json.dumps({"title": "x"}), 'needs "title" and "turns"'),
        (json.dumps({"title": "x", "turns": []}), "names no clips"),
        (json.dumps({"title": "x", "turns": [{"audio": "a.flac", "text": "hello"}]}), "a.flac"),
    ],
)
def test_a_broken_scenario_is_one_clear_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "scenario.json").write_text(text)
    with pytest.raises(DataFileError, match=r"scenario\.json") as raised:
        load_scenario(tmp_path)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"turns": 3}'])
def test_a_broken_snapshot_names_the_command_that_makes_it_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "snapshot.json").write_text(text)
    with pytest.raises(DataFileError, match=r"python -m core\.scenario"):
        read_snapshot(tmp_path / "snapshot.json")
