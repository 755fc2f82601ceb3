"""What is said to a phone head in training: words of the dictionary at random, to learn sounds from and no language.

Nearly half of them are names. No word of the test split is among them, so the figures of the test split stay what they
are: of names that were never met before.
"""

import functools
import random

from core.speech.phonetics import list_words
from core.speech.words import FUNCTION_WORDS, spoken_words
from evals.manifest import read_shipped

SHAPES = (
    "{}.",
    "{} {}.",
    "{}, please.",
    "{} {}, please.",
    "The {}.",
    "The {} {}.",
    "I said {}.",
    "Not {}, {}.",
    "Make it {}.",
    "With {} and {}.",
    "That is {} {}.",
    "Give me {} {}.",
    "It's {}'s.",
    "Try {} {} first.",
    "Turn it over to {}.",
    "{} or {}?",
)
NAMES = 0.45  # of all words
SHAPED = 0.5  # of all texts; the others are words in a row
FUNCTION = 0.3  # of the words in a row
LEAST_WORDS, MOST_WORDS = 3, 7
SHORTEST, LONGEST = 3, 12  # letters


def draw_text(rng: random.Random) -> str:
    """A short answer, or some words in a row."""
    if rng.random() < SHAPED:
        shape = rng.choice(SHAPES)
        return shape.format(*(draw_word(rng).capitalize() for _ in range(shape.count("{}"))))
    count = rng.randint(LEAST_WORDS, MOST_WORDS)
    joining = sorted(FUNCTION_WORDS)
    words = [rng.choice(joining) if rng.random() < FUNCTION else draw_word(rng) for _ in range(count)]
    return f"{' '.join(words).capitalize()}."


def draw_word(rng: random.Random) -> str:
    """Of the dictionary, nearly every other one a name."""
    names, others = _vocabulary()
    return rng.choice(names if rng.random() < NAMES else others)


@functools.cache
def _vocabulary() -> tuple[list[str], list[str]]:
    """Names and other words."""
    kept_out = _test_words()
    usable = [
        word
        for word in list_words()
        if word.isascii() and word.isalpha() and SHORTEST <= len(word) <= LONGEST and word.casefold() not in kept_out
    ]
    names = [word for word in usable if word.istitle()]
    return names, [word for word in usable if word.islower()]


def _test_words() -> frozenset[str]:
    test = (one for one in read_shipped() if one.slices.get("split") == "test")
    texts = (text for one in test for text in (one.text, *(item.text for item in one.context)))
    return frozenset(word for text in texts for word in spoken_words(text))
