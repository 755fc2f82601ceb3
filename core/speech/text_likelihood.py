"""How likely a text is by the phones of a clip, whatever the decoder wrote."""

from collections.abc import Sequence
from typing import NamedTuple

from core.speech.heard_phones import HeardPhones
from core.speech.phones import Phones, index_phones
from core.speech.phonetics import pronounce
from core.speech.words import Words


class Likelihood(NamedTuple):
    """The log-likelihood of a text's phones, of all together and per phone; of the likeliest way to say it."""

    total: float
    each: float


def measure_likelihoods(texts: Sequence[Words], phones: HeardPhones) -> list[Likelihood]:
    """Of each text's phones as all that was said in the clip, in whichever way it is said."""
    ways = [[index_phones(way) for way in pronounce(" ".join(words)) or ("",)] for words in texts]
    totals = iter(phones.measure([way for of_text in ways for way in of_text]).tolist())
    return [max(_share(next(totals), way) for way in of_text) for of_text in ways]


def _share(total: float, way: Phones) -> Likelihood:
    return Likelihood(total, total / max(1, len(way)))
