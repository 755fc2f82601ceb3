"""From the dialogue and the items to the bias list: the context vector, and how near items and their classes are.

The vector is that of the last round. What was said in rounds before it, and what else is known, weighs less
(`core.context.sequence`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.context.bias import EMPTY, BiasList, Pronounce, build_bias_list
from core.context.sequence import ROUNDS, average, weigh
from core.context.signals import earlier_turn_items, prior_turn_items
from core.dialogue import ContextItem, Signal, Turn
from core.speech.phonetics import pronounce

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to unit vectors of shape (len(texts), dimensions)."""

TURNS_IN_ROUND = 2  # the utterance and its reply
NOTHING_ELSE: Mapping[str, str] = {}
CLASSES: dict[Signal, tuple[str, ...]] = {
    "contacts": ("a person to call, message or meet",),
    "devices": ("a device at home to switch on or off",),
    "media": ("music, a song, an album or an artist to play",),
    "places": ("a restaurant, shop, cinema or other place to go to",),
    "local_info": ("a place nearby, its opening hours or the way to it",),
    "screen": (
        "one of these results, shown in a list on the screen: which one?",
        "here they are, on the screen",
        "a recipe, a film or an offer from the list that is shown",
    ),
}
"""What the items of a signal are, in words that a dialogue may use; the nearest of several counts. "Which one shall I
open?" names no entry of the list on the screen, and yet means one of them.
"""
CLASS_TEXTS = tuple(text for texts in CLASSES.values() for text in texts)


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """What one dialogue gives the recogniser. `vector` is the unit context vector, or None where nothing was said."""

    vector: NDArray[np.float32] | None
    bias: BiasList


NO_CONTEXT = Context(None, EMPTY)


def compute_context(
    turns: Sequence[Turn],
    items: Sequence[ContextItem],
    embed: Embed,
    pronounce: Pronounce = pronounce,
    information: Mapping[str, str] = NOTHING_ELSE,
) -> Context:
    """Rank the items, together with the names of all replies, by what they mean."""
    return rank_candidates(turns, add_names(turns, items), embed, pronounce, information)


def add_names(turns: Sequence[Turn], items: Sequence[ContextItem]) -> tuple[ContextItem, ...]:
    """The items, and what the assistant has named in this round and in earlier ones."""
    known = (*items, *prior_turn_items(turns, items))
    return (*known, *earlier_turn_items(turns, known))


def rank_candidates(
    turns: Sequence[Turn],
    candidates: Sequence[ContextItem],
    embed: Embed,
    pronounce: Pronounce = pronounce,
    information: Mapping[str, str] = NOTHING_ELSE,
) -> Context:
    """Rank just these items by their cosine to the context vector, and that of their class.

    An item of no class counts as of the likeliest, for the names of a reply are what the reply is about.

    Args:
        turns: of the whole dialogue, oldest first; the last two are the round that is followed up.
        candidates: what may be said next.
        embed: texts to vectors; called once.
        pronounce: how a text is said.
        information: what else is known, by its name; the text counts.
    """
    said = _join(turns[-TURNS_IN_ROUND:])
    if not said:
        return Context(None, build_bias_list(((item, 0.0) for item in candidates), pronounce))
    earlier = list_rounds(turns[:-TURNS_IN_ROUND])[-(ROUNDS - 1) :]
    rows = {text: weigh(len(earlier) - place) for place, text in enumerate(earlier)}
    rows |= {text: weigh(None) for text in information.values() if text.strip()}
    vectors = embed([said, *rows, *CLASS_TEXTS, *(item.text for item in candidates)])
    vector = vectors[0] if not rows else average(np.array([1.0, *rows.values()], np.float32), vectors[: len(rows) + 1])
    compared = vectors[len(rows) + 1 :]
    cosines = (compared * vector).sum(axis=1).tolist()  # not @, which rounds a row by its place among the others
    near = dict(zip(CLASS_TEXTS, cosines, strict=False))
    classes = {signal: max(near[text] for text in texts) for signal, texts in CLASSES.items()}
    likeliest = max((classes[item.signal] for item in candidates if item.signal in classes), default=0.0)
    scores = [
        cosine + classes.get(item.signal, likeliest)
        for item, cosine in zip(candidates, cosines[len(CLASS_TEXTS) :], strict=True)
    ]
    return Context(vector, build_bias_list(zip(candidates, scores, strict=True), pronounce))


def list_rounds(turns: Sequence[Turn]) -> list[str]:
    """Each round as one text, oldest first. A user's turn begins a round."""
    rounds: list[list[Turn]] = []
    for turn in turns:
        if turn.speaker == "user" or not rounds:
            rounds.append([])
        rounds[-1].append(turn)
    return [text for text in map(_join, rounds) if text]


def _join(turns: Sequence[Turn]) -> str:
    return " ".join(turn.text for turn in turns).strip()
