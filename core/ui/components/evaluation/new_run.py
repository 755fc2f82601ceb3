"""Start a run, watch it, stop it."""

import re
from pathlib import Path

import streamlit as st

from core.errors import ProjectError
from core.models import PACKAGED
from core.settings import ROOT, Settings
from core.ui.components.evaluation.process import Desk, Evaluation, Progress, RunRequest
from core.ui.components.evaluation.runs import NEXT_RUN, own_folder
from evals.manifest import MANIFEST

MAX_NAME = 80  # characters


@st.cache_resource(show_spinner=False)
def open_desk() -> Desk:
    """The desk of this server: a run goes on when a tab is closed, and every tab sees it."""
    return Desk()


def draw_new_run(settings: Settings) -> None:
    """The run that goes on or what became of the last one, and a form for the next."""
    st.header("New run")
    desk = open_desk()
    if desk.latest is not None and desk.is_busy:
        watch_run(desk.latest)
    elif desk.latest is not None:
        _tell_outcome(desk.latest)
    request = ask_for_run(settings)
    if st.button("Start", disabled=desk.is_busy or request is None) and request is not None:
        _start(desk, request)


@st.fragment(run_every=1.0)
def watch_run(evaluation: Evaluation) -> None:
    """Progress and a way to stop; the whole page runs again at the end, with the new run chosen."""
    progress = evaluation.poll()
    if evaluation.outcome is not None:
        if evaluation.outcome == "done":
            st.session_state[NEXT_RUN] = evaluation.request.folder
        st.rerun()
    st.progress(progress.done / progress.total, text=tell_progress(progress))
    if st.button("Stop", help="What is finished is kept."):
        evaluation.stop()
        st.rerun()


def ask_for_run(settings: Settings) -> RunRequest | None:
    """Widgets for what is to be run; None as long as something is missing."""
    chosen_set, chosen_model, first = st.columns([2, 1, 1])
    set_ = chosen_set.selectbox(
        "Set, or the path of a folder with a manifest.jsonl",
        list_sets(settings.data_dir),
        accept_new_options=True,
        key="new_run_set",
    )
    models = list(dict.fromkeys([settings.model, *PACKAGED]))
    model = chosen_model.selectbox("Model, or its path", models, accept_new_options=True, key="new_run_model")
    limit = first.number_input("Only the first", min_value=1, value=None, placeholder="all", key="new_run_limit")
    if not set_ or not model:
        return None
    proposed = name_run(set_, model, limit)
    name = st.text_input("Name; under the same name a stopped run goes on", proposed, max_chars=MAX_NAME)
    return RunRequest(_find_manifest(settings.data_dir, set_), own_folder(_slug(name or proposed)), model, limit)


def list_sets(data_dir: Path) -> list[str]:
    """The folders under `data_dir` that hold a manifest."""
    return sorted(str(path.parent.relative_to(data_dir)) for path in data_dir.rglob(MANIFEST))


def name_run(set_: str, model: str, limit: int | None) -> str:
    """A name that tells what was run."""
    parts = [set_, Path(model).name, *([f"first-{limit}"] if limit else [])]
    return _slug("-".join(parts))


def tell_progress(progress: Progress) -> str:
    """How far, and how long still."""
    told = f"{progress.done} of {progress.total} utterances"
    if progress.done == progress.total:
        return f"{told}; measuring"
    if progress.remaining_s is None:
        return f"{told}; estimating the time" if progress.done else "Loading the models"
    minutes, seconds = divmod(round(progress.remaining_s), 60)
    return f"{told}; about {f'{minutes} min ' if minutes else ''}{seconds} s left"


def _start(desk: Desk, request: RunRequest) -> None:
    try:
        desk.start(request)
    except ProjectError as error:
        st.error(str(error))
        return
    st.rerun()


def _tell_outcome(evaluation: Evaluation) -> None:
    name = evaluation.request.folder.name
    if evaluation.outcome == "done":
        st.success(f"{name} is finished and among the runs above.")
    elif evaluation.outcome == "stopped":
        progress = evaluation.poll()
        st.info(
            f"{name} was stopped: {progress.done} of {progress.total} utterances are kept; start it again to go on."
        )
    else:
        st.error(f"{name} failed. {evaluation.error}")


def _find_manifest(data_dir: Path, set_: str) -> Path:
    """Relative to the project's folder where it lies in there: a run's file then names no folder of this machine."""
    folder = data_dir / set_ if (data_dir / set_ / MANIFEST).exists() else Path(set_).expanduser()
    path = folder if folder.suffix == ".jsonl" else folder / MANIFEST
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def _slug(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[-MAX_NAME:] or "run"
