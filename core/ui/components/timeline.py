"""What happened when: one row a stage, one chart a turn, milliseconds on every bar."""

from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from core.conversation import CLIP_RECEIVED, REPLY_SPOKEN
from core.timeline import Stage

ROW_PX = 24
KINDS = {REPLY_SPOKEN: "reply (the window)", "context vector and bias list": "context"}


def draw_timeline(stages: Sequence[Stage]) -> None:
    """One chart for each clip that was received."""
    for number, turn in enumerate(split_turns(stages), start=1):
        st.markdown(f"**Turn {number}**")
        st.altair_chart(_chart(turn_frame(turn)), width="stretch")
    st.caption("Red: the context is computed. Grey: the reply is spoken; what ends before it costs the user no time.")


def split_turns(stages: Sequence[Stage]) -> list[list[Stage]]:
    """The stages of each turn. What began before the first clip belongs to none."""
    turns: list[list[Stage]] = []
    for stage in stages:
        if stage.name == CLIP_RECEIVED:
            turns.append([])
        if turns:
            turns[-1].append(stage)
    return turns


def turn_frame(turn: Sequence[Stage]) -> pd.DataFrame:
    """One row a stage that took time; milliseconds since the clip was received. The store's events are one stage."""
    began_ms = turn[0].start_ms
    rows = [
        {
            "stage": "events written" if stage.name.startswith("event ") else stage.name,
            "start_ms": stage.start_ms - began_ms,
            "end_ms": stage.end_ms - began_ms,
        }
        for stage in turn
        if stage.end_ms > stage.start_ms
    ]
    spans = pd.DataFrame(rows, columns=["stage", "start_ms", "end_ms"])
    busy = spans.assign(took=spans.end_ms - spans.start_ms).groupby("stage", sort=False)
    frame = busy.agg(start_ms=("start_ms", "min"), end_ms=("end_ms", "max"), took=("took", "sum")).reset_index()
    frame["kind"] = frame["stage"].map(KINDS).fillna("work")
    frame["label"] = frame["took"].map(lambda ms: f"{ms:,.1f} ms" if ms < 10 else f"{ms:,.0f} ms")
    return frame


def _chart(frame: pd.DataFrame) -> alt.LayerChart | alt.FacetChart:
    rows = alt.Y("stage:N", sort=None, title=None, axis=alt.Axis(labelOverlap=False, labelLimit=200))
    base = alt.Chart(frame).encode(y=rows)
    bars = base.mark_bar(height=14, cornerRadius=2).encode(
        x=alt.X("start_ms:Q", title="ms since the clip was received", scale=alt.Scale(domain=[0, _axis_end_ms(frame)])),
        x2="end_ms:Q",
        color=alt.Color("kind:N", legend=None, scale=_colours()),
        tooltip=["stage", "start_ms", "end_ms", "label"],
    )
    labels = base.mark_text(align="left", dx=4).encode(x="end_ms:Q", text="label:N", color=alt.value("gray"))
    return alt.layer(bars, labels).properties(height=alt.Step(ROW_PX))


def _axis_end_ms(frame: pd.DataFrame) -> float:
    """Room at the right for the last bar's label."""
    return float(frame["end_ms"].max()) * 1.12 + 1.0


def _colours() -> alt.Scale:
    return alt.Scale(domain=["work", "context", KINDS[REPLY_SPOKEN]], range=["#4c78a8", "#e45756", "#b8b8b8"])
