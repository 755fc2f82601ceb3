"""What happened when: one row a stage, one table a turn, the window under the reply shaded across all rows."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.conversation import CLIP_RECEIVED, MICROPHONE_OPEN, OUTCOME, REPLY_HEARD, REPLY_SPOKEN
from core.follow_up import BARGED_IN, CONTEXT_COMPUTED
from core.timeline import Stage

MOMENTS = {BARGED_IN, MICROPHONE_OPEN, OUTCOME}
"""What takes no time and has a row all the same."""

STYLE = (
    "<style>.timeline{width:100%;border-collapse:collapse;font-size:.9rem;table-layout:fixed}"
    ".timeline th,.timeline td{padding:0;border:0;height:1.6rem}"
    ".timeline th{font-weight:400;text-align:left;width:38%;padding-right:.5rem;line-height:1.2}"
    ".timeline td.took{text-align:right;width:5.5rem;white-space:nowrap}"
    ".timeline td.span{position:relative;height:1.6rem}"
    ".timeline i{position:absolute;display:block}"
    ".timeline i.window{top:0;bottom:0;background:#8c8c8c;opacity:.3}"
    ".timeline i.bar{top:calc(50% - .4rem);height:.8rem;min-width:2px;border-radius:2px;background:#4c78a8}"
    ".timeline i.bar.context{background:#e45756}.timeline i.bar.reply{background:#8c8c8c}</style>"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A stage's place in its turn: milliseconds since the clip was received, the time that it took, and what its first
    part tells of itself.
    """

    name: str
    start_ms: float
    end_ms: float
    took_ms: float
    detail: str = ""

    @property
    def kind(self) -> str:
        """What colour tells it."""
        return {CONTEXT_COMPUTED: "context", REPLY_SPOKEN: "reply", REPLY_HEARD: "reply"}.get(self.name, "work")


def draw_timeline(stages: Sequence[Stage], newest: int) -> None:
    """A table for each of the newest clips that were received, with the slack of its window in words."""
    numbered = list(enumerate(split_turns(stages), start=1))
    for number, turn in numbered[-newest:]:
        draw_turn(turn, f"Turn {number}")


def draw_turn(turn: Sequence[Stage], title: str) -> None:
    """One turn's table."""
    rows = list_rows(turn)
    if rows:
        st.html(timeline_html(rows, title))
        if slack := tell_slack(rows):
            st.markdown(slack)


def split_turns(stages: Sequence[Stage]) -> list[list[Stage]]:
    """The stages of each turn. What began before the first clip belongs to none."""
    turns: list[list[Stage]] = []
    for stage in stages:
        if stage.name == CLIP_RECEIVED:
            turns.append([])
        if turns:
            turns[-1].append(stage)
    return turns


def list_rows(turn: Sequence[Stage]) -> list[Row]:
    """One row a stage that took time, by its start, and for some moments. The store's events are one row; a reply that
    was heard replaces the one that was planned.
    """
    is_heard = any(stage.name == REPLY_HEARD for stage in turn)
    named: dict[str, list[Stage]] = {}
    for stage in turn:
        is_shown = stage.end_ms > stage.start_ms or stage.name in MOMENTS
        if is_shown and not (is_heard and stage.name == REPLY_SPOKEN):
            named.setdefault(_name_row(stage), []).append(stage)
    return [_join(name, parts, turn[0].start_ms) for name, parts in named.items()]


def tell_slack(rows: Sequence[Row]) -> str:
    """How far the context was from being late."""
    context = next((row for row in rows if row.name == CONTEXT_COMPUTED), None)
    window = next((row for row in rows if row.kind == "reply"), None)
    if context is None or window is None:
        return ""
    if context.detail in {"late", "failed", "disabled"}:
        return f"Shaded: the reply. The context was given up ({context.detail}), and nobody waited for it."
    slack_ms = window.end_ms - context.end_ms
    measured = "as it was heard" if window.name == REPLY_HEARD else "by its length"
    if slack_ms < 0:
        return f"The context was ready {-slack_ms:,.0f} ms **after** the reply had ended ({measured})."
    return f"Shaded: the reply, {measured}. The context was ready {slack_ms:,.0f} ms before its end, so nobody waited."


def timeline_html(rows: Sequence[Row], title: str) -> str:
    """The table; every length is a share of the whole turn. A moment long after it stands at its end."""
    end_ms = max((row.end_ms for row in rows if row.took_ms), default=1.0)
    window = next((row for row in rows if row.kind == "reply"), None)
    shade = _span("window", window, end_ms) if window else ""
    head = f'<tr><th scope="row"><strong>{html.escape(title)}</strong></th><td></td><td class="took"></td></tr>'
    lines = (
        f'<tr><th scope="row">{html.escape(row.name)}</th>'
        f'<td class="span">{shade}{_span(f"bar {row.kind}", row, end_ms)}</td>'
        f'<td class="took">{_tell_ms(row.took_ms)}</td></tr>'
        for row in rows
    )
    return f'{STYLE}<table class="timeline">{head}{"".join(lines)}</table>'


def _name_row(stage: Stage) -> str:
    if stage.name == OUTCOME:
        return f"{OUTCOME}: {stage.detail}"
    return "events written" if stage.name.startswith("event ") else stage.name


def _join(name: str, parts: Sequence[Stage], began_ms: float) -> Row:
    start_ms, end_ms = min(part.start_ms for part in parts), max(part.end_ms for part in parts)
    return Row(name, start_ms - began_ms, end_ms - began_ms, sum(part.duration_ms for part in parts), parts[0].detail)


def _span(kind: str, row: Row, end_ms: float) -> str:
    left, width = min(100.0, 100 * row.start_ms / end_ms), 100 * (row.end_ms - row.start_ms) / end_ms
    return f'<i class="{kind}" style="left:{left:.2f}%;width:{width:.2f}%"></i>'


def _tell_ms(took_ms: float) -> str:
    if not took_ms:
        return ""
    return f"{took_ms:,.1f} ms" if took_ms < 10 else f"{took_ms:,.0f} ms"
