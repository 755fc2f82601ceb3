"""What the committed run says, in one sentence and its figures; for a page that shows nothing else of it."""

from pathlib import Path

import streamlit as st

from core.errors import ProjectError
from core.ui.components.evaluation.runs import list_shipped_runs, read_scores
from evals.report.verdict import choose_part, tell_headline


def draw_verdict(data_dir: Path) -> None:
    """The newest run that ships, or what to do where there is none."""
    runs = list_shipped_runs(data_dir)
    if not runs:
        st.markdown("No evaluation run ships yet, so there is no figure to show; the Evaluate page starts one.")
        return
    try:
        part, of = choose_part(read_scores(runs[0]))
    except ProjectError as error:
        st.error(str(error))
        return
    verdict, figures = tell_headline(part)
    st.header(verdict)
    st.markdown(f"{figures} {of} Run: {runs[0].name}. The Evaluate page has all of it.")
