"""The dialogue as bubbles."""

import streamlit as st

from core.snapshot import Snapshot, TurnShot


def draw_dialogue(snapshot: Snapshot) -> None:
    """What the system heard, and what it answered."""
    for turn in snapshot.turns:
        with st.chat_message("user"):
            st.text(turn.with_context)
        with st.chat_message("assistant"):
            st.text(turn.reply)
            if turn.expects_speech:
                st.markdown("*The microphone opens again (Speak, then ExpectSpeech).*")


def had_context(turn: TurnShot) -> bool:
    """Whether there was something to compare: an answer to a question, or a list on the device's screen."""
    return turn.outcome is not None or bool(turn.hotwords)
