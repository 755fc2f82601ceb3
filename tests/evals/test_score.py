import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.settings import ROOT
from core.speech.recognition import Recognition
from evals.results import Reference
from evals.score import main, score_run
from tests.evals.builders import recognition, reference, write_finished_run

CONTACTS = ("Meg Jones", "Meg Bauer")
TURNS: list[tuple[Reference, Recognition]] = [
    (reference(1, "Bauer.", dialogue_id="a", bias_words=("Bauer",), context=CONTACTS), recognition("Power.", "Bauer!")),
    (reference(2, "Call Meg Jones", dialogue_id="b", bias_words=("Meg", "Jones"), context=CONTACTS),
     recognition("call Mack Jones", "Call Meg Jones.")),
    (reference(3, "Never mind", "anti", "c", context=CONTACTS), recognition("Never mine.", "Never mind.")),
    (reference(4, "Power off.", "sound_alike", "d", context=CONTACTS), recognition("Power off.", "Bauer off.")),
    (reference(5, "Twenty minutes.", "no_context", "e"), recognition("20 minutes", "20 minutes", "empty")),
    (reference(6, "", "no_speech", "f", context=CONTACTS), recognition("", "Meg Jones", "rejected")),
]  # fmt: skip


@pytest.fixture
def scores(tmp_path: Path) -> dict[str, Any]:
    return score_run(write_finished_run(tmp_path, TURNS))


def test_scores_are_written_as_they_are_returned(tmp_path: Path) -> None:
    scores = score_run(write_finished_run(tmp_path, TURNS))
    text = (tmp_path / "scores.json").read_text()
    assert json.loads(text) == scores
    assert "NaN" not in text


@pytest.mark.parametrize(
    ("kind", "arm", "expected"),
    [
        ("positive", "without_context", {"wer": 2 / 4, "b_wer": 2 / 3, "u_wer": 0.0, "entity_recall": 0.0}),
        ("positive", "with_context", {"wer": 0.0, "b_wer": 0.0, "u_wer": 0.0, "entity_recall": 1.0}),
        ("positive", "with_context", {"n_utterances": 2, "n_words": 4, "n_bias_words": 3, "entity_precision": 1.0}),
        ("anti", "without_context", {"wer": 1 / 2, "b_wer": None, "correct": 0.0, "false_accept": 0.0}),
        ("sound_alike", "without_context", {"correct": 1.0, "false_accept": 0.0}),
        ("sound_alike", "with_context", {"correct": 0.0, "false_accept": 1.0, "entity_precision": 0.0}),
        ("no_context", "with_context", {"wer": 1 / 2, "entity_recall": None}),
        ("no_speech", "without_context", {"utterances_with_words": 0, "context_words": 0, "wer": None, "cer": None}),
        ("no_speech", "with_context", {"utterances_with_words": 1, "context_words": 2, "wer": None}),
        ("all", "without_context", {"wer": 4 / 10, "n_utterances": 6}),
        ("all", "with_context", {"wer": 4 / 10}),
    ],
)
def test_each_kind_and_arm_is_measured(scores: dict[str, Any], kind: str, arm: str, expected: dict[str, Any]) -> None:
    measures = scores["by_kind"][kind][arm]
    assert {name: measures[name] for name in expected} == expected


def test_the_gain_is_told_for_each_kind(scores: dict[str, Any]) -> None:
    gains = {kind: group["relative_wer_reduction"]["value"] for kind, group in scores["by_kind"].items()}
    assert gains == {
        "positive": 1.0, "anti": 1.0, "sound_alike": None, "no_context": 0.0, "no_speech": None, "all": 0.0
    }  # fmt: skip


def test_whispers_normaliser_stands_beside_ours(scores: dict[str, Any]) -> None:
    assert scores["normalizer"] == "names"
    assert scores["by_kind_whisper"]["no_context"]["with_context"]["wer"] == 0.0
    assert scores["by_kind_whisper"].keys() == scores["by_kind"].keys()


def test_latency_with_context_holds_the_plain_decode_where_context_was_used(scores: dict[str, Any]) -> None:
    assert scores["latency"]["without_context"] == {"p50_ms": 120.0, "p95_ms": 120.0}
    assert scores["latency"]["with_context"] == {"p50_ms": 150.0, "p95_ms": 150.0}


def test_outcomes_are_counted(scores: dict[str, Any]) -> None:
    assert scores["outcomes"] == {"empty": 1, "rejected": 1, "used": 4}


def test_the_order_of_utterances_changes_nothing(tmp_path: Path, scores: dict[str, Any]) -> None:
    shuffled = random.Random(3).sample(TURNS, len(TURNS))  # noqa: S311 - no secret
    assert score_run(write_finished_run(tmp_path / "shuffled", shuffled)) == scores


def test_kinds_that_the_set_lacks_are_left_out(tmp_path: Path) -> None:
    scores = score_run(write_finished_run(tmp_path, TURNS[-1:]))
    assert scores["by_kind"].keys() == {"no_speech", "all"}
    assert scores["by_kind"]["all"]["with_context"]["wer"] is None


def test_an_unfinished_run_is_not_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_finished_run(tmp_path, TURNS)
    lines = (folder / "hypotheses.jsonl").read_bytes()
    (folder / "hypotheses.jsonl").write_bytes(lines[:-5])
    assert main([str(folder)]) == 1
    assert "5 of 6 utterances" in capsys.readouterr().err
    assert not (folder / "scores.json").exists()


def test_a_folder_that_is_no_run_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_table_shows_both_arms_and_undefined_measures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(write_finished_run(tmp_path, TURNS))]) == 0
    lines = capsys.readouterr().out.splitlines()
    row = next(line for line in lines if line.startswith("positive") and "without context" in line)
    assert row.split()[3:] == ["2", "4", "50.0", "66.7", "0.0", "31.6", "0.0", "0.0"]
    silent = next(line for line in lines if line.startswith("no_speech") and "without context" in line)
    assert silent.split()[3:] == ["1", "0", "-", "-", "-", "-", "-", "-"]
    assert "no_speech: context_words 0 without context, 2 with context" in lines


def test_scoring_loads_no_model_library(tmp_path: Path) -> None:
    folder = write_finished_run(tmp_path, TURNS)
    program = (
        "import sys; from evals.score import main; status = main(sys.argv[1:]);"
        "loaded = {'faster_whisper', 'ctranslate2', 'torch', 'sentence_transformers', 'streamlit'} & set(sys.modules);"
        "sys.exit(f'loaded: {loaded}' if loaded else status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, folder], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
