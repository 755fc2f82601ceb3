"""How a name is written that was heard: as it stands in the list, "Fig & Olive" and not "fig and olive", "Chloë" where
Whisper writes "Chloe".

Only names that are written otherwise than they are said, and only where every sound of them was heard as a word: what
was said is not decided here.
"""

import re
import unicodedata
from collections.abc import Container, Iterable, Mapping, Sequence

from core.letters import fold_letters
from core.speech.phonetics import is_common, is_word
from core.speech.reading import read_aloud
from core.speech.words import Words, end_with, has_capitals, spoken_words

LONGEST = 12  # words of a text that may be one name
_BEFORE = re.compile(r"\A[^\w#@$£€]*")
_AFTER = re.compile(r"[^\w+%]*\Z")
_Spelling = tuple[Words, str]


def write_as_listed(text: str, names: Iterable[str]) -> str:
    """The text with each name in it as it is listed.

    Args:
        text: what was heard.
        names: as they are listed; of two that are said alike the first counts.
    """
    names = tuple(names)
    listed = _index(names)
    if not listed:
        return text
    spellings = frozenset(map(_spell, names))
    words = text.split()
    place = 0
    while place < len(words):
        end, name = _find_longest(words, place, listed)
        if name and not _stays(" ".join(words[place:end]), name, spellings):
            before, after = _BEFORE.findall(words[place])[0], _AFTER.findall(words[end - 1])[0]
            words[place:end] = [f"{before}{end_with(name, after)}"]
        place += 1
    return " ".join(words)


def _find_longest(words: Sequence[str], start: int, listed: Mapping[str, str]) -> tuple[int, str]:
    """Where the longest run of words from `start` on that is said as a listed name ends, and that name, if any."""
    for end in range(min(len(words), start + LONGEST), start, -1):
        if name := listed.get(_join(read_aloud(" ".join(words[start:end]))[0])):
            return end, name
    return start, ""


def _index(names: Iterable[str]) -> dict[str, str]:
    """Each name that is written otherwise than said, by its letters as they are said, in every way."""
    listed: dict[str, str] = {}
    for name in names:
        if _is_written_otherwise(name):
            for reading in read_aloud(name):
                listed.setdefault(_join(reading), name)
    listed.pop("", None)
    return listed


def _is_written_otherwise(name: str) -> bool:
    """As "Fig & Olive" is, "JFK", "O'Brien" and "Chloë"; what is no word at all is no name."""
    has_accents = fold_letters(name) != name.casefold()
    is_otherwise = has_accents or any(map(has_capitals, name.split())) or read_aloud(name) != (tuple(name.split()),)
    return is_otherwise and bool(spoken_words(name))


def _stays(text: str, name: str, spellings: Container[_Spelling]) -> bool:
    """Whether the name's words stand there already, with the accents of a listed name, "Chloe" beside "Chloë" if both
    are listed; and a word by itself is what it is: "us" is not "U.S.", "rose" is not "Rosé".
    """
    words = spoken_words(text)
    if words != spoken_words(name):
        return len(words) == 1 and is_word(words[0])
    return _spell(text) in spellings or (len(words) == 1 and is_common(words[0]))


def _spell(text: str) -> _Spelling:
    """Its words, and its letters with their accents."""
    return spoken_words(text), "".join(filter(str.isalnum, unicodedata.normalize("NFC", text).casefold()))


def _join(reading: Iterable[str]) -> str:
    return "".join(filter(str.isalnum, fold_letters("".join(reading))))
