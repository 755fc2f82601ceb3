"""What a tab's conversation has stored: revealed one item at a time, and forgotten at one press."""

import streamlit as st

from core.errors import StoreError
from core.reveal import reveal_item
from core.snapshot import Counts, DataRow, count_rows
from core.ui.components.tables import choose_event, count_down, find_item
from core.ui.session import LiveSession

FORGOTTEN = "forgotten"


def draw_store(session: LiveSession) -> None:
    """The tables of this tab, and what can be done with them."""
    snapshot = session.take_snapshot()
    item = find_item(snapshot, choose_event(snapshot))
    with st.container(horizontal=True):
        if st.button("Reveal the item that the chosen event names", disabled=item is None) and item is not None:
            _reveal(session, item)
        if st.button("Forget this conversation", disabled=not snapshot.events):
            session.start_over()
            st.session_state[FORGOTTEN] = snapshot.counts, count_rows(session.parts.vault.store, snapshot)
            st.rerun()
    count_down(snapshot)


def draw_forgotten() -> None:
    """How many rows there were before and after the last forgetting."""
    if (counts := st.session_state.get(FORGOTTEN)) is not None:
        draw_counts(*counts)


def draw_counts(before: Counts, after: Counts) -> None:
    """Two numbers side by side."""
    for column, title, counts in zip(st.columns(2, border=True), ("before", "after"), (before, after), strict=True):
        column.metric(f"Rows {title} forgetting", counts.events + counts.items)
        column.markdown(f"{counts.events} events, {counts.items} sealed items")


def _reveal(session: LiveSession, item: DataRow) -> None:
    """The text is drawn in this run of the page and kept nowhere; that it was shown is an event of its own."""
    try:
        text = reveal_item(session.parts.vault, item.interaction, item.data_id)
    except StoreError as error:
        st.error(str(error))
        return
    st.text("This item has expired." if text is None else text)
    st.markdown("It is shown once; that it was shown is recorded as a *revealed* event.")
