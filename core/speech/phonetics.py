"""How words sound: text to phonemes, offline, through hibari's letter-to-sound rules (Apache-2.0).

The phonemes are misaki's: mostly IPA, one character each, with single capital letters for diphthongs ("A" in "day").
"""

import functools
import re
import threading
import unicodedata
from typing import Any

from core.speech.phones import Phones, index_phones
from core.speech.words import is_spelled

SILENT = "-"
"""Stands for a word that cannot be pronounced, such as one in another script."""

MAX_WORD_CHARS = 60  # longer "words" are no words, and take long to spell
_UNSPOKEN = re.compile(r"[^\w]|[ˈˌː_]")
_lock = threading.Lock()


def pronounce(text: str) -> tuple[str, ...]:
    """The ways to say `text`, American first, British where it differs; without stress, length and punctuation.

    Each word is spoken by itself, so a way has one group of phonemes for every word of `text.split()`, with a space
    between them. A text without any sound has no way.
    """
    words = [_pronounce_word(word) for word in text.split()]
    if all(word == (SILENT, SILENT) for word in words):
        return ()
    return tuple(dict.fromkeys(" ".join(accent) for accent in zip(*words, strict=True)))


def sound_out(text: str, british: bool = False) -> Phones:
    """The phones of `text` said the American way, or the British; none where it has no sound."""
    return index_phones((pronounce(text) or ("",))[-1 if british else 0])


def list_words() -> list[str]:
    """Every word of the American dictionary, in its order."""
    lexicon = _load(british=False).lexicon
    return list(dict.fromkeys([*lexicon.golds.d, *lexicon.silvers.d]))


@functools.lru_cache(maxsize=65536)
def is_word(word: str) -> bool:
    """Whether the dictionary has the word, its ending left out, or it is a number."""
    stem = word.partition("'")[0]
    lexicon = _load(british=False).lexicon
    return stem.isdigit() or bool(lexicon.is_known(stem, None) or lexicon.is_known(stem.capitalize(), None))


@functools.lru_cache(maxsize=65536)
def _pronounce_word(word: str) -> tuple[str, str]:
    if len(word) > MAX_WORD_CHARS:
        return SILENT, SILENT
    american, british = (_UNSPOKEN.sub("", _spell(word, british)) for british in (False, True))
    return american or SILENT, british or american or SILENT


def _spell(word: str, british: bool) -> str:
    try:
        with _lock:  # the library keeps state while it works
            text = unicodedata.normalize("NFKC", word)
            return str(_load(british)(text.upper() if is_spelled(text) else text))  # of letters, "a" is no article
    except (ValueError, KeyError, IndexError):  # some signs that it takes for numbers are none
        return ""


@functools.cache
def _load(british: bool) -> Any:
    from hibari.g2p import G2P  # noqa: PLC0415 - half a second for its lexicon

    return G2P(british=british)
