"""Folded parts of a page that cost nothing until somebody looks into them."""

from collections.abc import Callable

import streamlit as st


def draw_when_opened(label: str, key: str, draw: Callable[[], None]) -> None:
    """An expander whose content is drawn from the first time on that it was opened, so that what was typed in there
    stays when it is folded again.
    """
    expander = st.expander(label, key=key, on_change="rerun")
    if expander.open:
        st.session_state[f"{key}_opened"] = True
    if f"{key}_opened" in st.session_state:
        with expander:
            draw()
