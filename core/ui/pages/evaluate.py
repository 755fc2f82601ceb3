from pathlib import Path

import streamlit as st

from core.errors import ProjectError
from core.settings import Settings
from core.ui.components.evaluation.ablation import draw_ablation
from core.ui.components.evaluation.export import draw_export
from core.ui.components.evaluation.headline import choose_slice, draw_headline, draw_measures
from core.ui.components.evaluation.new_run import draw_new_run
from core.ui.components.evaluation.runs import RunView, choose_run, list_runs, view_run
from core.ui.components.evaluation.utterances import choose_utterance, draw_utterance


def draw_run(folder: Path) -> None:
    """A run's figures and utterances, or why it cannot be shown."""
    try:
        view = view_run(folder)
    except ProjectError as error:
        st.error(str(error))
        return
    draw_headline(view)
    draw_slice(view)
    draw_export(view)


def draw_slice(view: RunView) -> None:
    """The part of the set that is chosen: its measures, and its utterances."""
    chosen = choose_slice(view)
    draw_measures(chosen.choose_scores(view.scores))
    draw_ablation(chosen.choose_scores(view.scores))
    changes = [change for change in view.changes if chosen.holds(change.reference)]
    change = choose_utterance(changes, key=f"utterances {view.run.folder} {chosen}")
    if change is not None:
        draw_utterance(change, view.clips.get(change.reference.utterance_id))


def draw_page() -> None:
    """The page from top to bottom."""
    st.title("What does context change?")
    st.write("The same clips, recognised without context and with it, and nothing else between them.")
    try:
        settings = Settings.from_env()
    except ProjectError as error:
        st.error(str(error))
        return
    folder = choose_run(list_runs(settings.data_dir))
    if folder is None:
        st.info(
            "There is no run yet. Start one below, or with "
            "`python -m evals.run --manifest data/followups/manifest.jsonl --out runs/followups`."
        )
    else:
        draw_run(folder)
    draw_new_run(settings)


draw_page()
