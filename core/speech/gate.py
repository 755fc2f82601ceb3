"""The gate: which of the possible texts was said. The plain text stays unless the evidence against it is clear.

A conditional logit (McFadden 1974, "Conditional logit analysis of qualitative choice behavior") over the texts of one
clip. Its features are differences to the plain text, which therefore scores 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.speech.heard_phones import HeardPhones
from core.speech.phones import GAP, Phones, index_phones
from core.speech.phonetics import is_word, pronounce, sound_out
from core.speech.recognition import Alternative
from core.speech.words import FUNCTION_WORDS, Words, spoken_words, with_stems

MOST_NO_WORDS = 2
MOST_LONGER = 6  # words; what is farther off was not seen when the weights were fitted


class Features(NamedTuple):
    """What speaks for a text against the plain one; all are 0 for the plain text itself.

    evidence: the difference of the log-likelihoods, both after the prompt.
    changed: 1.
    new: 1 where it holds a word of the context that the plain text does not hold.
    named: 1 where the assistant has just said one of these words.
    longer: how many words it has more than the plain text, at most `MOST_LONGER` either way.
    doubted: where there is a new word, the plain text's own log-likelihood per token; 0 is certainty.
    foreign: words that are neither of the context nor of the plain text.
    new_mass: the mass of the new words' phones. More was heard of a long name than of a short one.
    whole: 1 where the new words complete an item.
    heard: the difference of the log-likelihoods of the two texts' phones in the clip, where a phone head tells them; at
        most 0, because to be likelier than a garbled plain text says nothing for a name.
    no_word: where there is a new word, how many words of the plain text that it lost no dictionary has, at most
        `MOST_NO_WORDS`. Whisper writes such where it heard a name.
    """

    evidence: float = 0.0
    changed: float = 0.0
    new: float = 0.0
    named: float = 0.0
    longer: float = 0.0
    doubted: float = 0.0
    foreign: float = 0.0
    new_mass: float = 0.0
    whole: float = 0.0
    heard: float = 0.0
    no_word: float = 0.0


WEIGHTS_WITHOUT_PHONES = Features(
    evidence=2.5,
    changed=-0.65,
    new=-0.62,
    named=0.41,
    longer=-0.35,
    doubted=0.17,
    foreign=-0.32,
    new_mass=-0.08,
    whole=1.09,
    no_word=0.61,
)
"""Fitted by `python -m evals.gate` on the dev split of data/followups and data/harm with tiny.en, see there; where no
phone head tells the phones of the clip."""
WEIGHTS = Features(
    evidence=1.62,
    changed=-0.54,
    new=-0.54,
    named=0.38,
    longer=-0.42,
    doubted=0.27,
    foreign=-0.52,
    new_mass=1.05,
    whole=0.95,
    heard=1.21,
    no_word=0.61,
)
"""The same with the phones of the clip."""


def choose_weights(knows_phones: bool) -> Features:
    """Those that were fitted, with the phones of the clip or without."""
    return WEIGHTS if knows_phones else WEIGHTS_WITHOUT_PHONES


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the context says, as words: of all items that may be meant, of those named, and each item whole."""

    words: frozenset[str]
    named: frozenset[str]
    items: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Plain:
    """What was heard without context.

    avg_logprob: the log-likelihood of the text per token, without a prompt.
    phones: those of the clip, where a phone head tells them.
    """

    text: str
    avg_logprob: float
    phones: HeardPhones | None = None


def find_alternative(
    plain: Plain, scored: Mapping[str, float], around: Surroundings, weights: Features | None = None
) -> Alternative | None:
    """The likeliest text that isn't the plain one, in any spelling of it; None where there is none.

    Args:
        plain: the text without context, which is among `scored`.
        scored: each possible text with its log-likelihood after the prompt.
        around: the words of the context.
        weights: what the features count; left out, those that were fitted.
    """
    margins = judge(plain, scored, around, weights)
    best = max(margins, key=lambda text: (margins[text], text), default=None)
    return None if best is None else Alternative(best, margins[best])


def judge(
    plain: Plain, scored: Mapping[str, float], around: Surroundings, weights: Features | None = None
) -> dict[str, float]:
    """How far the evidence for each text is above that for the plain one, which is left out. Of several spellings of
    the same words one stands for all. See `find_alternative`.
    """
    weights = weights or choose_weights(plain.phones is not None)
    compared = compare(plain, scored, around)
    return {text: float(np.dot(features, weights)) for text, features in compared.items() if text != plain.text}


def compare(plain: Plain, scored: Mapping[str, float], around: Surroundings) -> dict[str, Features]:
    """The features of each text; texts of the same words are one, the likeliest spelling of them, or the plain one."""
    plain_words = spoken_words(plain.text)
    groups: dict[Words, list[str]] = {}
    for text in scored:
        groups.setdefault(spoken_words(text), []).append(text)
    best = {words: max(texts, key=lambda text: (scored[text], text)) for words, texts in groups.items()}
    anchor = scored[best[plain_words]]
    heard = _measure_likelihoods(list(best), plain.phones)
    heard_plain = heard[list(best).index(plain_words)]
    return {
        plain.text if words == plain_words else text: _describe_words(
            words, plain_words, plain.avg_logprob, around
        )._replace(
            evidence=(scored[text] - anchor) / 5,
            heard=min(0.0, likelihood - heard_plain) / 5,
        )
        for (words, text), likelihood in zip(best.items(), heard, strict=True)
    }


def adds_words(plain: str, text: str, around: Surroundings) -> bool:
    """Whether `text` holds a word of the context that the plain one doesn't hold."""
    return bool(_describe_words(spoken_words(text), spoken_words(plain), 0.0, around).new)


def _describe_words(words: Words, plain: Words, avg_logprob: float, around: Surroundings) -> Features:
    """All but what is measured against the clip or its sounds."""
    if words == plain:
        return Features()
    added = [word for word in words if word not in plain]
    known = [word for word in added if not around.words.isdisjoint(with_stems([word]))]
    new = [word for word in known if word not in FUNCTION_WORDS]
    return Features(
        changed=1.0,
        new=float(bool(new)),
        named=float(not around.named.isdisjoint(with_stems(new))),
        longer=max(-MOST_LONGER, min(MOST_LONGER, len(words) - len(plain))) / 3,
        doubted=avg_logprob if new else 0.0,
        foreign=float(len(added) - len(known)),
        new_mass=0.3 * sum(_mass((word,)) for word in new),
        whole=float(_completes(words, new, around.items)),
        no_word=float(min(MOST_NO_WORDS, sum(not is_word(word) for word in plain if word not in words)) if new else 0),
    )


def _measure_likelihoods(texts: Sequence[Words], phones: HeardPhones | None) -> list[float]:
    """Of each text's phones in the clip, said the American or the British way; 0 where nothing is known of them."""
    if phones is None:
        return [0.0] * len(texts)
    ways = [[index_phones(way) for way in pronounce(" ".join(words)) or ("",)] for words in texts]
    likelihoods = iter(phones.measure([way for of_text in ways for way in of_text]).tolist())
    return [max(next(likelihoods) for _ in of_text) for of_text in ways]


def _completes(words: Sequence[str], new: Iterable[str], items: Iterable[Words]) -> bool:
    present, added = with_stems(words), with_stems(new)
    return any(present.issuperset(item) and not added.isdisjoint(item) for item in items)


def _sounds(words: Sequence[str]) -> Phones:
    return sound_out(" ".join(words))


def _mass(words: Sequence[str]) -> float:
    return float(GAP[_sounds(words)].sum())
