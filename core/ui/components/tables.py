"""The two tables as they lie in the store: events with references, and ciphertext."""

import pandas as pd
import streamlit as st

from core.snapshot import Snapshot


def draw_tables(snapshot: Snapshot) -> None:
    """Events on the left, context data on the right, and how many interactions were discarded."""
    events, data = st.columns(2)
    with events:
        st.markdown("**events** — one entry an interaction, each event one short string")
        st.dataframe(event_frame(snapshot), hide_index=True, width="stretch")
    with data:
        st.markdown("**context_data** — what the events refer to, sealed")
        st.dataframe(data_frame(snapshot), hide_index=True, width="stretch")
    if snapshot.discarded:
        st.caption(f"{snapshot.discarded} interaction without a follow-up: discarded, nothing of it is stored.")


def event_frame(snapshot: Snapshot) -> pd.DataFrame:
    """One row an event."""
    rows = [
        {"interaction": row.interaction[:8], "event": row.name, "type | reference": row.line} for row in snapshot.events
    ]
    return pd.DataFrame(rows, columns=["interaction", "event", "type | reference"])


def data_frame(snapshot: Snapshot) -> pd.DataFrame:
    """One row a sealed item."""
    rows = [
        {
            "interaction": row.interaction[:8],
            "data id": row.data_id,
            "sealed": f"{row.sealed}…",
            "bytes": row.size_bytes,
        }
        for row in snapshot.data
    ]
    return pd.DataFrame(rows, columns=["interaction", "data id", "sealed", "bytes"])
