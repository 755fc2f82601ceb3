"""What a worker answers: it comes back whole, or not at all."""

from dataclasses import replace

import numpy as np
import pytest

from core.context.answer import Answer, Times, decode_answer, decode_vectors, encode_answer, encode_vectors
from core.context.bias import EMPTY, BiasList, Hotword
from core.context.ranking import Context
from core.context.wire import pack, unpack
from core.dialogue import ContextItem

TIMES = Times(1.0, 1.25, 2.5, 3.0)
UNIT = np.array([0.6, 0.8], dtype=np.float32)
HOTWORDS = (
    Hotword("Søren", ContextItem("contacts", " Søren "), 0.5, True, ("sɔɹən",)),
    Hotword("Bauer", ContextItem("prior_turn", "Bauer"), -0.25),
)
ANSWER = Answer(Context(UNIT, BiasList(HOTWORDS)), TIMES)


def test_an_answer_comes_back_whole() -> None:
    read = decode_answer(encode_answer(ANSWER), dimensions=2)
    assert (read.context.bias, read.times) == (ANSWER.context.bias, TIMES)
    assert read.context.vector is not None
    assert read.context.vector.tolist() == UNIT.tolist()


def test_a_dialogue_without_words_has_no_vector() -> None:
    read = decode_answer(encode_answer(Answer(Context(None, EMPTY), TIMES)), dimensions=2)
    assert (read.context.vector, read.context.bias) == (None, EMPTY)


@pytest.mark.parametrize(
    "vector",
    [[np.nan, 1.0], [np.inf, 0.0], [0.6], [0.6, 0.8, 0.0], [0.0, 0.0], [3.0, 4.0]],
    ids=["NaN", "infinite", "too short", "too long", "zero", "not of length 1"],
)
def test_a_vector_that_is_none_is_refused(vector: list[float]) -> None:
    answer = replace(ANSWER, context=replace(ANSWER.context, vector=np.array(vector, dtype=np.float32)))
    with pytest.raises(ValueError, match=r".*"):
        decode_answer(encode_answer(answer), dimensions=2)


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_refused(score: float) -> None:
    bias = BiasList((replace(HOTWORDS[0], score=score),))
    with pytest.raises(ValueError, match="finite"):
        decode_answer(encode_answer(Answer(Context(UNIT, bias), TIMES)), dimensions=2)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        None,
        3,
        {"a": 1},
        [1.0, 1.0, 1.0],
        [1, 1, 1, 1, [["text"]]],
        [1, 1, 1, "x", []],
        [1, 1, 1, 1, [[1, 2, 3, 4]]],
    ],
)
def test_other_shapes_are_refused(fields: object) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decode_answer(pack(fields), dimensions=2)


@pytest.mark.parametrize("cut", [1, 3, 4, 5])
def test_an_answer_that_was_cut_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decode_answer(encode_answer(ANSWER)[:-cut], dimensions=2)


def test_several_vectors_come_back_row_by_row() -> None:
    vectors = np.eye(3, dtype=np.float32)
    assert decode_vectors(encode_vectors(vectors), 3).tolist() == vectors.tolist()
    assert unpack(pack(1, encode_vectors(None)))[1] == b""
