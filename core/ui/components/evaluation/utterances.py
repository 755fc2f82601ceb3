"""Every utterance of a run, and one of them to hear and to read word by word."""

import html
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from evals.report.audio import MIME_TYPES
from evals.report.changes import Cell, Change

ROWS = ("said", "without", "with")
TABLE_PX, TABLE_ROWS = 320, 8
TITLES = {"S": "substituted", "I": "inserted", "D": "deleted"}
STYLE = (
    "<style>.aligned{overflow-x:auto}.aligned table{border-collapse:collapse}"
    ".aligned th{font-weight:400;opacity:.7;text-align:left;padding-right:1rem;position:sticky;left:0}"
    ".aligned td{padding:.15rem .5rem;white-space:nowrap;font-size:1.1rem}"
    ".aligned td[title]{text-decoration:underline wavy #d9383a 2px;text-underline-offset:.25em}"
    ".aligned b{margin-left:.25em;font-size:.7rem;vertical-align:super;display:inline-block}</style>"
)


def choose_utterance(changes: Sequence[Change], key: str) -> Change | None:
    """The table, the worst regression first; the row that is clicked, or else the first. None where there is no row."""
    if not changes:
        st.info("No utterance belongs to this slice.")
        return None
    st.markdown("**Utterances**, the worst regression first; a click shows a row word by word, and its clip")
    event = st.dataframe(
        utterance_frame(changes),
        hide_index=True,
        width="stretch",
        height=TABLE_PX if len(changes) > TABLE_ROWS else "content",
        column_config={
            "change": st.column_config.NumberColumn("change", format="%+d", help="Word errors, with context")
        },
        key=key,
        on_select="rerun",
        selection_mode="single-cell",
    )
    cells = event.selection.cells
    return changes[cells[0][0] if cells else 0]


def utterance_frame(changes: Sequence[Change]) -> pd.DataFrame:
    """One row an utterance; texts as they were written."""
    rows = [
        {
            "change": change.change,
            "said": change.reference.text,
            "without context": change.without.text,
            "with context": change.with_.text,
            "errors without": change.errors[0],
            "errors with": change.errors[1],
            "kind": change.kind.replace("_", " "),
            "context": change.with_.outcome,
            "speaker": change.reference.speaker,
            "utterance": change.reference.utterance_id,
        }
        for change in changes
    ]
    return pd.DataFrame(rows)


def draw_utterance(change: Change, clip: Path | None) -> None:
    """The clip, the three texts in one alignment, and the dialogue before it."""
    with st.container(border=True):
        st.text(f"{change.reference.utterance_id}: {_tell_change(change.change)}")
        if clip is None:
            st.caption("Its audio is not here as it was recognised.")
        else:
            st.audio(clip.read_bytes(), format=MIME_TYPES.get(clip.suffix.lower(), "audio/wav"))
        st.html(alignment_html(change.rows))
        st.caption("S substituted, I inserted, D deleted, against what was said.")
        for turn in change.reference.dialogue:
            st.text(f"{turn.speaker}: {turn.text}")
        st.caption(f"{len(change.reference.context)} context items; {change.with_.prompted} hotwords in the prompt.")
        for reason in change.with_.reasons:
            st.text(reason)


def alignment_html(rows: Sequence[Sequence[Cell]]) -> str:
    """Three rows of a table, a word and its letter in each cell."""
    lines = (
        f'<tr><th scope="row">{name}</th>{"".join(map(_cell_html, row))}</tr>'
        for name, row in zip(ROWS, rows, strict=True)
    )
    return f'{STYLE}<div class="aligned"><table>{"".join(lines)}</table></div>'


def _cell_html(cell: Cell) -> str:
    if not cell.letter:
        return f"<td>{html.escape(cell.word)}</td>"
    return f'<td title="{TITLES[cell.letter]}">{html.escape(cell.word)}<b>{cell.letter}</b></td>'


def _tell_change(change: int) -> str:
    if not change:
        return "as many word errors with context as without"
    return f"{abs(change)} {'more' if change > 0 else 'fewer'} word error{'s' * (abs(change) > 1)} with context"
