"""The dialogue as bubbles."""

import streamlit as st

from core.snapshot import Snapshot


def draw_dialogue(snapshot: Snapshot) -> None:
    """What the system heard, and what it answered."""
    for turn in snapshot.turns:
        with st.chat_message("user"):
            st.text(turn.with_context)
        with st.chat_message("assistant"):
            st.text(turn.reply)
            if turn.expects_speech:
                st.markdown("*The microphone opens again (Speak, then ExpectSpeech).*")


def follow_up_turns(snapshot: Snapshot) -> list[int]:
    """The places of the turns that answered a question of the assistant."""
    return [place for place, turn in enumerate(snapshot.turns) if turn.outcome is not None]
