from typing import TYPE_CHECKING

import numpy as np

from evals.vectors import CHUNK, SetVectors

if TYPE_CHECKING:
    from core.context.embedding import Embedder

TEXTS = [f"{name} {number}" for number in range(CHUNK) for name in ("Meg Bauer", "the lamp in the hall")]


def test_a_vector_does_not_depend_on_what_was_asked_before(embedder: "Embedder") -> None:
    forward, backward = (SetVectors(embedder, texts) for texts in (TEXTS, reversed(TEXTS)))
    one_by_one = np.concatenate([backward([text]) for text in reversed(TEXTS)])[::-1]
    assert np.array_equal(forward([*TEXTS, "unknown"])[:-1], one_by_one)


def test_texts_of_the_set_are_embedded_as_the_model_does(embedder: "Embedder") -> None:
    vectors = SetVectors(embedder, TEXTS)(TEXTS[:3])
    np.testing.assert_allclose(vectors, embedder.encode(TEXTS[:3]), atol=1e-6)


def test_a_text_that_is_not_of_the_set_is_embedded_alone(embedder: "Embedder") -> None:
    vectors = SetVectors(embedder, TEXTS)
    assert np.array_equal(vectors(["Call Meg.", TEXTS[0]])[:1], embedder.encode(["Call Meg."]))
