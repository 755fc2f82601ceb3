"""The next turn's input, with what may be used as context."""

import streamlit as st

from core.dialogue import Signal
from core.scenario import Scenario
from core.ui.components.clip_input import ask_for_clip
from core.ui.session import SIGNALS, LiveSession

SIGNAL_LABELS: dict[Signal, str] = {
    "prior_turn": "Names in the reply before",
    "contacts": "Address book",
    "devices": "Devices",
    "places": "Places",
    "media": "Music",
}


def draw_input(session: LiveSession, scenario: Scenario) -> None:
    """Ask for the next clip, and hear it."""
    follow_up = session.conversation.expects_speech
    with st.container(border=True):
        st.header("Answer the question" if follow_up else "Ask for something")
        if not follow_up:
            st.markdown("For example “Call Meg”, “Turn on the light”, “Coffee shops near here”, “Play some music”.")
        session.context_enabled = st.toggle("Use the dialogue's context", value=session.context_enabled)
        session.signals = choose_signals("signals", session.signals, disabled=not session.context_enabled)
        if ask_for_clip(session, scenario):
            st.rerun()
        if session.problem:
            st.error(session.problem)
        if session.results and st.button("Start over"):
            session.start_over()
            st.rerun()


def choose_signals(key: str, chosen: frozenset[Signal], disabled: bool = False) -> frozenset[Signal]:
    """A checkbox for each source of context."""
    with st.container(horizontal=True):
        return frozenset(
            signal
            for signal in SIGNALS
            if st.checkbox(SIGNAL_LABELS[signal], value=signal in chosen, key=f"{key}_{signal}", disabled=disabled)
        )
