"""What the last clip would have read with other sources of context: the same audio, at one press."""

import streamlit as st

from core.ui.components.transcripts import draw_changes, draw_text
from core.ui.components.turn import choose_signals
from core.ui.session import LiveSession


def draw_what_if(session: LiveSession) -> None:
    """Checkboxes, a button, and the text beside what was heard."""
    st.header("What if")
    st.markdown("The same recording, decoded again with other sources of context. The conversation stays as it is.")
    signals = choose_signals("what_if", session.signals)
    if st.button("Decode again", key=f"decode_again_{session.attempt}"):
        with st.spinner("Recognising…"):
            session.decode_again(signals)
    if session.what_if is not None:
        against = session.what_if.reference or session.results[-1][0].recognition.text
        draw_text("With these sources", session.what_if.with_context, against)
        draw_changes(session.what_if.changes)
