"""The texts of a job: embedded once each, in small steps, and kept even when the job is given up."""

from collections.abc import Sequence

import numpy as np
import pytest

from core.context.embedding import Vectors
from core.context.memory import Memory
from core.context.recollection import CHUNK, GaveUp, Recollection
from tests.core.context.embeddings import embed_by_hash

NAMES = [f"Contact {number}" for number in range(2 * CHUNK + 3)]


class Counted:
    """Counts what it is asked for."""

    def __init__(self) -> None:
        self.embedded: list[list[str]] = []
        self.pronounced: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded.append(list(texts))
        return embed_by_hash(texts)

    def pronounce(self, text: str) -> tuple[str, ...]:
        self.pronounced.append(text)
        return (text.lower(),)


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def memory() -> Memory:
    return Memory(now_s=lambda: 1_000.0)


def recollect(memory: Memory, counted: Counted, steps: int = 10**6) -> Recollection:
    """`steps` is how often it is still wanted."""
    left = iter(range(steps))
    return Recollection(memory, counted.embed, counted.pronounce, 1_100, lambda: next(left, None) is not None)


def test_vectors_come_in_the_order_of_the_texts_however_they_are_cut(memory: Memory, counted: Counted) -> None:
    texts = [*reversed(NAMES), NAMES[0]]
    vectors = recollect(memory, counted).embed(texts)
    assert np.array_equal(vectors, embed_by_hash(texts))
    assert max(map(len, counted.embedded)) == CHUNK


def test_the_second_job_embeds_and_pronounces_only_what_is_new(memory: Memory, counted: Counted) -> None:
    first = recollect(memory, counted)
    first.embed(NAMES)
    sounds = [first.pronounce(name) for name in NAMES]
    first.keep()
    counted.embedded.clear()
    counted.pronounced.clear()
    second = recollect(memory, counted)
    assert np.array_equal(second.embed([*NAMES, "Meg"]), embed_by_hash([*NAMES, "Meg"]))
    assert [second.pronounce(name) for name in NAMES] == sounds
    assert (counted.embedded, counted.pronounced) == ([["Meg"]], [])


def test_a_job_that_is_given_up_leaves_what_it_has_embedded(memory: Memory, counted: Counted) -> None:
    given_up = recollect(memory, counted, steps=len(NAMES) + 2)
    with pytest.raises(GaveUp):
        given_up.embed(NAMES)
    given_up.keep()
    assert sum(map(len, counted.embedded)) == len(memory) == 2 * CHUNK


def test_nothing_is_begun_once_nobody_waits(memory: Memory, counted: Counted) -> None:
    unwanted = recollect(memory, counted, steps=0)
    with pytest.raises(GaveUp):
        unwanted.embed(["Meg"])
    with pytest.raises(GaveUp):
        unwanted.pronounce("Meg")
    assert (counted.embedded, counted.pronounced) == ([], [])


def test_a_text_that_was_never_embedded_can_be_pronounced(memory: Memory, counted: Counted) -> None:
    assert recollect(memory, counted).pronounce("Meg") == ("meg",)


def test_without_texts_there_is_nothing_to_do(memory: Memory, counted: Counted) -> None:
    recollection = recollect(memory, counted)
    recollection.keep()
    assert len(memory) == 0
