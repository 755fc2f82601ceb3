"""Where the context shows up in a text: mentions of its items, whole or in part.

Follow-up answers name an item by a part of it: "Bauer" stands for the contact "Meg Bauer". So every run of an item's
words counts as a mention if it neither begins nor ends with a function word, and the longest run at a place wins.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from evals.normalize import Tokens

FUNCTION_WORDS = frozenset(
    ("a", "an", "and", "at", "by", "for", "from", "in", "my", "of", "on", "or", "the", "to", "with")
)


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
        runs = frozenset(run for words in items if words for run in _runs(words))
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


def _runs(words: Tokens) -> Iterator[Tokens]:
    content = [i for i, word in enumerate(words) if word not in FUNCTION_WORDS]
    if not content:
        yield words
    for start in content:
        yield from (words[start : end + 1] for end in content if end >= start)
