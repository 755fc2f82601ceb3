import streamlit as st

from core.errors import ProjectError
from core.scenario import load_scenarios
from core.snapshot import read_snapshot
from core.ui.components.store_view import draw_forgotten, draw_store
from core.ui.components.tables import draw_tables
from core.ui.resources import show_warm_up, warm_up
from core.ui.session import live_session


def draw_precomputed() -> None:
    """The tables of the shipped dialogue, as they were before it was forgotten."""
    try:
        snapshot = read_snapshot(load_scenarios()[0].snapshot_path)
    except ProjectError as error:
        st.error(str(error))
        return
    st.badge(f"Precomputed on {snapshot.made_on} with {snapshot.model}", color="blue")
    draw_tables(snapshot)


def draw_page() -> None:
    """The page from top to bottom."""
    st.title("Store")
    st.markdown("What a conversation leaves behind: two tables, sealed, and only for a while.")
    state = warm_up()
    session = live_session(state)
    if state.error:
        st.error(state.error)
    draw_forgotten()
    if session is not None and session.results:
        draw_store(session)
        return
    if session is None and not state.error:
        show_warm_up(state)
    st.markdown("Nothing is stored for this tab. Once a question is asked on the Live page, its rows are here.")
    draw_precomputed()


draw_page()
