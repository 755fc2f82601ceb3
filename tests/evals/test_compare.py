import json
from pathlib import Path
from typing import Any

import pytest

from evals.compare import compare_runs, main
from evals.finished import read_finished_run
from evals.results import Reference
from tests.commands import exit_status
from tests.evals.builders import Arms, recognition, reference, write_finished_run

CONTACTS = ("Meg Jones", "Meg Bauer")
Turn = tuple[Reference, Arms]
FIRST: list[Turn] = [
    (reference(1, "Call Bauer", dialogue_id="a", bias_words=("Bauer",), context=CONTACTS), recognition("x", "call x")),
    (reference(2, "Jones", dialogue_id="b", bias_words=("Jones",), context=CONTACTS), recognition("x", "x")),
    (reference(3, "Power", "sound_alike", "c", context=CONTACTS), recognition("power", "bauer")),
    (reference(4, "", "no_speech", "d", context=CONTACTS), recognition("", "Meg")),
]
SECOND: list[Turn] = [
    (FIRST[0][0], recognition("x", "call bauer")),
    (FIRST[1][0], recognition("x", "jones")),
    (FIRST[2][0], recognition("power", "power")),
    (FIRST[3][0], recognition("", "")),
]


def compare(tmp_path: Path, first: list[Turn], second: list[Turn]) -> dict[str, Any]:
    folders = write_finished_run(tmp_path / "a", first), write_finished_run(tmp_path / "b", second)
    return compare_runs(*map(read_finished_run, folders))


def test_what_the_second_run_does_better_is_told_for_each_kind(tmp_path: Path) -> None:
    by_kind = compare(tmp_path, FIRST, SECOND)["by_kind"]
    positive = by_kind["positive"]["with_context"]
    assert positive["first"]["wer"] == pytest.approx(2 / 3)
    assert positive["second"]["wer"] == 0.0
    assert positive["relative_wer_reduction"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert positive["differences"]["wer"]["value"] == pytest.approx(-2 / 3)
    assert positive["permutation_p"] == 2 / 4
    assert by_kind["sound_alike"]["with_context"]["differences"]["false_accept"]["value"] == -1.0
    assert by_kind["no_speech"]["with_context"]["differences"]["with_words"]["value"] == -1.0
    assert by_kind["all"]["with_context"]["first"]["n_utterances"] == 4


def test_an_arm_that_did_not_change_differs_by_exactly_nothing(tmp_path: Path) -> None:
    for arms in compare(tmp_path, FIRST, SECOND)["by_kind"].values():
        changes = arms["without_context"]["differences"].values()
        assert {change["value"] for change in changes} <= {0.0, None}
        assert {change["permutation_p"] for change in changes} == {1.0}


def test_the_order_of_the_second_run_changes_nothing(tmp_path: Path) -> None:
    forwards = compare(tmp_path / "forwards", FIRST, SECOND)
    assert compare(tmp_path / "backwards", FIRST, SECOND[::-1]) == forwards


@pytest.mark.parametrize(
    "second",
    [
        SECOND[:-1],
        [*SECOND, (reference(9, "more"), recognition("", ""))],
        [(reference(1, "Call Jones", dialogue_id="a", context=CONTACTS), recognition("x", "x")), *SECOND[1:]],
        [*SECOND[:-1], (reference(4, "", "no_speech", "d"), recognition("", ""))],
    ],
)
def test_runs_over_other_utterances_are_told_in_one_line(
    tmp_path: Path, second: list[Turn], capsys: pytest.CaptureFixture[str]
) -> None:
    folders = write_finished_run(tmp_path / "a", FIRST), write_finished_run(tmp_path / "b", second)
    assert exit_status(main, list(map(str, folders))) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "not over the same utterances: 1 are" in error


def test_the_command_prints_a_table_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = write_finished_run(tmp_path / "a", FIRST), write_finished_run(tmp_path / "b", SECOND)
    assert main([*map(str, folders), "--out", str(tmp_path / "comparison.json")]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["positive", "with_context", "wer", "66.7", "0.0", "-66.7", "-100.0", "-50.0", "0.5000"] in lines
    written = json.loads((tmp_path / "comparison.json").read_text())
    assert written == json.loads(json.dumps(compare_runs(*map(read_finished_run, folders))))
    assert written["second"] == {"run": "b", "set": "followups/manifest.jsonl", "model": "tiny.en"}
