"""Texts that the context makes possible: the plain text with a name in the place of what sounds like it, or that name
alone, as short answers are. "Power's" gives "Bauer" and "Bauer's".
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np

from core.speech.phones import Phones, index_phones
from core.speech.phonetics import is_listed, pronounce, sound_out
from core.speech.shortlist import Match
from core.speech.sound_match import SoundBank
from core.speech.words import end_with, holds, split_ending, spoken_words

LEAST_RUNS, MOST_RUNS = 2, 8
WORDS_A_RUN = 3  # a longer text may hold more names
MAX_SPAN_WORDS = 6
LEAST_KEPT = 3  # letters of a word in which a name begins
LEAST_LEFT = 2  # phones of it that are the name's; one belongs to both, "Start Tramlines" is said as "Star Tramlines"
MAX_ANSWER_WORDS = 8  # what is heard as more is no name alone, and Whisper is too willing to end early
_BEFORE = re.compile(r"\A\W*")
_AFTER = re.compile(r"\W*\Z")


@dataclass(frozen=True, slots=True)
class Replacement:
    """`form` in the place of the words of the plain text from `first` up to `end`."""

    first: int
    end: int
    form: str

    def overlaps(self, other: "Replacement") -> bool:
        """Whether both are for one word."""
        return self.first < other.end and other.first < self.end


def propose_replacements(plain: str, matches: Sequence[Match]) -> tuple[Replacement, ...]:
    """Of the strongest runs that the text doesn't hold as they are; and in a short text, of all of it by a run.

    Args:
        plain: what is heard without context.
        matches: strongest first.
    """
    words, written = plain.split(), spoken_words(plain)
    count = min(MOST_RUNS, max(LEAST_RUNS, len(words) // WORDS_A_RUN))
    runs = tuple(dict.fromkeys(match.run for match in matches))
    unwritten = islice((run for run in runs if not holds(written, spoken_words(run))), count)
    alone = (Replacement(0, len(words), end_with(run, ".")) for run in runs[:count])
    return (*_replace_parts(words, unwritten), *(alone if len(words) <= MAX_ANSWER_WORDS else ()))


def replace_words(plain: str, replacements: Iterable[Replacement]) -> str:
    """The text with all of them, none of which overlaps another."""
    words = plain.split()
    for one in sorted(replacements, key=lambda one: one.first, reverse=True):
        words[one.first : one.end] = [one.form]
    return " ".join(words)


def choose_apart(replacements: Iterable[Replacement]) -> tuple[Replacement, ...]:
    """The first, and each further one that overlaps none before it."""
    chosen: list[Replacement] = []
    for one in replacements:
        if not any(map(one.overlaps, chosen)):
            chosen.append(one)
    return tuple(chosen)


class _Span(NamedTuple):
    """Words of the plain text as a half-open range, what is kept of the first of them, and the phones of all else."""

    first: int
    end: int
    kept: str
    sounds: Phones


def _replace_parts(words: Sequence[str], runs: Iterable[str]) -> Iterator[Replacement]:
    spans = _list_spans(words)
    bank = SoundBank([span.sounds for span in spans])
    for run in runs:
        for span in _choose_nearest(spans, bank, run):
            forms = _list_forms(words[span.first : span.end], run, span.kept)
            yield from (Replacement(span.first, span.end, form) for form in forms)


def _list_forms(replaced: Sequence[str], run: str, kept: str) -> Iterator[str]:
    """The run between the signs around the replaced words, without their possessive or plural ending and with it; and
    behind what is kept of the first of them.
    """
    before, after = _BEFORE.findall(replaced[0])[0], _AFTER.findall(replaced[-1])[0]
    before = f"{before}{kept} " if kept else before
    ending = split_ending(replaced[-1].removesuffix(after))[1]
    yield f"{before}{end_with(run, after)}"
    if ending and not split_ending(run)[1]:
        yield f"{before}{run}{ending}{after}"


def _list_spans(words: Sequence[str]) -> list[_Span]:
    beginnings = [_list_beginnings(word) for word in words]
    return [
        _Span(first, end, kept, np.concatenate([phones, *(of_word[0][1] for of_word in beginnings[first + 1 : end])]))
        for first in range(len(words))
        for end in range(first + 1, min(len(words), first + MAX_SPAN_WORDS) + 1)
        for kept, phones in beginnings[first]
    ]


def _list_beginnings(word: str) -> list[tuple[str, Phones]]:
    """How much of a word may stay where a name begins in it, nothing first, and the phones of the rest: Whisper may
    write "Phone Ellis" in one, "Phonelis". What stays is a word of the dictionary, and said as it is alone.
    """
    sounds, bare = sound_out(word), _BEFORE.sub("", word)
    beginnings = [("", sounds)]
    for length in range(LEAST_KEPT, len(bare)):
        kept = bare[:length]
        if kept.isalpha() and is_listed(kept):
            phones = sound_out(kept)
            if 0 < len(phones) <= len(sounds) - LEAST_LEFT and np.array_equal(sounds[: len(phones)], phones):
                beginnings.append((kept, sounds[len(phones) :]))
    return beginnings


def _choose_nearest(spans: Sequence[_Span], bank: SoundBank, run: str) -> list[_Span]:
    """That which sounds most like the run of those of which nothing is kept; and one of the others, if it is nearer.
    None where nothing can be pronounced. The bank holds the spans' sounds.
    """
    ways = pronounce(run)
    if not ways or not spans:
        return []
    distances = np.min([bank.measure(index_phones(way)) for way in ways], axis=0)
    is_split = np.array([bool(span.kept) for span in spans])
    whole, nearest = int(np.where(is_split, np.inf, distances).argmin()), int(distances.argmin())
    return [spans[place] for place in dict.fromkeys((whole, nearest))]
