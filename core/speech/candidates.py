"""Texts that the context makes possible: the plain text with a name in the place of what sounds like it, or that name
alone, as short answers are. "Power's" gives "Bauer" and "Bauer's".
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from core.speech.phones import index_phones
from core.speech.phonetics import pronounce, sound_out
from core.speech.shortlist import Match
from core.speech.sound_match import SoundBank
from core.speech.words import split_ending

MAX_RUNS = 2
MAX_SPAN_WORDS = 6
MAX_ANSWER_WORDS = 8  # what is heard as more is no name alone, and Whisper is too willing to end early
_BEFORE = re.compile(r"\A\W*")
_AFTER = re.compile(r"\W*\Z")


def propose_texts(plain: str, matches: Sequence[Match]) -> tuple[str, ...]:
    """Two texts for each of the strongest runs, each text once.

    Args:
        plain: what is heard without context.
        matches: strongest first.
    """
    runs = islice(dict.fromkeys(match.run for match in matches), MAX_RUNS)
    return tuple(dict.fromkeys(text for run in runs for text in _texts(plain, run)))


def _texts(plain: str, run: str) -> Iterator[str]:
    words = plain.split()
    span = _nearest_span(words, run)
    if span:
        first, last = span
        before, after = _BEFORE.findall(words[first])[0], _AFTER.findall(words[last - 1])[0]
        for ending in ("", *_endings(words[last - 1].removesuffix(after), run)):
            yield " ".join([*words[:first], f"{before}{run}{ending}{after}", *words[last:]])
    if len(words) <= MAX_ANSWER_WORDS:
        yield f"{run}."


def _endings(replaced: str, run: str) -> tuple[str, ...]:
    """Of a possessive or plural that the run would lose."""
    ending = split_ending(replaced)[1]
    return (ending,) if ending and not split_ending(run)[1] else ()


def _nearest_span(words: Sequence[str], run: str) -> tuple[int, int] | None:
    """The words that sound most like the run, as a half-open range; None where nothing can be pronounced."""
    sounds = [sound_out(word) for word in words]
    spans = [(i, j) for i in range(len(words)) for j in range(i + 1, min(len(words), i + MAX_SPAN_WORDS) + 1)]
    ways = pronounce(run)
    if not ways or not spans:
        return None
    bank = SoundBank([np.concatenate(sounds[slice(*span)]) for span in spans])
    distances = np.min([bank.measure(index_phones(way)) for way in ways], axis=0)
    return spans[int(distances.argmin())]
