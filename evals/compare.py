"""`python -m evals.compare DIR_A DIR_B`: two runs over the same utterances, for example of two models, arm by arm.

`--out` writes what is printed, and more, as JSON: `by_kind.<kind>.<arm>` with `first` and `second` (the arm's measures
in the two runs), `relative_wer_reduction` of the second run against the first, `permutation_p`, and
`differences.<measure>` (second - first), each with its paired interval over dialogues and its p value.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.command import run_command
from core.errors import RunError
from evals.comparison import Comparison
from evals.finished import FinishedRun, read_finished_run
from evals.groups import ALL, Scores, compare_arms, list_kinds, measure_arm
from evals.results import ARMS, Reference, write_json
from evals.score import HEADLINE
from evals.table import align_columns, format_gain, format_number
from evals.tally import Tally, add_by_dialogue, tally_run

FIRST, SECOND = "first", "second"
COMPARED = ("dialogue_id", "kind", "text", "bias_words", "context", "slices")


def compare_runs(first: FinishedRun, second: FinishedRun) -> Scores:
    """The differences in every arm that both runs have.

    Raises:
        RunError: the runs are not over the same utterances, or have no arm in common.
    """
    _check_same(first, second)
    arms = [arm for arm in first.arms if arm in second.arms]
    if not arms:
        raise RunError(f"{first.folder} and {second.folder} have no arm in common.")
    tallies = tally_run(first, HEADLINE), tally_run(second, HEADLINE)
    seed = first.description["seed"]
    return {
        FIRST: _describe(first),
        SECOND: _describe(second),
        "by_kind": {
            kind: {arm: _compare_arm(tallies, arm, seed, kind) for arm in arms}
            for kind in (*list_kinds(tallies[0]), ALL)
        },
    }


def format_comparison(comparison: Mapping[str, Any]) -> str:
    """The two main arms as a table to read in a terminal, shares in percent."""
    headings = [f"{name}: {comparison[name]['run']} ({comparison[name]['model']})" for name in (FIRST, SECOND)]
    columns = ["kind", "arm", "measure", FIRST, SECOND, "change", "low", "high", "p"]
    by_kind = comparison["by_kind"].items()
    groups = [(kind, arm, arms[arm]) for kind, arms in by_kind for arm in ARMS if arm in arms]
    rows = [row for kind, arm, group in groups for row in _list_rows(kind, arm, group)]
    return "\n".join([*headings, "", *align_columns([columns, *rows], texts=3)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print a table, and write JSON where asked; returns the exit status."""
    options = _parser().parse_args(arguments)
    comparison = compare_runs(read_finished_run(options.first), read_finished_run(options.second))
    if options.out:
        write_json(options.out, comparison)
    print(format_comparison(comparison))
    return 0


def _check_same(first: FinishedRun, second: FinishedRun) -> None:
    ones, others = first.references, second.references
    shared = [key for key in ones if key in others and _essence(ones[key]) == _essence(others[key])]
    differing = len(ones.keys() | others.keys()) - len(shared)
    if differing:
        raise RunError(
            f"{first.folder} and {second.folder} are not over the same utterances: {differing} are in one of them only "
            "or differ in text, kind or context; run both on the same set."
        )


def _essence(reference: Reference) -> list[object]:
    """What measures depend on; the same words in other noise may well be compared."""
    return [getattr(reference, name) for name in COMPARED]


def _describe(run: FinishedRun) -> dict[str, Any]:
    return {"run": run.folder.resolve().name, "set": run.description.get("set"), "model": run.description.get("model")}


def _compare_arm(tallies: tuple[list[Tally], list[Tally]], arm: str, seed: int, kind: str) -> Scores:
    columns = {
        name: add_by_dialogue([tally for tally in run if kind in (ALL, tally.kind)], [arm])[arm]
        for name, run in zip((FIRST, SECOND), tallies, strict=True)
    }
    measured = {name: measure_arm(column, kind) for name, column in columns.items()}
    return {**measured, **compare_arms(Comparison.of(columns, seed), FIRST, SECOND, kind)}


def _list_rows(kind: str, arm: str, group: Mapping[str, Any]) -> Iterator[list[str]]:
    for name, change in group["differences"].items():
        measured = [format_number(group[run].get(name)) for run in (FIRST, SECOND)]
        yield [kind, arm, name, *measured, *format_gain(change, change["permutation_p"])]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evals.compare", description="Compare two finished runs over the same utterances."
    )
    parser.add_argument("first", type=Path, metavar="DIR_A", help="folder of a run")
    parser.add_argument("second", type=Path, metavar="DIR_B", help="folder of the run to compare with it")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the comparison as JSON")
    return parser


if __name__ == "__main__":
    run_command(main)
