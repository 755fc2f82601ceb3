from collections.abc import Sequence
from random import Random

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.entities import Entities
from evals.measures import (
    Counts,
    Example,
    Measures,
    add_counts,
    count_bias_errors,
    count_example,
    count_word_errors,
    measure_counts,
    measure_silence,
    measure_temptation,
)

WORDS = st.lists(st.sampled_from(["call", "meg", "jones", "bauer", "power"]), max_size=8).map(tuple)


def example(reference: str, hypothesis: str, bias: str = "", items: Sequence[str] = ()) -> Example:
    entities = Entities.of(tuple(item.split()) for item in items)
    return Example(tuple(reference.split()), tuple(hypothesis.split()), frozenset(bias.split()), entities)


def count(examples: Sequence[Example]) -> Counts:
    return add_counts(map(count_example, examples))


def measure(examples: Sequence[Example]) -> Measures:
    return measure_counts(count(examples))


EXAMPLES = st.builds(
    Example,
    WORDS,
    WORDS,
    st.just(frozenset({"bauer", "jones"})),
    st.just(Entities.of([("meg", "jones"), ("meg", "bauer")])),
)


@pytest.mark.parametrize(
    ("texts", "wer", "cer"),
    [
        ([("a b c d", "a b c d")], 0.0, 0.0),
        ([("a b c d", "a x d")], 2 / 4, 3 / 7),
        ([("a b c d", "")], 1.0, 1.0),
        ([("a", "b c d")], 3.0, 5.0),
        # Pooled over utterances, not averaged: 1 error in 5 words, not the mean of 1 and 0.
        ([("a", "b"), ("a b c d", "a b c d")], 1 / 5, 1 / 8),
        # Words that are heard in silence count once there are words to share them among.
        ([("a b", "a b"), ("", "c")], 1 / 2, 1 / 3),
        ([("", "a b")], None, None),
        ([("", "")], None, None),
        ([], None, None),
    ],
)
def test_wer_and_cer(texts: list[tuple[str, str]], wer: float | None, cer: float | None) -> None:
    measures = measure([example(*pair) for pair in texts])
    assert (measures["wer"], measures["cer"]) == (wer, cer)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "bias", "b_wer", "u_wer"),
    [
        ("call bauer now", "call bauer now", "bauer", 0.0, 0.0),
        ("call bauer now", "call power now", "bauer", 1.0, 0.0),
        ("call bauer now", "cole bauer now", "bauer", 0.0, 1 / 2),
        ("call bauer now", "call now", "bauer", 1.0, 0.0),
        ("call bauer now", "call bauer bauer now", "bauer", 1.0, 0.0),
        # A contact that was not said is no biasing word of this utterance: its insertion is an error of U-WER.
        ("call bauer now", "call bauer jones now", "bauer", 0.0, 1 / 2),
        ("call now", "call jones now", "", None, 1 / 2),
        ("bauer", "bauer please", "bauer", 0.0, None),
        ("", "bauer", "", None, None),
        ("", "", "bauer", None, None),
        ("bauer bauer", "bauer", "bauer", 1 / 2, None),
        ("meg bauer", "", "bauer", 1.0, 1.0),
        # Two words that are heard as one: one substitution and one deletion, each by its word of the reference.
        ("call meg", "cullmeg", "meg", 1.0, 1.0),
        # One word that is heard as two: the added half is no biasing word.
        ("call nwankwo", "call now wanko", "nwankwo", 1.0, 1.0),
        # Swapped words: "a" is deleted and comes back as an insertion, both on its own side.
        ("a b", "b a", "a", 2.0, 0.0),
    ],
)
def test_b_wer_and_u_wer(reference: str, hypothesis: str, bias: str, b_wer: float | None, u_wer: float | None) -> None:
    measures = measure([example(reference, hypothesis, bias)])
    assert (measures["b_wer"], measures["u_wer"]) == (b_wer, u_wer)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "precision", "recall"),
    [
        ("bauer", "bauer", 1.0, 1.0),
        ("bauer", "power", None, 0.0),
        ("bauer", "jones", 0.0, 0.0),
        ("meg bauer", "meg power", 0.0, 0.0),
        ("meg bauer or jones", "meg bauer or johns", 1.0, 1 / 2),
        ("bauer", "bauer bauer", 1 / 2, 1.0),
        ("never mind", "never mind", None, None),
        ("never mind", "meg jones mind", 0.0, None),
        ("", "jones", 0.0, None),
    ],
)
def test_entity_precision_and_recall(
    reference: str, hypothesis: str, precision: float | None, recall: float | None
) -> None:
    measures = measure([example(reference, hypothesis, items=["meg jones", "meg bauer"])])
    assert (measures["entity_precision"], measures["entity_recall"]) == (precision, recall)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "correct", "false_accept"),
    [
        ("power off", "power off", 1.0, 0.0),
        ("power off", "bauer off", 0.0, 1.0),
        ("power off", "hour off", 0.0, 0.0),
        ("power off", "the power off", 0.0, 0.0),
        ("meg power", "meg power", 1.0, 0.0),
        ("meg power", "meg meg power", 0.0, 1.0),
    ],
)
def test_sound_alikes(reference: str, hypothesis: str, correct: float, false_accept: float) -> None:
    tempted = [example(reference, hypothesis, items=["meg bauer", "the cedar"])]
    assert measure_temptation(count(tempted)) == {"correct": correct, "false_accept": false_accept}


def test_silence_counts_utterances_and_words_of_the_context() -> None:
    heard = ["", "meg bauer", "you", "the"]
    silent = [example("", text, items=["meg bauer", "the cedar"]) for text in heard]
    assert measure_silence(count(silent)) == {"utterances_with_words": 3, "context_words": 2}


def test_without_utterances_nothing_is_defined() -> None:
    assert {value for value in measure([]).values() if value != 0} == {None}
    assert measure_temptation(count([])) == {"correct": None, "false_accept": None}


@given(st.lists(EXAMPLES, max_size=6), st.randoms())
def test_the_order_of_utterances_changes_nothing(examples: list[Example], random: Random) -> None:
    shuffled = examples.copy()
    random.shuffle(shuffled)
    assert measure(shuffled) == measure(examples)


@given(st.lists(WORDS, max_size=6))
def test_what_is_heard_as_said_has_no_error(texts: list[tuple[str, ...]]) -> None:
    entities = Entities.of([("meg", "jones")])
    measures = measure([Example(words, words, frozenset({"jones"}), entities) for words in texts])
    assert {measures[name] for name in ("wer", "cer", "b_wer", "u_wer")} <= {0.0, None}
    assert {measures[name] for name in ("entity_precision", "entity_recall")} <= {1.0, None}


@given(st.lists(EXAMPLES, max_size=6), st.integers(0, 6))
def test_counts_of_parts_add_up_to_those_of_the_whole(examples: list[Example], cut: int) -> None:
    assert count(examples[:cut]) + count(examples[cut:]) == +count(examples)


@given(EXAMPLES)
def test_wer_is_jiwers(one: Example) -> None:
    if one.reference:
        assert measure([one])["wer"] == pytest.approx(jiwer.wer(" ".join(one.reference), " ".join(one.hypothesis)))
        assert measure([one])["cer"] == pytest.approx(jiwer.cer(" ".join(one.reference), " ".join(one.hypothesis)))


@given(EXAMPLES)
def test_biasing_and_other_words_add_up_to_all_words(one: Example) -> None:
    counts = count_bias_errors(one)
    assert counts["b_words"] + counts["u_words"] == len(one.reference)


@given(EXAMPLES)
def test_biasing_and_other_errors_add_up_to_no_fewer_than_the_fewest(one: Example) -> None:
    counts = count_bias_errors(one)
    fewest = count_word_errors(one.reference, one.hypothesis)
    assert fewest <= counts["b_errors"] + counts["u_errors"] <= 1.5 * fewest
