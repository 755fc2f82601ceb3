"""A conversation from top to bottom: what was said, heard and done."""

import streamlit as st

from core.snapshot import Snapshot
from core.ui.components.anchoring import draw_anchoring
from core.ui.components.dialogue import draw_dialogue, had_context
from core.ui.components.timeline import draw_timeline
from core.ui.components.transcripts import draw_transcripts


def draw_snapshot(snapshot: Snapshot) -> None:
    """All there is to see of a conversation, live or computed before; what was stored is on the Store page."""
    draw_dialogue(snapshot)
    for turn in snapshot.turns:
        draw_anchoring(turn)
        if had_context(turn):
            draw_transcripts(turn)
    st.header("What happened when")
    draw_timeline(snapshot.stages)
