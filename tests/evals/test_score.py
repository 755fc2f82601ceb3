import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.settings import ROOT
from core.speech.recognition import DecodingOutcome
from evals.results import Reference
from evals.score import main, score_run
from tests.commands import exit_status
from tests.evals.builders import Arms, recognition, reference, write_finished_run

MEASURES = ("wer", "b_wer", "u_wer", "cer", "entity_precision", "entity_recall", "n_utterances", "n_words")
CONTACTS = ("Meg Jones", "Meg Bauer")
TURNS: list[tuple[Reference, Arms]] = [
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


@pytest.mark.parametrize(("arm", "outcome"), [("stock", "empty"), ("stock_hotwords", "used")])
def test_the_latency_of_another_recogniser_is_its_own(tmp_path: Path, arm: str, outcome: DecodingOutcome) -> None:
    turns = [(reference(1, "Bauer"), recognition("Power", "Bauer", outcome, **{arm: "Power"}))]
    assert score_run(write_finished_run(tmp_path, turns))["latency"][arm] == {"p50_ms": 30.0, "p95_ms": 30.0}


def test_outcomes_are_counted(scores: dict[str, Any]) -> None:
    none = {"used": 0, "late": 0, "failed": 0, "disabled": 0, "empty": 0, "rejected": 0}
    assert scores["outcomes"] == {
        "without_context": none | {"empty": 6},
        "with_context": none | {"empty": 1, "rejected": 1, "used": 4},
    }


def test_a_batch_has_no_window_to_hit(scores: dict[str, Any]) -> None:
    assert scores["window"] == {"hit_rate": None}


def test_what_context_changes_has_an_interval_and_a_second_test(scores: dict[str, Any]) -> None:
    anti, sound_alike, silent = (scores["by_kind"][kind] for kind in ("anti", "sound_alike", "no_speech"))
    assert anti["differences"]["wer"] == {"value": -0.5, "low": None, "high": None, "permutation_p": 1.0}
    assert sound_alike["differences"]["false_accept"]["value"] == 1.0
    assert silent["differences"]["with_words"]["value"] == 1.0
    assert scores["by_kind"]["positive"]["differences"]["b_wer"] == {
        "value": pytest.approx(-2 / 3), "low": -1.0, "high": -0.5, "permutation_p": 0.5
    }  # fmt: skip
    assert scores["by_kind"]["all"]["permutation_p"] == 1.0


def test_arms_that_differ_in_nothing_differ_by_exactly_nothing(tmp_path: Path) -> None:
    same = [
        (one, {**arms, "with_context": replace(arms["with_context"], text=arms["without_context"].text)})
        for one, arms in TURNS
    ]
    for group in score_run(write_finished_run(tmp_path, same))["by_kind"].values():
        differences = group["differences"].values()
        assert {change["value"] for change in differences} <= {0.0, None}
        assert {change[bound] for change in differences for bound in ("low", "high")} <= {0.0, None}
        assert {change["permutation_p"] for change in differences} == {1.0} == {group["permutation_p"]}
        assert group["relative_wer_reduction"]["value"] in {0.0, None}
        for name in MEASURES:
            assert group["with_context"][name] == group["without_context"][name]


def test_each_value_of_a_slice_repeats_the_shape_of_the_kinds(tmp_path: Path) -> None:
    slices: list[dict[str, Any]] = [{"snr_db": 10}, {"snr_db": 5, "noise": "pink"}, {"snr_db": 10}, {}, {"clean": True}]
    turns = [(replace(one, slices=of), arms) for (one, arms), of in zip(TURNS, slices, strict=False)]
    scores = score_run(write_finished_run(tmp_path, turns))
    by_slice = scores["by_slice"]
    assert {name: list(values) for name, values in by_slice.items()} == {
        "clean": ["true"], "noise": ["pink"], "snr_db": ["5", "10"]
    }  # fmt: skip
    ten = by_slice["snr_db"]["10"]
    assert ten.keys() == {"positive", "anti", "all"}
    assert ten["positive"].keys() == scores["by_kind"]["positive"].keys()
    assert (ten["positive"]["without_context"]["wer"], ten["anti"]["without_context"]["wer"]) == (1.0, 0.5)
    assert ten["all"]["without_context"]["n_utterances"] == 2


def test_counts_add_up_from_kinds_and_slices_to_all(tmp_path: Path) -> None:
    turns = [(replace(one, slices={"half": number % 2}), arms) for number, (one, arms) in enumerate(TURNS)]
    scores = score_run(write_finished_run(tmp_path, turns))
    kinds, halves = scores["by_kind"], scores["by_slice"]["half"].values()
    for arm in ("without_context", "with_context"):
        for name in ("n_utterances", "n_words", "n_errors", "n_bias_words"):
            total = kinds["all"][arm][name]
            assert sum(group[arm][name] for kind, group in kinds.items() if kind != "all") == total
            assert sum(half["all"][arm][name] for half in halves) == total


def test_homophones_are_reported_apart(tmp_path: Path) -> None:
    homophone = (
        reference(7, "Mail", "sound_alike", "g", context=("Male Voice",), slices={"homophone": True}),
        recognition("mail", "male"),
    )
    by_kind = score_run(write_finished_run(tmp_path, [*TURNS, homophone]))["by_kind"]
    assert by_kind["sound_alike"]["with_context"]["n_utterances"] == 1
    assert by_kind["homophone"]["without_context"]["correct"] == 1.0
    assert by_kind["homophone"]["with_context"]["false_accept"] == 1.0
    assert by_kind["all"]["with_context"]["n_utterances"] == 7


def test_each_ablation_is_measured_against_no_context(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    turns = [
        (one, {**arms, "placebo": arms["without_context"], "only:contacts": arms["with_context"]})
        for one, arms in TURNS
    ]
    folder = write_finished_run(tmp_path, turns)
    scores = score_run(folder)
    positive = scores["by_kind"]["positive"]
    assert positive["ablation"] == {
        "placebo": {"value": 0.0, "low": 0.0, "high": 0.0, "permutation_p": 1.0},
        "only:contacts": {**positive["relative_wer_reduction"], "permutation_p": positive["permutation_p"]},
    }
    assert positive["only:contacts"] == positive["with_context"]
    assert {name: change["value"] for name, change in positive["placebo_differences"].items()} == {
        "wer": 0.0, "b_wer": 0.0, "u_wer": 0.0, "cer": 0.0, "entity_recall": 0.0
    }  # fmt: skip
    assert scores["latency"].keys() == {"without_context", "with_context", "placebo", "only:contacts"}
    assert main([str(folder)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["positive", "placebo", "50.0", "0.0", "0.0", "0.0", "1.0000"] in lines
    assert ["entity_recall", "0.0", "0.0", "0.0", "1.0000"] in lines


def test_a_run_without_the_arm_with_context_has_measures_and_no_gain(tmp_path: Path) -> None:
    plain = [(one, {"without_context": arms["without_context"]}) for one, arms in TURNS]
    scores = score_run(write_finished_run(tmp_path, plain))
    positive = scores["by_kind"]["positive"]
    assert positive["without_context"]["wer"] == 0.5
    assert positive["relative_wer_reduction"] == {"value": None, "low": None, "high": None}
    assert positive["permutation_p"] is None
    assert main([str(tmp_path)]) == 0


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
    assert exit_status(main, [str(folder)]) == 1
    assert "5 of 6 utterances" in capsys.readouterr().err
    assert not (folder / "scores.json").exists()


def test_a_folder_that_is_no_run_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status(main, [str(tmp_path)]) == 1
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
