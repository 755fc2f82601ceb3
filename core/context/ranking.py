"""From the dialogue and the items to the bias list: the context vector, and how near items and their classes are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.context.bias import EMPTY, BiasList, Pronounce, build_bias_list
from core.context.signals import prior_turn_items
from core.dialogue import ContextItem, Signal, Turn
from core.speech.phonetics import pronounce

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to unit vectors of shape (len(texts), dimensions)."""

TURNS_IN_VECTOR = 2  # the utterance and its reply
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
    turns: Sequence[Turn], items: Sequence[ContextItem], embed: Embed, pronounce: Pronounce = pronounce
) -> Context:
    """Embed the last turns, and rank the items together with the names of the last reply by what they mean."""
    return rank_candidates(turns, [*items, *prior_turn_items(turns)], embed, pronounce)


def rank_candidates(
    turns: Sequence[Turn], candidates: Sequence[ContextItem], embed: Embed, pronounce: Pronounce = pronounce
) -> Context:
    """Embed the last turns, and rank just these items: by their cosine to it, and that of their class.

    An item of no class counts as of the likeliest, for the names of a reply are what the reply is about.
    """
    said = " ".join(turn.text for turn in turns[-TURNS_IN_VECTOR:]).strip()
    if not said:
        return Context(None, build_bias_list(((item, 0.0) for item in candidates), pronounce))
    vectors = embed([said, *CLASS_TEXTS, *(item.text for item in candidates)])
    cosines = (vectors[1:] * vectors[0]).sum(axis=1).tolist()  # not @, which rounds a row by its place among the others
    near = dict(zip(CLASS_TEXTS, cosines, strict=False))
    classes = {signal: max(near[text] for text in texts) for signal, texts in CLASSES.items()}
    likeliest = max((classes[item.signal] for item in candidates if item.signal in classes), default=0.0)
    scores = [
        cosine + classes.get(item.signal, likeliest)
        for item, cosine in zip(candidates, cosines[len(CLASS_TEXTS) :], strict=True)
    ]
    return Context(vectors[0], build_bias_list(zip(candidates, scores, strict=True), pronounce))
