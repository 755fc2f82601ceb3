"""The real embedding model."""

from pathlib import Path

import numpy as np
import pytest

from core.context.embedding import BATCH, PACKAGED_NAME, Embedder
from core.errors import ModelError
from core.models import ALL_MINILM_L6_V2, packaged_folder


def test_vectors_have_length_one_and_384_dimensions(embedder: Embedder) -> None:
    vectors = embedder.encode(["Call Meg.", "Meg Bauer", "", "Søren 李", "x " * 3_000])
    assert vectors.shape == (5, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-5)


def test_what_means_alike_lies_near(embedder: Embedder) -> None:
    lamp, light, phone = embedder.encode(["Turn on the lamp.", "Switch on the light.", "Call my sister."])
    assert lamp @ light > lamp @ phone + 0.2


def test_the_same_texts_give_the_same_vectors(embedder: Embedder) -> None:
    texts = [f"Contact {number}" for number in range(BATCH + 5)]
    assert np.array_equal(embedder.encode(texts), embedder.encode(texts))


def test_the_packaged_model_is_known_by_its_hash(embedder: Embedder) -> None:
    assert embedder.model_name == PACKAGED_NAME
    assert embedder.sha256 == ALL_MINILM_L6_V2.sha256["model.safetensors"]


def test_a_folder_gives_the_same_model(embedder: Embedder) -> None:
    from_folder = Embedder.load(str(packaged_folder(ALL_MINILM_L6_V2)))
    assert from_folder.sha256 == embedder.sha256
    assert np.array_equal(from_folder.encode(["Call Meg."]), embedder.encode(["Call Meg."]))


def test_a_folder_without_a_model_is_a_model_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=rf"cannot be loaded; packaged: {PACKAGED_NAME}\.$") as caught:
        Embedder.load(str(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["no-such-model", "nobody/no-such-model", "no such model"])
def test_a_name_that_no_hub_knows_is_a_model_error(name: str) -> None:
    with pytest.raises(ModelError, match=f"'{name}' cannot be loaded"):
        Embedder.load(name)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_half_copied_folder_is_a_model_error(tmp_path: Path, name: str) -> None:
    folder = packaged_folder(ALL_MINILM_L6_V2)
    for path in folder.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / name).unlink()
    (tmp_path / name).write_bytes((folder / name).read_bytes()[:1000])
    with pytest.raises(ModelError, match="cannot be loaded"):
        Embedder.load(str(tmp_path))


def test_half_a_surrogate_pair_is_embedded_like_a_question_mark(embedder: Embedder) -> None:
    assert np.array_equal(embedder.encode(["Tom \ud800"]), embedder.encode(["Tom ?"]))
