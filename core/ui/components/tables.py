"""The two tables as they lie in the store: events with references, and ciphertext."""

import time

import pandas as pd
import streamlit as st

from core.snapshot import DataRow, EventRow, Snapshot

EVENTS = "**events** — one entry an interaction, each event one short string"
DATA = "**context_data** — what the events refer to, sealed"


def draw_tables(snapshot: Snapshot) -> None:
    """Events on the left, context data on the right, and how many interactions were discarded."""
    events, data = st.columns(2)
    with events:
        st.markdown(EVENTS)
        st.dataframe(event_frame(snapshot), hide_index=True, width="stretch", alt="events")
    with data:
        st.markdown(DATA)
        st.dataframe(data_frame(snapshot).drop(columns="named"), hide_index=True, width="stretch", alt="context_data")
    tell_discarded(snapshot)


def choose_event(snapshot: Snapshot) -> EventRow | None:
    """Both tables; the row of *events* that is chosen marks the item that it names."""
    events, data = st.columns(2)
    with events:
        st.markdown(f"{EVENTS}. Choose a row to see which item it names.")
        state = st.dataframe(
            event_frame(snapshot),
            hide_index=True,
            width="stretch",
            key="event_rows",
            on_select="rerun",
            selection_mode="single-row",
            alt="events",
        )
    rows = state.selection.rows
    chosen = snapshot.events[rows[0]] if rows and rows[0] < len(snapshot.events) else None
    with data:
        st.markdown(DATA)
        st.dataframe(data_frame(snapshot, chosen), hide_index=True, width="stretch", alt="context_data")
    tell_discarded(snapshot)
    return chosen


def find_item(snapshot: Snapshot, event: EventRow | None) -> DataRow | None:
    """The item that an event names; None where it names none."""
    return next((row for row in snapshot.data if event is not None and names(event, row)), None)


def names(event: EventRow, row: DataRow) -> bool:
    """Whether the event refers to the item."""
    return event.interaction == row.interaction and event.line.partition("|")[2] == row.data_id


def tell_discarded(snapshot: Snapshot) -> None:
    """How much was never kept."""
    if snapshot.discarded:
        plural = "s" if snapshot.discarded > 1 else ""
        st.markdown(f"{snapshot.discarded} interaction{plural} without a follow-up: discarded, nothing is stored.")


def event_frame(snapshot: Snapshot) -> pd.DataFrame:
    """One row an event."""
    rows = [
        {"interaction": row.interaction[:8], "event": row.name, "type | reference": row.line} for row in snapshot.events
    ]
    return pd.DataFrame(rows, columns=["interaction", "event", "type | reference"])


def data_frame(snapshot: Snapshot, chosen: EventRow | None = None) -> pd.DataFrame:
    """One row a sealed item; `chosen` marks the one that it names."""
    rows = [
        {
            "named": "▶" if chosen is not None and names(chosen, row) else "",
            "interaction": row.interaction[:8],
            "data id": row.data_id,
            "sealed": f"{row.sealed}…",
            "bytes": row.size_bytes,
        }
        for row in snapshot.data
    ]
    return pd.DataFrame(rows, columns=["named", "interaction", "data id", "sealed", "bytes"])


@st.fragment(run_every=1.0)
def count_down(snapshot: Snapshot) -> None:
    """How long each interaction is still kept."""
    for interaction, expires_at in sorted({(row.interaction, row.expires_at) for row in snapshot.events}):
        left_s = max(0, expires_at - int(time.time()))
        told = f"expires in {left_s // 60} min {left_s % 60:02d} s" if left_s else "has expired"
        st.text(f"Interaction {interaction[:8]} {told}.")
