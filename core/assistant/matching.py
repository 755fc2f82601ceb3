"""Which of the known things is meant by a few words, tolerant of near spellings and honest about ambiguity."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from core.assistant.hearing import YES, Heard, read_position

SAME = 0.99
"""Equal, or equal but for a plural s."""

NEAR = 0.85
"""The least similarity that counts: Jon and John, harbor and harbour; not power and Bauer, first and Hirst."""

SHORTEST_NEAR = 3
MAX_SPOKEN = 5
"""More names than this are not read out in one question, so "the second one" can't mean any of them."""


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can be named: its name, the words of the name, and other words that point to it."""

    name: str
    words: tuple[str, ...]
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The options that fit the words said equally well, in their order, and how well (about one a word)."""

    said: tuple[str, ...]
    options: tuple[Option, ...] = ()
    score: float = 0.0


def compare_words(one: str, other: str) -> float:
    """Similarity from 0 to 1; below NEAR it is 0, for near is all that a careful assistant may use."""
    if one == other:
        return 1.0
    if f"{one}s" == other or one == f"{other}s":
        return SAME
    if min(len(one), len(other)) < SHORTEST_NEAR:
        return 0.0
    return fuzz.ratio(one, other, score_cutoff=100 * NEAR) / 100


def find_best(said: tuple[str, ...], options: Sequence[Option]) -> Found:
    """The options that explain most of the words said. A full name beats everything else that holds the same words."""
    exact = tuple(option for option in options if said and option.words == said)
    if exact:
        return Found(said, exact, len(said) + 0.5)
    scores = [sum(_best_similarities(said, option)) for option in options]
    best = max(scores, default=0.0)
    if best == 0.0:
        return Found(said)
    return Found(said, tuple(o for o, score in zip(options, scores, strict=True) if score == best), best)


def explains(option: Option, said: tuple[str, ...], least: float) -> bool:
    """Whether every word said is like a word of the option."""
    return all(similarity >= least for similarity in _best_similarities(said, option))


def _best_similarities(said: tuple[str, ...], option: Option) -> list[float]:
    known = (*option.words, *option.hints)
    return [max((compare_words(word, other) for other in known), default=0.0) for word in said]


def narrow(heard: Heard, content: tuple[str, ...], denied: tuple[str, ...], offered: Sequence[Option]) -> list[Option]:
    """What an answer leaves of the options offered; empty where it says nothing about them.

    Args:
        heard: the answer, for its ordinals and its yes.
        content: its words without noise.
        denied: the words it denies, without noise.
        offered: in the order in which they were read out.
    """
    named = find_best(content, offered).options
    if named:
        return list(named)
    chosen = _take_position(heard.words, offered) or _take_agreed(heard.words, content, offered)
    return chosen or _drop_denied(heard, denied, offered)


def _take_position(words: tuple[str, ...], offered: Sequence[Option]) -> list[Option]:
    position = read_position(words)
    if position is None or len(offered) > MAX_SPOKEN:
        return []
    return [offered[position]] if position < len(offered) else []


def _take_agreed(words: tuple[str, ...], content: tuple[str, ...], offered: Sequence[Option]) -> list[Option]:
    """Only a bare yes agrees: "okay, and the weather?" does not."""
    agreed = len(offered) == 1 and not content and YES.intersection(words)
    return list(offered) if agreed else []


def _drop_denied(heard: Heard, denied: tuple[str, ...], offered: Sequence[Option]) -> list[Option]:
    refused = find_best(denied, offered).options or _take_position(heard.denied, offered)
    return [option for option in offered if option not in refused] if refused else []
