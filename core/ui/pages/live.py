import streamlit as st

from core.errors import DataFileError
from core.scenario import Scenario, load_scenarios
from core.snapshot import read_snapshot, take_snapshot
from core.ui.components.snapshot import draw_snapshot
from core.ui.components.turn import draw_input, play_reply
from core.ui.resources import WarmUp, warm_up
from core.ui.session import LiveSession, live_session


@st.fragment(run_every=1.0)
def show_warm_up(state: WarmUp) -> None:
    """Tell what is being loaded; the whole page runs again once it is over."""
    if state.is_over:
        st.rerun()
    st.status(f"Loading: {state.step}. The result below was computed before.", state="running")


def draw_precomputed(scenario: Scenario) -> None:
    """The result that is shown until there is a live one."""
    try:
        snapshot = read_snapshot(scenario.snapshot_path)
    except DataFileError as exc:
        st.error(str(exc))
        return
    st.badge(f"Precomputed on {snapshot.made_on} with {snapshot.model}", color="blue")
    draw_snapshot(snapshot)


def draw_live(session: LiveSession, scenario: Scenario) -> None:
    """The next clip's input, and what became of the clips so far."""
    if session.parts.context.state == "failed":
        st.warning("The context's process has failed: turns go on without context.")
    draw_input(session, scenario)
    play_reply(session)
    if session.results:
        st.badge("Live, decoded just now", color="green")
        draw_snapshot(take_snapshot(session.conversation, session.results))


def draw_page() -> None:
    """The page from top to bottom. Loading begins last, so that it does not slow down the first picture."""
    st.title("Do you mean Meg Jones or Meg Bauer?")
    st.write("The dialogue tells the recogniser what might be said next. The same clip, without context and with it.")
    scenario = load_scenarios()[0]
    state = warm_up()
    session = live_session(state.parts) if state.parts else None
    if state.error:
        st.error(state.error)
    elif session is None:
        show_warm_up(state)
    else:
        draw_live(session, scenario)
    if session is None or not session.results:
        draw_precomputed(scenario)
    state.begin()


draw_page()
