"""What the committed run says, in one sentence and its figures; for a page that shows nothing else of it."""

from pathlib import Path

import streamlit as st

from core.errors import ProjectError
from core.ui.components.evaluation.runs import list_shipped_runs, read_scores
from evals.report.verdict import tell_headline


def draw_verdict(data_dir: Path) -> None:
    """The newest run that ships, or what to do where there is none."""
    runs = list_shipped_runs(data_dir)
    if not runs:
        st.markdown("No evaluation run ships yet, so there is no figure to show; the Evaluate page starts one.")
        return
    try:
        verdict, figures = tell_headline(read_scores(runs[0])["by_kind"])
    except ProjectError as error:
        st.error(str(error))
        return
    st.header(verdict)
    st.markdown(f"{figures} Run: {runs[0].name}. The Evaluate page has all of it.")
