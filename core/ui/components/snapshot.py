"""A conversation from top to bottom: what was said, heard and done."""

import streamlit as st

from core.snapshot import Snapshot
from core.ui.components.anchoring import draw_anchoring
from core.ui.components.dialogue import draw_dialogue, had_context
from core.ui.components.timeline import draw_timeline
from core.ui.components.transcripts import draw_transcripts

DETAILED = 4  # turns; a page must not become slower with every answer


def draw_snapshot(snapshot: Snapshot) -> None:
    """A conversation, live or computed before: what was said, and its newest turns in detail. What was stored is on the
    Store page.
    """
    draw_dialogue(snapshot)
    if len(snapshot.turns) > DETAILED:
        st.markdown(f"The newest {DETAILED} turns in detail:")
    for turn in snapshot.turns[-DETAILED:]:
        draw_anchoring(turn)
        if had_context(turn):
            draw_transcripts(turn)
    st.header("What happened when")
    draw_timeline(snapshot.stages, DETAILED)
