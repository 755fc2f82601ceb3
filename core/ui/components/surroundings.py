"""What the device knows without being told in words: the list on its screen, and what its user likes."""

import pandas as pd
import streamlit as st

from core.ui.components.expander import draw_when_opened
from core.ui.session import LiveSession

COLUMN = "entry"
EXAMPLE_SIZE = 4
LIKES = "What you like, such as “quiet places” or “jazz”; it decides between things that fit equally well"


def draw_surroundings(session: LiveSession) -> None:
    """The table to fill, what the user likes, and the list as the device shows it."""
    draw_when_opened("The device's screen, and what you like", "surroundings", lambda: _draw_editor(session))
    if session.screen:
        _draw_device(session)


def _draw_editor(session: LiveSession) -> None:
    st.markdown("Show a list, then say an entry, a part of it, or “the second one”.")
    entries = _edit(session)
    with st.container(horizontal=True):
        st.button("Show this list", on_click=session.show, args=(entries,))
        st.button("Switch the screen off", on_click=session.show, args=((),), disabled=not session.screen)
    st.text_input(LIKES, session.likes, key="likes", on_change=_tell_likes, args=(session,))


def read_entries(frame: pd.DataFrame) -> tuple[str, ...]:
    """The rows that say something, in their order, none twice."""
    texts = (" ".join(str(cell).split()) for cell in frame[COLUMN].dropna())
    return tuple(dict.fromkeys(filter(None, texts)))


def _edit(session: LiveSession) -> tuple[str, ...]:
    """The table begins with what is shown, or else with a few places."""
    entries = session.screen or tuple(place.name for place in session.catalogue.places[:EXAMPLE_SIZE])
    frame = st.data_editor(
        pd.DataFrame({COLUMN: entries}),
        num_rows="dynamic",
        hide_index=True,
        key="edit_screen",
        height=220,
        alt="The screen's list",
    )
    return read_entries(frame)


def _tell_likes(session: LiveSession) -> None:
    session.tell_likes(st.session_state["likes"])


def _draw_device(session: LiveSession) -> None:
    with st.container(border=True):
        st.markdown("**On the device's screen**")
        for number, entry in enumerate(session.screen, start=1):
            st.text(f"{number}. {entry}{' ← opened' if entry == session.opened else ''}")
