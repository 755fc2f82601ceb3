"""The next turn's input, and the reply to the last one."""

import streamlit as st

from core.scenario import Scenario
from core.ui.components.clip_input import ask_for_clip
from core.ui.session import LiveSession


def draw_input(session: LiveSession, scenario: Scenario) -> None:
    """Ask for the next clip, and hear it."""
    follow_up = session.conversation.expects_speech
    with st.container(border=True):
        st.subheader("Answer the question" if follow_up else "Ask for something")
        if not follow_up:
            st.caption("For example “Call Meg”, “Turn on the light”, “Coffee shops near here”, “Play some music”.")
        context_enabled = st.toggle("Use the dialogue's context", value=True)
        clip = ask_for_clip(scenario, int(follow_up), session.attempt)
        if clip is not None:
            with st.spinner("Recognising…"):
                session.hear(clip.data, clip.reference, context_enabled)
            st.rerun()
        if session.problem:
            st.error(session.problem)
        if session.results and st.button("Start over"):
            session.start_over()
            st.rerun()


def play_reply(session: LiveSession) -> None:
    """The assistant's last reply, spoken by itself the first time."""
    if session.results and (speech := session.results[-1][0].speech) is not None:
        st.caption("The assistant's last reply, spoken")
        st.audio(speech.wav, autoplay=session.reply_unheard)
        session.reply_unheard = False
