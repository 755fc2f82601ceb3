"""What each scene shows of a dialogue that was really played through the system."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from core.explanation import fold_words
from core.scenario import Scenario
from core.snapshot import Snapshot, TurnShot
from core.ui.components.anchoring import draw_anchoring
from core.ui.components.dialogue import draw_dialogue
from core.ui.components.store_view import draw_counts
from core.ui.components.tables import draw_tables
from core.ui.components.timeline import draw_turn, split_turns
from core.ui.components.transcripts import draw_arms, draw_changes
from core.ui.components.walkthrough import scenes
from core.ui.components.walkthrough.scenes import Scene

FLAC = "audio/flac"


@dataclass(frozen=True, slots=True)
class Played:
    """A shipped dialogue, and what the system made of it."""

    scenario: Scenario
    snapshot: Snapshot


def show_scene(scene: Scene, played: Played) -> None:
    """The scene's picture, and when it was computed."""
    _SHOW[scene](played)
    st.badge(f"Precomputed on {played.snapshot.made_on} with {played.snapshot.model}", color="blue")


def _show_request(played: Played) -> None:
    st.audio(played.scenario.dialogue_path.read_bytes(), format=FLAC, alt="The whole dialogue")
    draw_dialogue(played.snapshot)
    draw_turn(split_turns(played.snapshot.stages)[0], "From the first utterance to the end of the reply")


def _show_one_voice(played: Played) -> None:
    turn, recorded = played.snapshot.turns[0], played.scenario.turns[0]
    st.text(f"Asked: {recorded.reference}")
    st.audio(recorded.audio.read_bytes(), format=FLAC, alt="Two people")
    draw_anchoring(turn)
    st.text(f"Answered: {turn.reply}")


def _show_answer(played: Played) -> None:
    turn, recorded = played.snapshot.turns[-1], played.scenario.turns[-1]
    st.text(f"Asked: {played.snapshot.turns[-2].reply}")
    st.text(f"Said: {recorded.reference}")
    st.audio(recorded.audio.read_bytes(), format=FLAC, alt="The answer")
    draw_arms(turn)
    draw_changes(turn.changes)
    st.markdown(f"**{tell_result(turn)}**")


def _show_forgotten(played: Played) -> None:
    snapshot = played.snapshot
    draw_tables(snapshot)
    if (left := snapshot.after_forgetting) is not None:
        draw_counts(snapshot.counts, left)


def tell_result(turn: TurnShot) -> str:
    """What became of the answer, judged by what was really said."""
    said, without, with_context = (
        fold_words((text or "").split()) for text in (turn.reference, turn.without_context, turn.with_context)
    )
    if without == with_context:
        judged = "Both are right" if without == said else "Both are wrong"
        return f"{judged}: the context was ready, and it changed nothing."
    if with_context == said:
        return "Without context it is wrong, with context it is right."
    if without == said:
        return "Without context it is right, and context made it wrong."
    return "It is wrong without context and wrong with it."


_SHOW: Mapping[Scene, Callable[[Played], None]] = {
    scenes.REQUEST: _show_request,
    scenes.SAME_AUDIO: _show_answer,
    scenes.NO_HELP: _show_answer,
    scenes.MUST_NOT_ACT: _show_answer,
    scenes.ONE_VOICE: _show_one_voice,
    scenes.FORGOTTEN: _show_forgotten,
}
