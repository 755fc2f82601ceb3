from collections.abc import Sequence

import streamlit as st

from core.errors import DataFileError
from core.scenario import Scenario, load_scenarios
from core.snapshot import read_snapshot
from core.ui.components.catalogue_editor import draw_catalogue_editor
from core.ui.components.evaluation.saved_turn import draw_saving
from core.ui.components.snapshot import draw_snapshot
from core.ui.components.surroundings import draw_surroundings
from core.ui.components.turn import draw_input
from core.ui.components.what_if import draw_what_if
from core.ui.resources import show_warm_up, warm_up
from core.ui.session import LiveSession, live_session


def draw_precomputed(scenario: Scenario) -> None:
    """The result that is shown until there is a live one."""
    try:
        snapshot = read_snapshot(scenario.snapshot_path)
    except DataFileError as exc:
        st.error(str(exc))
        return
    st.badge(f"Precomputed on {snapshot.made_on} with {snapshot.model}", color="blue")
    draw_snapshot(snapshot)


def draw_live(session: LiveSession, scenarios: Sequence[Scenario]) -> None:
    """The next clip's input, and what became of the clips so far."""
    if session.parts.context.state == "failed":
        st.warning("The context's process has failed: turns go on without context.")
    draw_input(session, scenarios)
    draw_catalogue_editor(session)
    draw_surroundings(session)
    if session.results:
        st.badge("Live, decoded just now", color="green")
        draw_snapshot(session.take_snapshot())
        if session.results[-1][0].context.bias:
            draw_what_if(session)
        draw_saving(session)


def draw_page() -> None:
    """The page from top to bottom."""
    st.title("Live")
    st.markdown("Speak, upload or take the sample. Each clip is recognised without context and with it.")
    scenarios = load_scenarios()
    state = warm_up()
    session = live_session(state)
    if state.error:
        st.error(state.error)
    elif session is None:
        show_warm_up(state)
    else:
        draw_live(session, scenarios)
    if session is None or not session.results:
        draw_precomputed(scenarios[0])


draw_page()
