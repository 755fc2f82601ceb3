"""Where the context shows up in a text: mentions of its items, whole or in part.

Follow-up answers name an item by a part of it: "Bauer" stands for the contact "Meg Bauer". So every run of an item's
words counts as a mention if it neither begins nor ends with a function word, and the longest run at a place wins.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.speech.words import FUNCTION_WORDS, list_runs
from evals.normalize import Tokens


@dataclass(frozen=True, slots=True)
class Entities:
    """The items of one context, ready to be looked for.

    runs: the runs of words by which the items can be mentioned.
    longest: the number of words in the longest run.
    words: all their words, without function words.
    """

    runs: frozenset[Tokens]
    longest: int
    words: frozenset[str]

    @classmethod
    def of(cls, items: Iterable[Tokens]) -> "Entities":
        """The items as words. An item of nothing but function words is one run."""
        runs = frozenset(words[start:end] for words in items if words for start, end in list_runs(words))
        words = frozenset(word for run in runs for word in run) - FUNCTION_WORDS
        return cls(runs, max(map(len, runs), default=0), words)


def count_mentions(words: Sequence[str], entities: Entities) -> Counter[Tokens]:
    """How often each run is mentioned, read from left to right, the longest first, none overlapping another."""
    mentions: Counter[Tokens] = Counter()
    start = 0
    while start < len(words):
        ends = range(min(start + entities.longest, len(words)), start, -1)
        found = next((run for end in ends if (run := tuple(words[start:end])) in entities.runs), None)
        if found:
            mentions[found] += 1
        start += len(found) if found else 1
    return mentions
