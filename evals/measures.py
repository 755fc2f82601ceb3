"""The measures of one arm: counts of each utterance, added up, then divided. What cannot be divided is None, never 0.

WER and CER count the fewest edits (jiwer), summed over utterances, so words that are heard where nobody speaks count.
B-WER and U-WER follow Le et al. 2021, "Contextualized Streaming End-to-End Speech Recognition with Trie-Based Deep
Biasing and Shallow Fusion": substitutions and deletions go by the word of the reference, insertions by whether the word
is one of the utterance's biasing words. A contact inserted wrongly is therefore an error of U-WER. Their alignment
weighs edits differently, so in rare utterances their errors add up to more than those of WER.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import jiwer

from evals.alignment import align_words
from evals.entities import Entities, count_mentions
from evals.normalize import Tokens

Counts = Counter[str]
Measures = dict[str, float | int | None]


class Rate(NamedTuple):
    """A measure that is the quotient of two counts."""

    part: str
    whole: str


RATES = {
    "wer": Rate("errors", "words"),
    "b_wer": Rate("b_errors", "b_words"),
    "u_wer": Rate("u_errors", "u_words"),
    "cer": Rate("character_errors", "characters"),
    "entity_precision": Rate("mentions_right", "mentions_heard"),
    "entity_recall": Rate("mentions_right", "mentions_said"),
}
SIZES = {"n_utterances": "utterances", "n_words": "words", "n_errors": "errors", "n_bias_words": "b_words"}
TEMPTATION = {"correct": Rate("correct", "utterances"), "false_accept": Rate("false_accepts", "utterances")}
SILENCE = ("utterances_with_words", "context_words")


@dataclass(frozen=True, slots=True)
class Example:
    """One utterance in one arm. `entities` are what its context items can be mentioned by."""

    reference: Tokens
    hypothesis: Tokens
    bias_words: frozenset[str]
    entities: Entities


def count_example(example: Example) -> Counts:
    """Everything the measures are made of, for one utterance; counts of utterances simply add up."""
    return Counter(
        {
            "utterances": 1,
            "words": len(example.reference),
            "errors": count_word_errors(example.reference, example.hypothesis),
            "characters": len(" ".join(example.reference)),
            "character_errors": _count_character_errors(example),
            "correct": int(example.hypothesis == example.reference),
            "false_accepts": int(_accepts_falsely(example)),
            "utterances_with_words": int(bool(example.hypothesis)),
            "context_words": sum(word in example.entities.words for word in example.hypothesis),
            **count_bias_errors(example),
            **_count_entities(example),
        }
    )


def add_counts(counts: Iterable[Counts]) -> Counts:
    """The sum, with the counts that are 0."""
    total: Counts = Counter()
    for one in counts:
        total.update(one)
    return total


def measure_counts(counts: Counts) -> Measures:
    """What is reported for every kind of utterance: shares, and how much they are shares of."""
    return {**measure_rates(counts, RATES), **{name: counts[count] for name, count in SIZES.items()}}


def measure_temptation(counts: Counts) -> Measures:
    """For utterances that name nothing of their context: the share written exactly as said, and the share in which a
    word of the context was written that was not said.
    """
    return measure_rates(counts, TEMPTATION)


def measure_silence(counts: Counts) -> Measures:
    """For clips in which nobody speaks: how many got words, and how many of the words come from the context."""
    return {name: counts[name] for name in SILENCE}


def measure_rates(counts: Counts, rates: dict[str, Rate]) -> Measures:
    """Each rate of the counts."""
    return {name: divide(counts[rate.part], counts[rate.whole]) for name, rate in rates.items()}


def count_word_errors(reference: Tokens, hypothesis: Tokens) -> int:
    """The fewest substitutions, insertions and deletions between the two."""
    output = jiwer.process_words(" ".join(reference), " ".join(hypothesis))
    return int(output.substitutions + output.insertions + output.deletions)


def count_bias_errors(example: Example) -> Counts:
    """Errors and reference words, biasing ("b_") and other ("u_")."""
    counts: Counts = Counter(dict.fromkeys(("b_words", "b_errors", "u_words", "u_errors"), 0))
    for word, heard in align_words(example.reference, example.hypothesis):
        side = "b" if (heard if word is None else word) in example.bias_words else "u"
        counts[f"{side}_words"] += word is not None
        counts[f"{side}_errors"] += word != heard
    return counts


def divide(part: float, whole: float) -> float | None:
    """The share, or None where there is nothing to share."""
    return part / whole if whole else None


def _count_entities(example: Example) -> dict[str, int]:
    """Mentions of context items, see `evals.entities`."""
    said = count_mentions(example.reference, example.entities)
    heard = count_mentions(example.hypothesis, example.entities)
    return {
        "mentions_said": said.total(),
        "mentions_heard": heard.total(),
        "mentions_right": (said & heard).total(),
    }


def _count_character_errors(example: Example) -> int:
    output = jiwer.process_characters(" ".join(example.reference), " ".join(example.hypothesis))
    return int(output.substitutions + output.insertions + output.deletions)


def _accepts_falsely(example: Example) -> bool:
    added = Counter(example.hypothesis) - Counter(example.reference)
    return not example.entities.words.isdisjoint(added)
