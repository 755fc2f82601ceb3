"""The aims beside the committed runs, and beside a small run with another recogniser."""

from pathlib import Path

import pytest

from core.settings import Settings
from evals.benchmarks import accuracy
from evals.benchmarks.accuracy import AIMS, RUNS, measure_accuracy
from evals.benchmarks.figure import Figure
from evals.finished import read_finished_run
from tests.evals.builders import recognition, reference, write_finished_run

SLICES = {"split": "test", "list_size": "small", "snr_db": 20}


def measure() -> list[Figure]:
    return list(measure_accuracy(Path("unused"), Settings()))


def test_every_aim_has_its_row_in_the_committed_runs() -> None:
    rows = measure()
    asked = {f"{name}: {aim.name}" for name, aims in AIMS.items() for aim in aims}
    assert asked <= {row.name for row in rows}
    small = next(row for row in rows if row.name == "followups: positive, 2-12 items")
    references = read_finished_run(RUNS / "followups").references.values()
    wanted = {"split": "test", "list_size": "small"}
    assert small.count == sum(one.kind == "positive" and wanted.items() <= {**one.slices}.items() for one in references)


def test_what_is_not_of_the_test_split_is_left_out_and_others_stand_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = [
        (reference(1, "bauer", "positive", "d1", slices=SLICES), recognition("power", "bauer", stock_hotwords="power")),
        (reference(2, "jones", "positive", "d2", slices=SLICES), recognition("jones", "jones", stock_hotwords="jones")),
        (
            reference(3, "x", "positive", "d3", slices={**SLICES, "split": "dev"}),
            recognition("y", "y", stock_hotwords="y"),
        ),
    ]
    write_finished_run(tmp_path / "one", turns)
    monkeypatch.setattr(accuracy, "RUNS", tmp_path)
    monkeypatch.setattr(accuracy, "AIMS", {"followups": AIMS["followups"][:1]})
    ours, theirs = measure()
    assert ours.value.startswith("WER 50.0 -> 0.0 %, less by 100.0 %")
    assert (theirs.name.strip(), theirs.value.split(",")[0], theirs.target) == (
        "stock_hotwords",
        "WER 50.0 -> 50.0 %",
        "-",
    )
    assert (ours.count, theirs.count) == (2, 2)
