"""The placebo: each context item of an utterance gives way to one of another dialogue of the set.

It has the form of context and nothing of its content: if it gains as much, the gain does not come from the context.
"""

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.context.ranking import add_names
from core.dialogue import ContextItem
from core.speech.words import FUNCTION_WORDS
from evals.manifest import Utterance


@dataclass(frozen=True, slots=True)
class _Stranger:
    """An item that may be drawn, and what decides for whom."""

    item: ContextItem
    key: str
    words: frozenset[str]
    dialogues: frozenset[str]


class PlaceboPool:
    """The items of all dialogues of a set, to draw from. What is drawn depends on the set and the seed alone."""

    def __init__(self, candidates: Iterable[tuple[Utterance, Sequence[ContextItem]]], seed: int) -> None:
        self._seed = seed
        dialogues: dict[ContextItem, set[str]] = {}
        for utterance, items in candidates:
            for item in items:
                dialogues.setdefault(item, set()).add(utterance.dialogue_id)
        unique = _unique(sorted(dialogues, key=lambda item: (item.signal, item.text)))
        self._strangers = [_Stranger(i, _key(i), _words(i.text), frozenset(dialogues[i])) for i in unique]

    def draw(self, utterance: Utterance, candidates: Sequence[ContextItem]) -> tuple[ContextItem, ...]:
        """As many items as `candidates` has texts, no text twice; fewer where the other dialogues have fewer.

        As many of each signal where the other dialogues have them, else of any signal. None stands in the utterance's
        own context, and none holds a word of what is said, so the placebo never names the utterance's own entity.
        """
        wanted = Counter(item.signal for item in _unique(candidates))
        drawn: list[ContextItem] = []
        others: list[ContextItem] = []
        for item in self._shuffle_strangers(utterance):
            if not wanted.total():
                break
            (drawn if wanted[item.signal] else others).append(item)
            wanted[item.signal] -= wanted[item.signal] > 0
        return (*drawn, *others[: wanted.total()])

    def _shuffle_strangers(self, utterance: Utterance) -> Iterator[ContextItem]:
        generator = random.Random(f"{self._seed} {utterance.utterance_id}")  # noqa: S311 - no secret
        own = {_key(item) for item in add_names(utterance.dialogue, utterance.context)}
        said = _words(" ".join((utterance.text, *utterance.bias_words)))
        for one in generator.sample(self._strangers, len(self._strangers)):
            is_elsewhere = not one.dialogues <= {utterance.dialogue_id}
            if is_elsewhere and one.key not in own and one.words.isdisjoint(said):
                yield one.item


def _unique(items: Iterable[ContextItem]) -> list[ContextItem]:
    """The first item of each text: a contact that the reply also names is one hotword, not two."""
    unique: dict[str, ContextItem] = {}
    for item in items:
        unique.setdefault(_key(item), item)
    return list(unique.values())


def _key(item: ContextItem) -> str:
    return " ".join(item.text.casefold().split())


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold())) - FUNCTION_WORDS
