"""A conversation from top to bottom: what was said, heard and done."""

import streamlit as st

from core.snapshot import Snapshot
from core.ui.components.dialogue import draw_dialogue, follow_up_turns
from core.ui.components.timeline import draw_timeline
from core.ui.components.transcripts import draw_transcripts


def draw_snapshot(snapshot: Snapshot) -> None:
    """All there is to see of a conversation, live or computed before; what was stored is on the Store page."""
    draw_dialogue(snapshot)
    for place in follow_up_turns(snapshot):
        draw_transcripts(snapshot.turns[place])
    st.header("What happened when")
    draw_timeline(snapshot.stages)
