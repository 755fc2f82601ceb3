"""A set whose answers were named a round too early for the reply before to help."""

from pathlib import Path

import pytest

from core.context.signals import name_spans
from evals.arms import choose_signals
from evals.earlier import main
from evals.manifest import read_manifest
from tests.commands import exit_status
from tests.paths import DATA

FOLLOWUPS = DATA / "followups" / "manifest.jsonl"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("earlier") / "set"
    assert main(["--manifest", str(FOLLOWUPS), "--out", str(out)]) == 0
    return out / "manifest.jsonl"


def test_what_is_said_was_named_a_round_earlier_and_nowhere_else(made: Path) -> None:
    utterances = read_manifest(made)
    assert len(utterances) > 200
    for one in utterances:
        question, last = (turn.text for turn in one.dialogue if turn.speaker == "assistant")
        assert len(one.dialogue) == 4
        assert one.context == ()
        assert all(word.casefold().strip(".,?") in question.casefold() for word in one.bias_words)
        assert not {word for span in name_spans(last) for word in span.split()} & set(one.bias_words)


def test_only_earlier_replies_give_it_items(made: Path) -> None:
    assert "earlier_turns" in choose_signals(read_manifest(made), None)
    assert set(choose_signals(read_manifest(made), None)) <= {"prior_turn", "earlier_turns"}


def test_a_folder_that_is_there_is_left_alone(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = made.read_bytes()
    assert exit_status(main, ["--manifest", str(FOLLOWUPS), "--out", str(made.parent)]) == 1
    assert "give a folder that does not exist yet" in capsys.readouterr().err
    assert made.read_bytes() == before
