"""Which runs there are to look at, and everything that the page shows of one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import streamlit as st

from core.errors import ManifestError, RunError
from core.settings import ROOT
from evals.finished import FinishedRun, read_finished_run
from evals.groups import Scores
from evals.report.audio import find_clips
from evals.report.changes import Change, list_changes
from evals.results import HYPOTHESES, RUN, SCORES, WITH_CONTEXT
from evals.score import HEADLINE, score_run
from evals.tally import tally_run

OWN_RUNS = ROOT / "runs"
SHOWN_RUN = "shown_run"
NEXT_RUN = "next_run"
KEPT_VIEWS = 4


@dataclass(frozen=True, slots=True)
class RunView:
    """A measured run. `changes` are its utterances, the worst regression first; `clips` are empty if not at hand."""

    run: FinishedRun
    scores: Scores
    changes: Sequence[Change]
    clips: Mapping[str, Path]


def own_folder(name: str) -> Path:
    """Where a run that is made here is kept."""
    return OWN_RUNS / name


def list_runs(data_dir: Path) -> list[Path]:
    """Runs that ship, by name, then those that were made here, the newest first."""
    return [*list_shipped_runs(data_dir), *_newest_first(OWN_RUNS)]


def list_shipped_runs(data_dir: Path) -> list[Path]:
    """Runs that ship, by name: their files are as old as the checkout, so their times tell nothing."""
    return sorted(_newest_first(data_dir / "runs"))


def choose_run(runs: Sequence[Path]) -> Path | None:
    """A widget to choose a run; None where there is none. A run that has just been finished is chosen by itself."""
    if not runs:
        return None
    if (finished := st.session_state.pop(NEXT_RUN, None)) in runs:
        st.session_state[SHOWN_RUN] = finished
    return st.selectbox("Run", runs, format_func=_name_run, key=SHOWN_RUN)


def view_run(folder: Path) -> RunView:
    """Read a run, and measure it where that was not done before.

    Raises:
        RunError: the run is damaged, unfinished or without context.
    """
    return _view_run(folder, _finished_at_s(folder))


def read_scores(folder: Path) -> Scores:
    """A run's scores, measured where that was not done before.

    Raises:
        RunError: the run is damaged or unfinished.
    """
    try:
        scores: Scores = json.loads((folder / SCORES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return score_run(folder)
    return scores


def tell_date(folder: Path) -> str:
    """When a run that was made here was finished. The files of one that ships are as old as their checkout."""
    if not folder.is_relative_to(OWN_RUNS):
        return ""
    return f", finished on {datetime.fromtimestamp(_finished_at_s(folder)).astimezone():%Y-%m-%d}"


@st.cache_resource(max_entries=KEPT_VIEWS, show_spinner="Measuring the run…")
def _view_run(folder: Path, _finished_at_s: float) -> RunView:
    run = read_finished_run(folder)
    if WITH_CONTEXT not in run.arms:
        raise RunError(f"{folder} has no arm {WITH_CONTEXT}: there is nothing to compare.")
    return RunView(run, read_scores(folder), list_changes(run, tally_run(run, HEADLINE)), _find_clips(run))


def _find_clips(run: FinishedRun) -> Mapping[str, Path]:
    """Where the run says they are, or in the set of that name; only those that were recognised."""
    try:
        return find_clips(run, ROOT / str(run.description.get("manifest")))
    except (ManifestError, RunError):
        return find_clips(run, None)


def _newest_first(folder: Path) -> list[Path]:
    runs = [path.parent for path in folder.rglob(RUN) if (path.parent / HYPOTHESES).exists()]
    return sorted(runs, key=_finished_at_s, reverse=True)


def _finished_at_s(folder: Path) -> float:
    return (folder / HYPOTHESES).stat().st_mtime


def _name_run(folder: Path) -> str:
    if folder.is_relative_to(OWN_RUNS):
        return f"{folder.relative_to(OWN_RUNS)}, made here"
    return f"{folder.name}, ships with the project"
