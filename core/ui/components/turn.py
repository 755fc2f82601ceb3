"""The next turn's input, with what may be used as context."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.dialogue import Signal
from core.scenario import Scenario
from core.ui.components.clip_input import ClipSource, ask_for_clip, choose_source
from core.ui.session import SIGNALS, LiveSession

SIGNAL_LABELS: dict[Signal, str] = {
    "prior_turn": "Names in the reply before",
    "earlier_turns": "Earlier rounds",
    "contacts": "Address book",
    "devices": "Devices",
    "places": "Places",
    "media": "Music",
    "screen": "The screen",
    "preferences": "What I like",
}
ANCHORED = "Only the voice that says “Alexa” counts"
ANCHORED_HELP = "What other people say before or after it is left out. Without “Alexa” in the clip, everything counts."


def draw_input(session: LiveSession, scenarios: Sequence[Scenario]) -> None:
    """Ask for the next clip, and hear it."""
    follow_up = session.conversation.expects_speech
    with st.container(border=True):
        st.header("Answer the question" if follow_up else "Ask for something")
        if not follow_up:
            st.markdown("For example “Call Meg”, “Turn on the light”, “Coffee shops near here”, “Play some music”.")
        choose_context(session)
        hear_next_clip(session, choose_source(session, scenarios))
        if session.results:
            st.button("Start over", on_click=session.start_over)


@st.fragment
def hear_next_clip(session: LiveSession, source: ClipSource) -> None:
    """Runs by itself: who is refused or not understood gets this part anew, and the whole page who was heard. Where too
    many speak, most are refused, and a whole page each would leave no time for those who are not.
    """
    if session.pending is not None:
        with st.spinner(session.pending.says):
            session.work_off()
        if not session.problem:
            st.rerun()
    ask_for_clip(session, source)
    if session.problem:
        st.error(session.problem)


def choose_context(session: LiveSession) -> None:
    """Whether context is used, and from where."""

    def note() -> None:
        session.context_enabled = st.session_state["context_enabled"]
        session.anchored = st.session_state["anchored"]
        session.signals = read_signals("signals")

    with st.container(horizontal=True):
        st.toggle("Use the dialogue's context", session.context_enabled, "context_enabled", on_change=note)
        st.toggle(ANCHORED, session.anchored, "anchored", help=ANCHORED_HELP, on_change=note)
    draw_signals("signals", session.signals, not session.context_enabled, note)


def draw_signals(
    key: str, chosen: frozenset[Signal], disabled: bool = False, on_change: Callable[[], None] | None = None
) -> None:
    """A checkbox for each source of context; `read_signals` tells which are checked."""
    with st.container(horizontal=True):
        for signal, label in SIGNAL_LABELS.items():
            st.checkbox(label, signal in chosen, f"{key}_{signal}", disabled=disabled, on_change=on_change)


def read_signals(key: str) -> frozenset[Signal]:
    """What is checked now, also inside a callback."""
    return frozenset(signal for signal in SIGNALS if st.session_state[f"{key}_{signal}"])
