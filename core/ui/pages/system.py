import streamlit as st

from core.errors import ProjectError
from core.settings import Settings
from core.ui.components.browser_check import check_browser
from core.ui.components.system import draw_inputs, draw_latencies, draw_models, draw_settings, draw_versions
from core.ui.resources import WarmUp, show_warm_up, warm_up
from core.ui.session import live_session


def draw_warm_state(state: WarmUp, settings: Settings) -> None:
    """The models, or how far their loading is."""
    if state.error:
        st.error(state.error)
    elif state.parts is None:
        show_warm_up(state)
    else:
        draw_models(state.parts, settings)


def draw_page() -> None:
    """The page from top to bottom."""
    st.title("System")
    try:
        settings = Settings.from_env()
    except ProjectError as error:
        st.error(str(error))
        return
    state = warm_up()
    st.header("Models")
    draw_warm_state(state, settings)
    st.header("The last turns of this tab, milliseconds")
    session = live_session(state)
    draw_latencies(session.conversation.timeline.stages() if session else ())
    st.header("Microphone")
    st.markdown("**In this browser**")
    check_browser()
    st.markdown("**On the machine that the app runs on**")
    draw_inputs()
    st.header("Settings")
    draw_settings(settings)
    st.header("Versions")
    draw_versions()


draw_page()
