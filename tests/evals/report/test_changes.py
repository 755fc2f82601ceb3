from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.finished import read_finished_run
from evals.report.changes import Cell, align_arms, list_changes, list_confusions
from evals.tally import tally_run
from tests.evals.builders import recognition, reference, write_finished_run

WORDS = st.lists(st.sampled_from(["call", "meg", "bauer", "power"]), max_size=6).map(tuple)


def words(row: tuple[Cell, ...]) -> list[str]:
    return [cell.word for cell in row if cell.word]


def letters(row: tuple[Cell, ...]) -> str:
    return "".join(cell.letter or "." for cell in row)


@pytest.mark.parametrize(
    ("said", "without", "with_", "rows"),
    [
        ("call bauer", "call power", "call bauer", ("..", ".S", "..")),
        ("call bauer", "call", "bauer", ("..", ".D", "D.")),
        # An insertion of one arm opens a column for all three.
        ("cancel that", "cancel that", "can't sell that", ("...", "...", "IS.")),
        ("bauer", "bauer please now", "bauer", ("...", ".II", "...")),
        ("", "you", "", (".", "I", ".")),
        ("", "", "", ("", "", "")),
    ],
)
def test_three_rows_stand_in_columns(said: str, without: str, with_: str, rows: tuple[str, str, str]) -> None:
    aligned = align_arms(tuple(said.split()), tuple(without.split()), tuple(with_.split()))
    assert tuple(map(letters, aligned)) == rows


@given(WORDS, WORDS, WORDS)
def test_rows_are_of_one_length_and_hold_their_texts(
    said: tuple[str, ...], without: tuple[str, ...], with_: tuple[str, ...]
) -> None:
    rows = align_arms(said, without, with_)
    assert len({len(row) for row in rows}) == 1
    assert [tuple(words(row)) for row in rows] == [said, without, with_]


TURNS = [
    (reference(1, "Call Bauer"), recognition("call power", "call bauer")),
    (reference(2, "Power"), recognition("power", "bauer")),
    (reference(3, "Never mind"), recognition("never mind", "never mind")),
    (reference(4, "Meg"), recognition("mack", "make")),
    (reference(5, "Bauer"), recognition("power", "bauer")),
]


def test_the_worst_regression_comes_first_and_the_unchanged_last(tmp_path: Path) -> None:
    run = read_finished_run(write_finished_run(tmp_path, TURNS))
    changes = list_changes(run, tally_run(run, "names"))
    assert [one.reference.utterance_id for one in changes] == ["u2", "u4", "u1", "u5", "u3"]
    assert [(one.change, one.differs) for one in changes] == [(1, True), (0, True), (-1, True), (-1, True), (0, False)]


def test_confusions_fixed_and_broken_are_counted(tmp_path: Path) -> None:
    run = read_finished_run(write_finished_run(tmp_path, TURNS))
    fixed, broken = list_confusions(tally_run(run, "names"))
    assert fixed == [(("bauer", "power"), 2), (("meg", "mack"), 1)]
    assert broken == [(("meg", "make"), 1), (("power", "bauer"), 1)]
