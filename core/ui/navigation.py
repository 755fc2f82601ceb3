"""The pages and their order."""

from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parent / "pages"


def open_pages() -> None:
    """Set up the browser's tab and run the page that is asked for."""
    st.set_page_config(page_title="Contextual speech recognition", page_icon="🎙️", layout="wide")
    live = st.Page(PAGES / "live.py", title="Live", default=True)
    evaluate = st.Page(PAGES / "evaluate.py", title="Evaluate")
    st.navigation([live, evaluate], position="top").run()
