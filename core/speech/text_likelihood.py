"""How likely a text is by the phones of a clip, whatever the decoder wrote."""

from collections.abc import Sequence
from typing import NamedTuple

from core.speech.heard_phones import HeardPhones
from core.speech.phones import Phones, index_phones
from core.speech.phonetics import pronounce
from core.speech.words import has_capitals, is_spelled, name_words


class Likelihood(NamedTuple):
    """The log-likelihood of a text's phones, of all together and per phone; of the likeliest way to say it."""

    total: float
    each: float


def measure_likelihoods(texts: Sequence[str], phones: HeardPhones) -> list[Likelihood]:
    """Of each text's phones as all that was said in the clip, in whichever way it is said."""
    ways = [[index_phones(way) for way in pronounce(_write_plainly(text)) or ("",)] for text in texts]
    totals = iter(phones.measure([way for of_text in ways for way in of_text]).tolist())
    return [max(_share(next(totals), way) for way in of_text) for of_text in ways]


def _write_plainly(text: str) -> str:
    """A text with its letters joined where it is spelled, and in small letters, but for what several capitals are in:
    nobody says "JFK" as a word, and a capital at the start of a sentence tells nothing.
    """
    words = name_words(text)
    if any(map(is_spelled, words)):
        return " ".join(words)
    return " ".join(word if has_capitals(word) else word.casefold() for word in text.split())


def _share(total: float, way: Phones) -> Likelihood:
    return Likelihood(total, total / max(1, len(way)))
