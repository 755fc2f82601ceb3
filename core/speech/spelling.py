"""Spelled names: who is not understood says "B-A-U-E-R", which Whisper writes so, or as "BAUER" or "B.A. UER"."""

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.context.bias import Hotword
from core.speech.phonetics import pronounce_in_accent
from core.speech.words import spoken_words

LEAST_LETTERS, MOST_LETTERS = 3, 15  # of a word; nobody spells a longer one at a stretch
ZED = "zɛd"  # the British name of a letter, which the dictionaries lack
_WRITTEN = re.compile(r"\b(?:[A-Z]{2,}|[A-Za-z](?:[-., ]+[A-Za-z]){2,})\b")


def may_be_spelled(texts: Iterable[str]) -> bool:
    """Whether letters were written: some in a row, or a word in capitals."""
    return any(map(_WRITTEN.search, texts))


def spell_out(hotwords: Iterable[Hotword]) -> list[Hotword]:
    """Each hotword letter by letter, "M-E-G B-A-U-E-R", and so its sounds; without those that are not of letters."""
    spelled = ((hotword, [_list_letters(word) for word in hotword.text.split()]) for hotword in hotwords)
    return [
        replace(hotword, text=" ".join("-".join(word).upper() for word in words), sounds=_name_all(words))
        for hotword, words in spelled
        if words and all(LEAST_LETTERS <= len(word) <= MOST_LETTERS for word in words)
    ]


def _list_letters(word: str) -> str:
    return "".join(letter for letter in "".join(spoken_words(word)) if "a" <= letter <= "z")


def _name_all(words: Sequence[str]) -> tuple[str, ...]:
    """The ways to name all of their letters, American first, with a space between words as `pronounce` has it."""
    return tuple(
        dict.fromkeys(
            " ".join("".join(_name_letter(letter, british) for letter in word) for word in words)
            for british in (False, True)
        )
    )


@functools.cache
def _name_letter(letter: str, british: bool) -> str:
    if british and letter == "z":
        return ZED
    twice = pronounce_in_accent(f"{letter}-{letter}".upper(), british)  # a single "A" would be the article
    return twice[: len(twice) // 2]
