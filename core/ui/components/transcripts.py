"""The same clip twice, side by side: without context and with it, differing words marked."""

import html
import string
from difflib import SequenceMatcher

import streamlit as st

from core.snapshot import TurnShot

STYLE = (
    "<style>.heard{font-size:2rem;line-height:1.3;margin:0 0 .25rem;overflow-wrap:anywhere}"
    ".heard mark{background:none;color:inherit;text-decoration:underline wavy #d9383a 2px;text-underline-offset:.25em}"
    "</style>"
)
OUTCOMES = {
    "used": "The context was ready in time and was used.",
    "late": "The context was not ready when the utterance came: ordinary recognition.",
    "failed": "The context could not be computed: ordinary recognition.",
    "disabled": "Context is switched off: ordinary recognition.",
    "empty": "The dialogue gave no context: ordinary recognition.",
    "rejected": "The context was ready, but nobody spoke.",
}


def draw_transcripts(turn: TurnShot) -> None:
    """Both arms of a follow-up turn, what became of the context, and which hotwords the prompt held."""
    without, with_context = st.columns(2, border=True)
    with without:
        _draw_arm("Without context", turn.without_context, turn.reference or turn.with_context)
    with with_context:
        _draw_arm("With context", turn.with_context, turn.reference or turn.without_context)
    against = "what was said" if turn.reference else "the other column"
    st.caption(f"Wavy underline: differs from {against}. {OUTCOMES.get(turn.outcome or '', '')}")
    if turn.hotwords:
        with st.expander(f"{len(turn.hotwords)} hotwords from the dialogue, nearest to it first"):
            st.text(", ".join(turn.hotwords))


def _draw_arm(title: str, text: str, against: str) -> None:
    st.markdown(f"**{title}**")
    words = " ".join(_mark(word) if differs else html.escape(word) for word, differs in compare_words(text, against))
    st.html(f'{STYLE}<p class="heard">{words or "(nothing)"}</p>')


def _mark(word: str) -> str:
    return f'<mark title="differs">{html.escape(word)}</mark>'


def compare_words(text: str, against: str) -> list[tuple[str, bool]]:
    """The words of `text`, each with whether it differs from `against`; case and punctuation do not count."""
    words = text.split()
    matcher = SequenceMatcher(None, [_bare(w) for w in words], [_bare(w) for w in against.split()], autojunk=False)
    same = {block.a + offset for block in matcher.get_matching_blocks() for offset in range(block.size)}
    return [(word, place not in same) for place, word in enumerate(words)]


def _bare(word: str) -> str:
    return word.casefold().strip(string.punctuation)
