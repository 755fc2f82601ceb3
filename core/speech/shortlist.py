"""Which of the items, however many, sound like something that was heard, and which part of them does."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from core.context.bias import Hotword
from core.speech.heard_phones import HeardPhones
from core.speech.phones import Phones, index_phones
from core.speech.phonetics import pronounce
from core.speech.sound_match import SoundBank
from core.speech.words import FUNCTION_WORDS, list_runs

SIZE = 8  # a name is found less often among twenty in the prompt, and less still among forty
MAX_NAMED = 4
MAX_PARTS = 3
LOOKED_AT_CLOSELY = 60
MEANING_WEIGHT = 5.0  # what a cosine counts beside a strength; from 5 on the right item is not lost on dev
LOOKED_AT_FOR_MEANING = 20
PRICE_WEIGHT = 2.2  # what is alike counts for an item, what differs counts more against it
FOUND_WEIGHT = 0.575  # of what the clip's phones say beside what the text's say
PER_PHONE = 2.6  # how much less likely than the likeliest a phone may be that still speaks for an item


@dataclass(frozen=True, slots=True)
class Match:
    """A run of a hotword's words, such as "Bauer" of "Meg Bauer", and how strongly it sounds like what was heard.

    strength: the mass of the run's phones less `PRICE_WEIGHT` times the cost of fitting it in; negative where nothing
        is alike. Where the phones of the clip itself are known, they count as well.
    """

    hotword: Hotword
    run: str
    strength: float

    @property
    def worth(self) -> float:
        """What it sounds like and what it means, together."""
        return self.strength + MEANING_WEIGHT * self.hotword.score


@dataclass(frozen=True, slots=True)
class _Sounds:
    """What was heard: the phones of each text that was written, and of the clip, where a phone head tells them."""

    written: tuple[Phones, ...]
    heard: HeardPhones | None


def match_hotwords(
    hotwords: Sequence[Hotword], written: Sequence[str], heard: HeardPhones | None = None
) -> tuple[Match, ...]:
    """Every run of each hotword that may have been said, strongest first.

    Two sweeps: all words of all hotwords, each once, and then every run of the hotwords whose words fit best and of
    those that were named. So the work grows with the number of different words, not of items.

    Args:
        hotwords: any number, in any order; the result doesn't depend on it.
        written: the n-best of a plain decode.
        heard: the phones of the clip, where a phone head tells them.
    """
    sounds = _Sounds(_sounds_written(written), heard)
    near = _nearest(hotwords, sounds)
    runs = [(hotword, run, phones) for hotword in near for run, phones in _runs(hotword)]
    strengths = _strengths([phones for _, _, phones in runs], sounds)
    best: dict[tuple[str, str], Match] = {}
    for (hotword, run, _), strength in zip(runs, strengths, strict=True):
        match = best.get((hotword.text, run))
        if match is None or strength > match.strength:
            best[hotword.text, run] = Match(hotword, run, strength)
    return tuple(sorted(best.values(), key=_rank))


def shorten(matches: Sequence[Match]) -> tuple[Hotword, ...]:
    """What goes into the prompt: some that were named, then what sounds most alike and fits the dialogue best. What
    neither sounds nor means like it stays out.
    """
    best: dict[str, Match] = {}
    for match in matches:
        best.setdefault(match.hotword.text, match)
    named = [match for match in best.values() if match.hotword.named][:MAX_NAMED]
    fitting = sorted(best.values(), key=lambda match: (-match.worth, *_rank(match)))
    others = [match for match in fitting if match.worth > 0 and match not in named]
    chosen = [*named, *others[: SIZE - len(named)]]
    return tuple(match.hotword for match in sorted(chosen, key=_rank))


def list_parts(matches: Sequence[Match]) -> tuple[str, ...]:
    """The strongest runs that are a part of their hotword. In a prompt of whole items only, Whisper expects the rest of
    the item behind its part, and doubts that "Bauer" was all.
    """
    parts = (match.run for match in matches if match.strength > 0 and match.run != match.hotword.text)
    return tuple(islice(dict.fromkeys(parts), MAX_PARTS))


def _rank(match: Match) -> tuple[float, float, str, str]:
    return -match.strength, -match.hotword.score, match.hotword.text, match.run


def _sounds_written(texts: Iterable[str]) -> tuple[Phones, ...]:
    ways = dict.fromkeys(pronounce(text)[0] for text in texts if pronounce(text))
    return tuple(index_phones(way) for way in ways)


def _nearest(hotwords: Sequence[Hotword], sounds: _Sounds) -> list[Hotword]:
    """Those of which most was heard, word by word and in any order, those that mean most, and those that were named."""
    words = [_words(hotword) for hotword in hotwords]
    ways = tuple(dict.fromkeys(way for of_hotword in words for of_word in of_hotword for way in of_word))
    strength = dict(zip(ways, _strengths([index_phones(way) for way in ways], sounds), strict=True))
    heard_of = [
        sum(max(0.0, *(strength[way] for way in of_word)) for of_word in of_hotword if of_word) for of_hotword in words
    ]
    order = sorted(range(len(hotwords)), key=lambda i: (-heard_of[i], -hotwords[i].score, hotwords[i].text))
    meaning = sorted(range(len(hotwords)), key=lambda i: (-hotwords[i].score, hotwords[i].text))
    near = {*order[:LOOKED_AT_CLOSELY], *meaning[:LOOKED_AT_FOR_MEANING]}
    return [hotword for i, hotword in enumerate(hotwords) if i in near or hotword.named]


def _words(hotword: Hotword) -> list[tuple[str, ...]]:
    """The ways to say each word of a hotword that can be heard by itself."""
    by_word = zip(*(way.split(" ") for way in hotword.sounds), strict=True)
    pairs = zip(hotword.text.split(), by_word, strict=True) if hotword.sounds else ()
    return [ways for word, ways in pairs if word.casefold() not in FUNCTION_WORDS]


def _runs(hotword: Hotword) -> Iterator[tuple[str, Phones]]:
    """Every run of words that neither begins nor ends with a function word, in each way to say it."""
    words = hotword.text.split()
    for first, last in list_runs(words):
        for way in hotword.sounds:
            yield " ".join(words[first:last]), index_phones("".join(way.split(" ")[first:last]))


def _strengths(sequences: Sequence[Phones], sounds: _Sounds) -> list[float]:
    bank = SoundBank(sequences)
    costs = np.min([bank.masses, *(bank.match(sound) for sound in sounds.written)], axis=0)
    strengths = bank.masses - PRICE_WEIGHT * costs
    if sounds.heard is not None:
        found = sounds.heard.find(sequences) + PER_PHONE * np.array([len(phones) for phones in sequences])
        strengths = (strengths + FOUND_WEIGHT * found) / (1.0 + 2.0 * FOUND_WEIGHT)
    as_list: list[float] = strengths.tolist()
    return as_list
