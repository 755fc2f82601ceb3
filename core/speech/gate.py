"""The gate: which of the possible texts was said. The plain text stays unless the evidence against it is clear.

A conditional logit (McFadden 1974, "Conditional logit analysis of qualitative choice behavior") over the texts of one
clip. Its features are differences to the plain text, which therefore scores 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.speech.phones import GAP, Phones, index_phones
from core.speech.phonetics import pronounce
from core.speech.recognition import Alternative
from core.speech.sound_match import SoundBank
from core.speech.words import FUNCTION_WORDS, Words, spoken_words, with_stems

MOST_LONGER = 6  # words; what is farther off was not seen when the weights were fitted


class Features(NamedTuple):
    """What speaks for a text against the plain one; all are 0 for the plain text itself.

    evidence: the difference of the log-likelihoods, both after the prompt.
    changed: 1.
    new: 1 where it holds a word of the context that the plain text does not hold.
    named: 1 where the assistant has just said one of these words.
    distance: how far the two sound from each other, as a share of the heavier one's mass.
    difference: the same as a mass.
    longer: how many words it has more than the plain text, at most `MOST_LONGER` either way.
    doubted: where there is a new word, the plain text's own log-likelihood per token; 0 is certainty.
    foreign: words that are neither of the context nor of the plain text.
    new_mass: the mass of the new words' phones. More was heard of a long name than of a short one.
    whole: 1 where the new words complete an item.
    """

    evidence: float = 0.0
    changed: float = 0.0
    new: float = 0.0
    named: float = 0.0
    distance: float = 0.0
    difference: float = 0.0
    longer: float = 0.0
    doubted: float = 0.0
    foreign: float = 0.0
    new_mass: float = 0.0
    whole: float = 0.0


WEIGHTS = Features(
    evidence=2.48,
    changed=-1.0,
    new=0.0,
    named=0.25,
    distance=-0.1,
    difference=-0.53,
    longer=-0.65,
    doubted=-0.78,
    foreign=-1.03,
    new_mass=0.51,
    whole=0.86,
)
"""Fitted by `python -m evals.gate` on the dev split of data/followups and data/harm with tiny.en, see there."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the context says, as words: of all items that may be meant, of those named, and each item whole."""

    words: frozenset[str]
    named: frozenset[str]
    items: tuple[Words, ...]


def find_alternative(
    plain: str, avg_logprob: float, scored: Mapping[str, float], around: Surroundings, weights: Features = WEIGHTS
) -> Alternative | None:
    """The likeliest text that isn't the plain one, in any spelling of it; None where there is none.

    Args:
        plain: the text without context, which is among `scored`.
        avg_logprob: its log-likelihood per token, without the prompt.
        scored: each possible text with its log-likelihood after the prompt.
        around: the words of the context.
        weights: what the features count.
    """
    compared = compare(plain, avg_logprob, scored, around)
    margins = {text: float(np.dot(features, weights)) for text, features in compared.items() if text != plain}
    best = max(margins, key=lambda text: (margins[text], text), default=None)
    return None if best is None else Alternative(best, margins[best])


def compare(plain: str, avg_logprob: float, scored: Mapping[str, float], around: Surroundings) -> dict[str, Features]:
    """The features of each text; texts of the same words are one, the likeliest spelling of them, or the plain one."""
    plain_words = spoken_words(plain)
    groups: dict[Words, list[str]] = {}
    for text in scored:
        groups.setdefault(spoken_words(text), []).append(text)
    best = {words: max(texts, key=lambda text: (scored[text], text)) for words, texts in groups.items()}
    anchor = scored[best[plain_words]]
    distances = _measure_distances(list(best), plain_words)
    return {
        plain if words == plain_words else text: _features(
            words, plain_words, scored[text] - anchor, distance, avg_logprob, around
        )
        for (words, text), distance in zip(best.items(), distances, strict=True)
    }


def _features(  # noqa: PLR0913, PLR0917 - one of them decides nothing without the others
    words: Words, plain: Words, evidence: float, distance: float, avg_logprob: float, around: Surroundings
) -> Features:
    if words == plain:
        return Features()
    added = [word for word in words if word not in plain]
    known = [word for word in added if not around.words.isdisjoint(with_stems([word]))]
    new = [word for word in known if word not in FUNCTION_WORDS]
    return Features(
        evidence=evidence / 5,
        changed=1.0,
        new=float(bool(new)),
        named=float(not around.named.isdisjoint(with_stems(new))),
        distance=distance,
        difference=distance * _mass(words) / 3,
        longer=max(-MOST_LONGER, min(MOST_LONGER, len(words) - len(plain))) / 3,
        doubted=avg_logprob if new else 0.0,
        foreign=float(len(added) - len(known)),
        new_mass=0.3 * sum(_mass((word,)) for word in new),
        whole=float(_completes(words, new, around.items)),
    )


def _measure_distances(texts: Sequence[Words], plain: Words) -> list[float]:
    distances: list[float] = SoundBank([_sounds(words) for words in texts]).measure(_sounds(plain)).tolist()
    return distances


def _completes(words: Sequence[str], new: Iterable[str], items: Iterable[Words]) -> bool:
    present, added = with_stems(words), with_stems(new)
    return any(present.issuperset(item) and not added.isdisjoint(item) for item in items)


def _sounds(words: Sequence[str]) -> Phones:
    ways = pronounce(" ".join(words))
    return index_phones(ways[0] if ways else "")


def _mass(words: Sequence[str]) -> float:
    return float(GAP[_sounds(words)].sum())
