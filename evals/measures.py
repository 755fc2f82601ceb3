"""The measures of one arm: pure functions of normalised words. What cannot be computed is None, never 0.

WER and CER count the fewest edits (jiwer), summed over utterances, so words that are heard where nobody speaks count.
B-WER and U-WER follow Le et al. 2021, "Contextualized Streaming End-to-End Speech Recognition with Trie-Based Deep
Biasing and Shallow Fusion": substitutions and deletions go by the word of the reference, insertions by whether the word
is one of the utterance's biasing words. A contact inserted wrongly is therefore an error of U-WER. Their alignment
weighs edits differently, so in rare utterances their errors add up to more than those of WER.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import jiwer

from evals.alignment import align_words
from evals.entities import FUNCTION_WORDS, count_mentions
from evals.normalize import Tokens

Measures = dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Example:
    """One utterance in one arm. `runs` are the word runs by which its context items can be mentioned."""

    reference: Tokens
    hypothesis: Tokens
    bias_words: frozenset[str]
    runs: frozenset[Tokens]

    @property
    def context_words(self) -> frozenset[str]:
        """The words of the context, without function words."""
        return frozenset(word for run in self.runs for word in run) - FUNCTION_WORDS


def measure_arm(examples: Sequence[Example]) -> Measures:
    """What is reported for every kind of utterance."""
    return {**measure_words(examples), **measure_bias(examples), **measure_entities(examples)}


def count_word_errors(reference: Tokens, hypothesis: Tokens) -> int:
    """The fewest substitutions, insertions and deletions between the two."""
    output = jiwer.process_words(" ".join(reference), " ".join(hypothesis))
    return output.substitutions + output.insertions + output.deletions


def measure_words(examples: Sequence[Example]) -> Measures:
    """WER, CER (blanks count as characters), and what they are shares of."""
    words = sum(len(e.reference) for e in examples)
    characters = sum(len(" ".join(e.reference)) for e in examples)
    return {
        "wer": divide(sum(count_word_errors(e.reference, e.hypothesis) for e in examples), words),
        "cer": divide(sum(_count_character_errors(e) for e in examples), characters),
        "n_utterances": len(examples),
        "n_words": words,
    }


def count_bias_errors(example: Example) -> Counter[str]:
    """Errors and reference words, biasing ("b_") and other ("u_")."""
    counts: Counter[str] = Counter()
    for word, heard in align_words(example.reference, example.hypothesis):
        side = "b" if (heard if word is None else word) in example.bias_words else "u"
        counts[f"{side}_words"] += word is not None
        counts[f"{side}_errors"] += word != heard
    return counts


def measure_bias(examples: Sequence[Example]) -> Measures:
    """B-WER, U-WER and the number of biasing words in the references."""
    counts: Counter[str] = sum((count_bias_errors(e) for e in examples), Counter())
    return {
        "b_wer": divide(counts["b_errors"], counts["b_words"]),
        "u_wer": divide(counts["u_errors"], counts["u_words"]),
        "n_bias_words": counts["b_words"],
    }


def measure_entities(examples: Sequence[Example]) -> Measures:
    """Precision and recall of mentions of context items, see `evals.entities`."""
    said = [count_mentions(e.reference, e.runs) for e in examples]
    heard = [count_mentions(e.hypothesis, e.runs) for e in examples]
    right = sum((a & b).total() for a, b in zip(said, heard, strict=True))
    return {
        "entity_precision": divide(right, sum(mentions.total() for mentions in heard)),
        "entity_recall": divide(right, sum(mentions.total() for mentions in said)),
    }


def measure_temptation(examples: Sequence[Example]) -> Measures:
    """For utterances that name nothing of their context: the share written exactly as said, and the share in which a
    word of the context was written that was not said.
    """
    return {
        "correct": divide(sum(e.hypothesis == e.reference for e in examples), len(examples)),
        "false_accept": divide(sum(_accepts_falsely(e) for e in examples), len(examples)),
    }


def measure_silence(examples: Sequence[Example]) -> Measures:
    """For clips in which nobody speaks: how many got words, and how many of the words come from the context."""
    return {
        "utterances_with_words": sum(bool(e.hypothesis) for e in examples),
        "context_words": sum(map(_count_context_words, examples)),
    }


def divide(part: float, whole: float) -> float | None:
    """The share, or None where there is nothing to share."""
    return part / whole if whole else None


def _count_character_errors(example: Example) -> int:
    output = jiwer.process_characters(" ".join(example.reference), " ".join(example.hypothesis))
    return output.substitutions + output.insertions + output.deletions


def _count_context_words(example: Example) -> int:
    known = example.context_words
    return sum(word in known for word in example.hypothesis)


def _accepts_falsely(example: Example) -> bool:
    added = Counter(example.hypothesis) - Counter(example.reference)
    return not example.context_words.isdisjoint(added)
