"""What was left out beside the wake word's voice: the clip as everybody was heard in it, and as one voice was."""

import streamlit as st

from core.snapshot import AnchoringShot, TurnShot
from core.ui.components.transcripts import draw_text

OUTCOMES = {
    "unsure": "Nobody in the clip was clearly somebody else, so nothing was left out.",
    "no_anchor": "No “Alexa” was heard in the clip, so everything counts.",
}


def draw_anchoring(turn: TurnShot) -> None:
    """Both texts side by side and the stretches that were left out; nothing where nobody asked for it."""
    if (anchoring := turn.anchoring) is None:
        return
    if anchoring.outcome == "filtered":
        everybody, one_voice = st.columns(2, border=True)
        with everybody:
            draw_text("Everybody in the clip", anchoring.text_without, turn.with_context)
        with one_voice:
            draw_text("Only the voice that said “Alexa”", turn.with_context, turn.with_context)
    st.markdown(tell_anchoring(anchoring))


def tell_anchoring(anchoring: AnchoringShot) -> str:
    """What was done, in words."""
    if anchoring.outcome != "filtered":
        return OUTCOMES[anchoring.outcome]
    spans = " and ".join(f"{start_s:.1f} to {end_s:.1f} s" for start_s, end_s in anchoring.left_out)
    left_out = f"Left out: {spans}, where another voice was speaking." if spans else ""
    quieter = "Another voice at the same time was made quieter." if anchoring.turned_down else ""
    return f"{left_out} {quieter}".strip()
