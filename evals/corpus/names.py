"""Plausible names that nobody says: what else stands in a user's address book, house or library.

They are put together from the word lists in `texts/<split>/words.toml`, written for this project; the splits share
no word.
"""

import functools
import itertools
import random
from collections.abc import Iterator

from core.dialogue import ContextItem, Signal
from core.errors import DataFileError
from evals.corpus.texts import Split, read_texts, split_words

MAX_ITEMS = 12  # of a small context


def grow_context(
    given: tuple[ContextItem, ...], size: int, split: Split, seed: str, said: str
) -> tuple[ContextItem, ...]:
    """A context of `size` items, in random order: the given ones and others of the same signal.

    With one seed the smaller contexts are parts of the larger ones. No added item holds a word of what is said.

    Raises:
        DataFileError: the word lists are too short for that many.
    """
    heard = _words(said)
    fitting = (item for item in _draw_items(given[0].signal, split, seed) if not _words(item.text) & heard)
    context = [*given, *itertools.islice((item for item in fitting if item not in given), size - len(given))]
    if len(context) < size:
        raise DataFileError(f"{split}/words.toml makes fewer than {size} items of {given[0].signal}.")
    random.Random(f"{seed} order").shuffle(context)  # noqa: S311 - nothing secret
    return tuple(context)


def draw_pair(signal: Signal, split: Split, seed: str) -> tuple[ContextItem, ContextItem]:
    """Two items that have no word in common."""
    items = _draw_items(signal, split, f"{seed} pair")
    first = next(items)
    return first, next(item for item in items if not _words(item.text) & _words(first.text))


def draw_size(least: int, seed: str) -> int:
    """The size of a small context, from `least` to 12."""
    return random.Random(f"{seed} size").randint(least, MAX_ITEMS)  # noqa: S311 - nothing secret


def _draw_items(signal: Signal, split: Split, seed: str) -> Iterator[ContextItem]:
    """All items of the signal in an order that the seed decides."""
    names = list(_list_names(signal, split))
    random.Random(f"{seed} items").shuffle(names)  # noqa: S311 - nothing secret
    return (ContextItem(signal, name) for name in names)


@functools.cache
def _list_names(signal: Signal, split: Split) -> tuple[str, ...]:
    parts = (text.split() for text in read_texts(split, "words")[signal])
    return tuple(" ".join(words) for words in itertools.product(*parts))


def _words(text: str) -> set[str]:
    return {word.casefold() for word in split_words(text)}
