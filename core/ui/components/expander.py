"""Folded parts of a page that cost nothing until somebody looks into them."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st


@contextmanager
def draw_when_opened(label: str, key: str) -> Iterator[bool]:
    """An expander; yields whether its content is to be drawn: from the first time on that it was opened, so that what
    was typed in there stays when it is folded again.
    """
    expander = st.expander(label, key=key, on_change="rerun")
    if expander.open:
        st.session_state[f"{key}_opened"] = True
    with expander:
        yield f"{key}_opened" in st.session_state
