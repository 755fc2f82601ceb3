import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jiwer
import pytest

from evals.export import disarm_cell, main
from evals.manifest import read_manifest
from evals.results import Reference
from evals.score import score_run
from tests.commands import exit_status
from tests.evals.builders import Arms, recognition, reference, write_finished_run

TRN = re.compile(r"(?P<words>.*?) ?\((?P<id>[^()\s]+)\)")
DANGEROUS = replace(reference(2, "=1+1", slices={"noise": "-x"}), speaker="=cmd", utterance_id="@u (2)")
TURNS: list[tuple[Reference, Arms]] = [
    (reference(1, "Call Bauer.", bias_words=("Bauer",), context=("Meg Bauer",), slices={"snr_db": 10}),
     recognition("Coal Power.", "Call Bauer!", "used", **{"only:contacts": "Bauer."})),
    (DANGEROUS, recognition('@SUM(A1) "quoted", twice', "-2\nlines", "used", **{"only:contacts": "\tno"})),
    (reference(3, "", "no_speech"), recognition("", "", "used", **{"only:contacts": ""})),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_finished_run(tmp_path / "run", TURNS)


def export(folder: Path, format_: str, name: str) -> Path:
    path = folder.parent / name
    assert main([str(folder), "--format", format_, "--out", str(path)]) == 0
    return path


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_trn(path: Path) -> dict[str, str]:
    found = [TRN.fullmatch(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {one["id"]: one["words"] for one in found if one}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(start: str) -> None:
    assert disarm_cell(f"{start}1") == f"'{start}1"


@pytest.mark.parametrize("value", ["", "Bauer", "a=b", " =1", "'", -0.25, 3, None])
def test_other_cells_stay_as_they_are(value: object) -> None:
    assert disarm_cell(value) is value


def test_the_table_holds_every_utterance_and_no_formula(folder: Path) -> None:
    with export(folder, "csv", "run.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["utterance_id"] for row in rows] == ["u1", "'@u (2)", "u3"]
    assert (rows[1]["text"], rows[1]["speaker"], rows[1]["slice.noise"]) == ("'=1+1", "'=cmd", "'-x")
    assert rows[1]["without_context.text"] == '\'@SUM(A1) "quoted", twice'
    assert rows[1]["with_context.text"] == "'-2\nlines"
    assert rows[0]["slice.noise"] == ""
    assert float(rows[1]["with_context.avg_logprob"]) == -0.1
    texts = (cell for row in rows for name, cell in row.items() if not name.endswith("_logprob"))
    assert not [cell for cell in texts if cell.startswith(("=", "+", "-", "@", "\t"))]


def test_errors_of_the_lines_add_up_to_those_of_the_run(folder: Path) -> None:
    rows, scores = read_lines(export(folder, "jsonl", "run.jsonl")), score_run(folder)
    for arm in ("without_context", "with_context", "only:contacts"):
        measured = scores["by_kind"]["all"][arm]
        assert sum(row[f"{arm}.errors"] for row in rows) == measured["n_errors"]
        assert sum(row["n_words"] for row in rows) == measured["n_words"]


def test_json_lines_leave_texts_untouched(folder: Path) -> None:
    rows = read_lines(export(folder, "jsonl", "run.jsonl"))
    assert (rows[1]["text"], rows[1]["with_context.text"]) == ("=1+1", "-2\nlines")
    assert (rows[0]["slice.snr_db"], rows[0]["bias_words"], rows[0]["only:contacts.b_errors"]) == (10, "Bauer", 0)


def test_sclite_counts_the_words_that_our_wer_counts(folder: Path) -> None:
    trn = export(folder, "trn", "trn")
    said, scores = read_trn(trn / "reference.trn"), score_run(folder)
    assert said == {"someone-u1": "call bauer", "%3Dcmd-%40u%20%282%29": "1 1", "someone-u3": ""}
    for arm, name in [("without_context",) * 2, ("with_context",) * 2, ("only:contacts", "only_contacts")]:
        heard = read_trn(trn / f"{name}.trn")
        assert heard.keys() == said.keys()
        spoken = [key for key, words in said.items() if words]
        wer = jiwer.wer([said[key] for key in spoken], [heard[key] for key in spoken])
        assert scores["by_kind"]["all"][arm]["wer"] == pytest.approx(wer)


def test_the_nemo_manifest_holds_all_arms_and_is_a_manifest(folder: Path, tmp_path: Path) -> None:
    for one, _ in TURNS:
        (tmp_path / one.audio_filepath).parent.mkdir(exist_ok=True)
        (tmp_path / one.audio_filepath).touch()
    path = export(folder, "nemo", "nemo.jsonl")
    lines = read_lines(path)
    assert list(lines[0])[:2] == ["audio_filepath", "duration"]
    assert [line["pred_text_without_context"] for line in lines] == ["Coal Power.", '@SUM(A1) "quoted", twice', ""]
    assert [line["pred_text_with_context"] for line in lines] == ["Call Bauer!", "-2\nlines", ""]
    assert lines[0]["pred_text_only_contacts"] == "Bauer."
    assert [Reference.of(utterance) for utterance in read_manifest(path)] == [one for one, _ in TURNS]


@pytest.mark.parametrize("format_", ["csv", "jsonl", "trn", "nemo"])
def test_a_place_that_cannot_be_written_to_is_told_in_one_line(
    folder: Path, format_: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / "run.json" / "out"
    assert exit_status(main, [str(folder), "--format", format_, "--out", str(out)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
