"""How far one phone is from another: the price list for aligning what was heard with what an item sounds like.

Vowels lie in a plane (height, backness) with rounding, consonants on a line of places with a manner and a voice, after
the charts of the International Phonetic Association; a substitution costs the distance. The weights were chosen on the
`dev` split of data/followups by where the spoken item came among 2,000.
"""

import functools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Phones = NDArray[np.intp]
Costs = NDArray[np.float32]

# height (0 close, 1 open), backness (0 front, 1 back), rounding
_VOWELS: Mapping[str, tuple[float, float, float]] = {
    "i": (0.0, 0.0, 0.0), "ɪ": (0.15, 0.15, 0.0), "e": (0.35, 0.0, 0.0), "A": (0.35, 0.05, 0.0),  # A as in "day"
    "ɛ": (0.5, 0.1, 0.0), "æ": (0.8, 0.1, 0.0), "a": (0.9, 0.3, 0.0), "ɑ": (1.0, 0.9, 0.0),
    "ɒ": (0.9, 1.0, 0.6), "ɔ": (0.6, 1.0, 0.8), "o": (0.35, 1.0, 1.0), "ʊ": (0.15, 0.8, 0.7),
    "u": (0.0, 1.0, 1.0), "ʌ": (0.6, 0.6, 0.0), "ɐ": (0.7, 0.5, 0.0), "ə": (0.5, 0.5, 0.0),
    "ᵊ": (0.5, 0.5, 0.0), "ᵻ": (0.2, 0.3, 0.0), "ɜ": (0.5, 0.5, 0.2),
    "I": (0.7, 0.4, 0.0), "W": (0.8, 0.6, 0.4), "Y": (0.5, 0.7, 0.5),  # "my", "how", "boy"
    "O": (0.4, 0.9, 0.8), "Q": (0.4, 0.7, 0.6),  # "go", American and British
}  # fmt: skip
# place (0 lips, 1 throat), manner (0 stop, 1 fricative, 3 nasal, 4 approximant), voice
_CONSONANTS: Mapping[str, tuple[float, float, float]] = {
    "p": (0.0, 0.0, 0.0), "b": (0.0, 0.0, 1.0), "m": (0.0, 3.0, 1.0), "w": (0.0, 4.0, 1.0),
    "f": (0.15, 1.0, 0.0), "v": (0.15, 1.0, 1.0), "θ": (0.3, 1.0, 0.0), "ð": (0.3, 1.0, 1.0),
    "t": (0.4, 0.0, 0.0), "d": (0.4, 0.0, 1.0), "T": (0.4, 0.2, 1.0), "ɾ": (0.4, 0.2, 1.0), "n": (0.4, 3.0, 1.0),
    "s": (0.42, 1.3, 0.0), "z": (0.42, 1.3, 1.0), "l": (0.45, 4.0, 1.0), "ɹ": (0.5, 4.2, 1.0), "r": (0.5, 4.2, 1.0),
    "ʃ": (0.6, 1.3, 0.0), "ʒ": (0.6, 1.3, 1.0), "ʧ": (0.58, 0.7, 0.0), "ʤ": (0.58, 0.7, 1.0), "j": (0.7, 4.2, 1.0),
    "k": (0.9, 0.0, 0.0), "ɡ": (0.9, 0.0, 1.0), "ŋ": (0.9, 3.0, 1.0), "x": (0.9, 1.0, 0.0),
    "h": (1.0, 1.0, 0.0), "ʔ": (1.0, 0.0, 0.0),
}  # fmt: skip
_UNKNOWN = "?"
SYMBOLS = (*_VOWELS, *_CONSONANTS, _UNKNOWN)
_INDEX = {symbol: index for index, symbol in enumerate(SYMBOLS)}
_GLIDES = frozenset("ɹrjwl")
_OTHER_SORT = 1.1
_GAPS = {0.4: "əᵊᵻ", 0.45: "hʔɾT", 0.65: "ɹjwtdn"}  # what is easily swallowed costs less to leave out
_VOWEL_GAP, _CONSONANT_GAP = 0.65, 0.75


@functools.lru_cache(maxsize=65536)
def index_phones(phonemes: str) -> Phones:
    """The phones of a string as indices into the price list; spaces between words are no phones. Not to be changed."""
    return np.array([_INDEX.get(symbol, len(SYMBOLS) - 1) for symbol in phonemes if symbol not in " -"], dtype=np.intp)


def lay_side_by_side(sequences: Sequence[Phones]) -> tuple[Phones, NDArray[np.intp]]:
    """One column a sequence, so that one sweep serves all; shape (longest, sequences), and the length of each.

    There is at least one row, and what stands below a sequence's end means nothing.
    """
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.intp)
    phones = np.zeros((int(lengths.max(initial=1)), len(sequences)), dtype=np.intp)
    for place, sequence in enumerate(sequences):
        phones[: len(sequence), place] = sequence
    return phones, lengths


def _price(a: str, b: str) -> float:
    if a == b:
        return 0.0
    if a in _VOWELS and b in _VOWELS:
        height, backness, rounding = _distances(_VOWELS[a], _VOWELS[b])
        return min(0.7, 0.15 + 0.5 * height + 0.35 * backness + 0.15 * rounding)
    if a in _CONSONANTS and b in _CONSONANTS:
        place, manner, voice = _distances(_CONSONANTS[a], _CONSONANTS[b])
        return min(1.0, 0.1 + 0.55 * place + 0.16 * manner + 0.15 * voice)
    is_glide_for_vowel = _UNKNOWN not in (a, b) and bool(_GLIDES & {a, b})
    return 0.8 if is_glide_for_vowel else _OTHER_SORT


def _distances(a: tuple[float, float, float], b: tuple[float, float, float]) -> tuple[float, float, float]:
    return abs(a[0] - b[0]), abs(a[1] - b[1]), abs(a[2] - b[2])


def _gap(symbol: str) -> float:
    cheap = next((price for price, symbols in _GAPS.items() if symbol in symbols), None)
    return cheap or (_VOWEL_GAP if symbol in _VOWELS else _CONSONANT_GAP)


SUBSTITUTION: Costs = np.array([[_price(a, b) for b in SYMBOLS] for a in SYMBOLS], dtype=np.float32)
"""SUBSTITUTION[a, b]: the price of hearing phone b for a; symmetric, 0 on the diagonal."""

GAP: Costs = np.array([_gap(symbol) for symbol in SYMBOLS], dtype=np.float32)
"""GAP[a]: the price of a phone that is left out, or heard where there is none. Its sum is the mass of a sequence."""
