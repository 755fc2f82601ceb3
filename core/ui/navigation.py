"""The pages and their order."""

from pathlib import Path

import streamlit as st

from core.ui.resources import warm_up

PAGES = Path(__file__).parent / "pages"
TITLES = ("Walkthrough", "Live", "Evaluate", "Store", "System")


def open_pages() -> None:
    """Set up the browser's tab and run the page that is asked for.

    Loading the models begins last, so that it does not slow down the first picture, whichever page that is.
    """
    st.set_page_config(page_title="Contextual speech recognition", page_icon="🎙️", layout="wide")
    pages = [st.Page(PAGES / f"{title.lower()}.py", title=title, default=title == TITLES[0]) for title in TITLES]
    st.navigation(pages, position="top").run()
    warm_up().begin()
