"""From the dialogue and the items to the bias list: the context vector, and the cosine of every item to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.context.bias import EMPTY, BiasList, Pronounce, build_bias_list
from core.context.signals import prior_turn_items
from core.dialogue import ContextItem, Turn
from core.speech.phonetics import pronounce

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to unit vectors of shape (len(texts), dimensions)."""

TURNS_IN_VECTOR = 2  # the utterance and its reply


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """What one dialogue gives the recogniser. `vector` is the unit context vector, or None where nothing was said."""

    vector: NDArray[np.float32] | None
    bias: BiasList


NO_CONTEXT = Context(None, EMPTY)


def compute_context(
    turns: Sequence[Turn], items: Sequence[ContextItem], embed: Embed, pronounce: Pronounce = pronounce
) -> Context:
    """Embed the last turns, and rank the items together with the names of the last reply by their cosine to it."""
    return rank_candidates(turns, [*items, *prior_turn_items(turns)], embed, pronounce)


def rank_candidates(
    turns: Sequence[Turn], candidates: Sequence[ContextItem], embed: Embed, pronounce: Pronounce = pronounce
) -> Context:
    """Embed the last turns, and rank just these items by their cosine to it."""
    said = " ".join(turn.text for turn in turns[-TURNS_IN_VECTOR:]).strip()
    if not said:
        return Context(None, build_bias_list(((item, 0.0) for item in candidates), pronounce))
    vectors = embed([said, *(item.text for item in candidates)])
    scores = (vectors[1:] * vectors[0]).sum(axis=1)  # not @, which rounds a row by its place among the others
    return Context(vectors[0], build_bias_list(zip(candidates, scores.tolist(), strict=True), pronounce))
