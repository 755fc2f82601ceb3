"""The same clip twice, side by side: without context and with it, differing words marked and explained."""

import html
import string
from collections.abc import Sequence
from difflib import SequenceMatcher

import streamlit as st

from core.explanation import WordChange
from core.snapshot import TurnShot

STYLE = (
    "<style>.heard{font-size:2rem;line-height:1.3;margin:0 0 .25rem;overflow-wrap:anywhere}"
    ".heard mark{background:none;color:inherit;text-decoration:underline wavy #d9383a 2px;text-underline-offset:.25em}"
    ".changes{margin:0;padding-left:1.2rem}.changes li{margin:.15rem 0;overflow-wrap:anywhere}</style>"
)
OUTCOMES = {
    "used": "The context was ready in time and was used.",
    "late": "The context was not ready when the utterance came: ordinary recognition.",
    "failed": "The context could not be computed: ordinary recognition.",
    "disabled": "Context is switched off: ordinary recognition.",
    "empty": "The dialogue gave no context: ordinary recognition.",
    "rejected": "The context was ready, but nobody spoke.",
}
SHOWN = "The list on the device's screen was used."
SIGNAL_NAMES = {
    "prior_turn": "the reply before",
    "earlier_turns": "name",
    "contacts": "contact",
    "devices": "device",
    "places": "place",
    "media": "music",
    "screen": "entry",
    "local_info": "nearby",
    "preferences": "preference",
    "list": "list",
}


def draw_transcripts(turn: TurnShot) -> None:
    """Both arms of a follow-up turn, what changed and why, and which hotwords the prompt held."""
    draw_arms(turn)
    against = "what was said" if turn.reference else "the other column"
    st.markdown(f"Wavy underline: differs from {against}. {OUTCOMES[turn.outcome] if turn.outcome else SHOWN}")
    draw_changes(turn.changes)
    if turn.hotwords:
        with st.expander(f"{len(turn.hotwords)} hotwords from the dialogue, nearest to it first"):
            st.text(", ".join(turn.hotwords))


def draw_arms(turn: TurnShot) -> None:
    """The two texts."""
    without, with_context = st.columns(2, border=True)
    with without:
        draw_text("Without context", turn.without_context, turn.reference or turn.with_context)
    with with_context:
        draw_text("With context", turn.with_context, turn.reference or turn.without_context)


def draw_text(title: str, text: str, against: str) -> None:
    """One text, large; the words that are not in `against` are marked."""
    st.markdown(f"**{title}**")
    words = " ".join(_mark(word) if differs else html.escape(word) for word, differs in compare_words(text, against))
    st.html(f'{STYLE}<p class="heard">{words or "(nothing)"}</p>')


def draw_changes(changes: Sequence[WordChange]) -> None:
    """Why each changed word changed."""
    if changes:
        lines = "".join(f"<li>{html.escape(tell_change(change))}</li>" for change in changes)
        st.html(f'{STYLE}<ul class="changes">{lines}</ul>')


def tell_change(change: WordChange) -> str:
    """One change in one line: "Bauer ← contact Meg Bauer, asked in the last turn"."""
    now = change.now.strip(string.punctuation) or "(nothing)"
    was = f' (was "{change.was.strip(string.punctuation) or "nothing"}")'
    if not change.item:
        return f"{now}{was}: {change.reason}"
    return f"{now} ← {SIGNAL_NAMES[change.signal]} {change.item}, {change.reason}{was}"


def compare_words(text: str, against: str) -> list[tuple[str, bool]]:
    """The words of `text`, each with whether it differs from `against`; case and punctuation do not count."""
    words = text.split()
    matcher = SequenceMatcher(None, [_bare(w) for w in words], [_bare(w) for w in against.split()], autojunk=False)
    same = {block.a + offset for block in matcher.get_matching_blocks() for offset in range(block.size)}
    return [(word, place not in same) for place, word in enumerate(words)]


def _mark(word: str) -> str:
    return f'<mark title="differs">{html.escape(word)}</mark>'


def _bare(word: str) -> str:
    return word.casefold().strip(string.punctuation)
