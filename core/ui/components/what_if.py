"""What the last clip would have read with other sources of context: the same audio, at one press."""

import streamlit as st

from core.ui.components.transcripts import draw_changes, draw_text
from core.ui.components.turn import draw_signals, read_signals
from core.ui.session import LiveSession

KEY = "what_if"


def draw_what_if(session: LiveSession) -> None:
    """Checkboxes, a button, and the text beside what was heard."""
    st.header("What if")
    st.markdown("The same recording, decoded again with other sources of context. The conversation stays as it is.")
    draw_signals(KEY, session.signals)
    st.button("Decode again", f"decode_again_{session.attempt}", on_click=_ask, args=(session,))
    if session.what_if is not None:
        against = session.what_if.reference or session.results[-1][0].recognition.text
        draw_text("With these sources", session.what_if.with_context, against)
        draw_changes(session.what_if.changes)


def _ask(session: LiveSession) -> None:
    signals = read_signals(KEY)
    session.ask(lambda: session.decode_again(signals))
