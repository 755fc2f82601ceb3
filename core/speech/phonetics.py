"""How words sound: text to phonemes, offline, through hibari's dictionaries and letter-to-sound rules (Apache-2.0).

The phonemes are misaki's: mostly IPA, one character each, with single capital letters for diphthongs ("A" in "day").
"""

import functools
import re
import threading
import unicodedata
from typing import Any

from core.speech.letter_to_sound import guess_phonemes, load_opinions
from core.speech.phones import Phones, index_phones
from core.speech.reading import read_aloud
from core.speech.words import is_spelled

SILENT = "-"
"""Stands for a word that cannot be pronounced, such as one in another script."""

MAX_WORD_CHARS = 60  # longer "words" are no words, and take long to spell
_UNSAID = (SILENT, SILENT, SILENT)
_UNSPOKEN = re.compile(r"[^\w]|[ˈˌː_]")
_AROUND = re.compile(r"^\W+|\W+$")
_lock = threading.Lock()


def load_rules() -> None:
    """Read dictionaries and rules, which takes half a second, now and not when the first word is pronounced.

    Raises:
        ModelError: what the second opinions come from is not installed.
    """
    pronounce("a")
    load_opinions()


def pronounce(text: str) -> tuple[str, ...]:
    """The ways to say `text`, read aloud as `core.speech.reading` has it; without stress, length and punctuation.
    American first, British where it differs, and where the dictionary lacks a word of it, American with a second
    opinion on such words.

    Each word is spoken by itself, so a way has one group of phonemes for every word of `text.split()`, with a space
    between them. A text without any sound has no way.
    """
    readings = [[_pronounce_words(words) for words in reading] for reading in read_aloud(text)]
    if all(word == _UNSAID for reading in readings for word in reading):
        return ()
    return tuple(dict.fromkeys(" ".join(way) for reading in readings for way in zip(*reading, strict=True)))


def pronounce_in_accent(text: str, british: bool) -> str:
    """The likeliest reading by dictionary and rules alone, the American way or the British; `SILENT` for a word without
    sound.
    """
    return " ".join(_pronounce_words(words)[int(british)] for words in read_aloud(text)[0])


def sound_out(text: str, british: bool = False) -> Phones:
    """The phones of `text` said the American way, or the British; none where it has no sound."""
    return index_phones(pronounce_in_accent(text, british))


def list_words() -> list[str]:
    """Every word of the American dictionary, in its order."""
    lexicon = _load(british=False).lexicon
    return list(dict.fromkeys([*lexicon.golds.d, *lexicon.silvers.d]))


@functools.lru_cache(maxsize=65536)
def is_word(word: str) -> bool:
    """Whether it is a number, or the dictionary has the word or what it is a form of: "minutes", "called", "Meg's"."""
    stem = word.partition("'")[0]
    return is_listed(word) or any(map(_is_inflected, (stem, stem.capitalize())))


def is_listed(word: str) -> bool:
    """Whether it is a number, or the dictionary has the word as it stands, an apostrophe and what follows left out."""
    stem = word.partition("'")[0]
    lexicon = _load(british=False).lexicon
    return stem.isdigit() or bool(lexicon.is_known(stem, None) or lexicon.is_known(stem.capitalize(), None))


def is_common(word: str) -> bool:
    """Whether the dictionary has the word, given in small letters, as it has "rose" and not "chloe"."""
    return bool(_load(british=False).lexicon.is_known(word, None))


def _is_inflected(word: str) -> bool:
    lexicon = _load(british=False).lexicon
    rules = (lexicon.stem_s, lexicon.stem_ed, lexicon.stem_ing)
    return any(rule(word, None, None, None)[0] is not None for rule in rules)


def _pronounce_words(words: str) -> tuple[str, str, str]:
    """What is said for one written word, as one group."""
    said = [_pronounce_word(word) for word in words.split()]
    if len(said) == 1:
        return said[0]
    american, british, guess = (
        "".join(way).replace(SILENT, "") or SILENT for way in zip(*(said or [_UNSAID]), strict=True)
    )
    return american, british, guess


@functools.lru_cache(maxsize=65536)
def _pronounce_word(word: str) -> tuple[str, str, str]:
    """American, British, and the second opinion: the American way where none is needed, or there is none."""
    if len(word) > MAX_WORD_CHARS:
        return _UNSAID
    american, british = (_UNSPOKEN.sub("", _spell(word, british)) for british in (False, True))
    bare = _AROUND.sub("", word)
    guess = "" if not american or is_listed(bare) or is_spelled(bare) else _guess(bare)
    return american or SILENT, british or american or SILENT, guess or american or SILENT


def _guess(word: str) -> str:
    """Part by part, where it has some: the dictionary may know one of them."""
    parts = [part for part in word.split("-") if part]
    return guess_phonemes(word) if len(parts) < 2 else "".join(_pronounce_word(part)[-1] for part in parts)


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
