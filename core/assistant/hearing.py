"""What was said, as words that can be compared: case, accents and punctuation make no difference."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.letters import fold_letters


def word_set(text: str) -> frozenset[str]:
    """The words of a line as a set."""
    return frozenset(text.split())


OPENERS = word_set(
    "hey hi hello ok okay please can could would will you i id im want need to like lets let us me now and then so um"
    " uh oh no nope yes yeah well just actually sorry alexa computer assistant go ahead"
)
"""Words that may come before a request or an answer and say nothing about it."""

YES = word_set("yes yeah yep yup sure ok okay right correct exactly")
NO = word_set("no nope nah neither none")
_EMPTY_WORDS = word_set(
    "the a an of for in at by with from is are it its that thats this there him her them one ones mean meant said say"
    " think take thanks thank some any my other number option"
)
NOISE = OPENERS | YES | NO | _EMPTY_WORDS
"""Words that never tell one thing from another."""

CANCEL = (
    *("cancel", "never mind", "nevermind", "forget it", "forget about it", "leave it", "stop"),
    *("no thanks", "no thank you", "nothing", "nobody", "no one"),
)
LONGEST_CANCEL_WORDS = 6

_DENIALS = frozenset({"not", "dont"})
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}
_ORDINALS |= {"1st": 0, "2nd": 1, "3rd": 2, "4th": 3, "5th": 4, "former": 0, "latter": -1, "nearest": 0, "closest": 0}
_ORDINALS |= {"sixth": 5, "seventh": 6, "eighth": 7, "ninth": 8, "tenth": 9}
_NUMBERS = {"one": 0, "two": 1, "three": 2, "four": 3, "five": 4, "1": 0, "2": 1, "3": 2, "4": 3, "5": 4}
_BESIDE_NUMBERS = {"number", "option", "please"}

_APOSTROPHES = str.maketrans("", "", "'`\u2018\u2019\u02bb\u02bc")  # which part no words (O'Brien)
_CLAUSE_END = re.compile(r"[,.;:!?]+")
_WORD = re.compile(r"[^\W_]+")
_SPELLED = re.compile(r"\b[^\W\d_](?:[- ][^\W\d_]){2,}\b")


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance as words; `denied` are those that follow a "not" in their clause."""

    words: tuple[str, ...]
    denied: tuple[str, ...] = ()


def fold_words(text: str) -> tuple[str, ...]:
    """The words of `text` in small letters without accents and apostrophes; a hyphen parts words, but three
    letters in a row are one that is spelled ("B-A-U-E-R").
    """
    plain = fold_letters(text).translate(_APOSTROPHES)
    return tuple(_WORD.findall(_SPELLED.sub(lambda letters: "".join(_WORD.findall(letters.group())), plain)))


def hear(utterance: str) -> Heard:
    """Take an utterance apart: "Bauer, not Jones." holds the word "bauer" and denies "jones"."""
    words: list[str] = []
    denied: list[str] = []
    for clause in _CLAUSE_END.split(utterance):
        said, refused = _split_at_denial(fold_words(clause))
        words += said
        denied += refused
    return Heard(tuple(words), tuple(denied))


def _split_at_denial(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    at = next((i for i, word in enumerate(words) if word in _DENIALS), len(words))
    return words[:at], words[at + 1 :]


def skip_openers(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words from the first on that is more than politeness: "could you please call" becomes "call"."""
    at = next((i for i, word in enumerate(words) if word not in OPENERS), len(words))
    return words[at:]


def read_position(words: Sequence[str]) -> int | None:
    """The place in a spoken list that is meant, from 0, or -1 for the last: "the second one", "number two"."""
    for word in words:
        if word in _ORDINALS:
            return _ORDINALS[word]
    if set(words) <= _NUMBERS.keys() | _BESIDE_NUMBERS:
        return next((_NUMBERS[word] for word in words if word in _NUMBERS), None)
    return None


def says_cancel(words: Sequence[str]) -> bool:
    """Whether a short utterance ends the conversation."""
    text = f" {' '.join(words)} "
    return len(words) <= LONGEST_CANCEL_WORDS and any(f" {phrase} " in text for phrase in CANCEL)


def join_names(names: Iterable[str], last: str) -> str:
    """A spoken list, "A, B or C", with `last` ("and", "or") before the last name."""
    *first, final = names
    return f"{', '.join(first)} {last} {final}" if first else final
