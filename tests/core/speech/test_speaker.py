import shutil
from pathlib import Path

import numpy as np
import pytest

from core import models
from core.errors import ModelError
from core.speech.audio import SAMPLE_RATE
from core.speech.speaker import D_VECTOR, SpeakerEncoder, measure_bands, measure_likeness, mel_filters


def test_windows_of_a_longer_stretch_are_a_fifth_of_a_second_apart() -> None:
    noise = np.random.default_rng(1).normal(0.0, 0.1, 2 * SAMPLE_RATE).astype(np.float32)
    vectors = SpeakerEncoder.load(threads=1).embed(noise)
    assert vectors.shape == (7, 256)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("samples", [1, 160, SAMPLE_RATE // 2])
def test_what_is_short_is_one_window(samples: int) -> None:
    noise = np.random.default_rng(1).normal(0.0, 0.1, samples).astype(np.float32)
    vectors = SpeakerEncoder.load(threads=1).embed(noise)
    assert vectors.shape == (1, 256)
    assert np.isfinite(vectors).all()


def test_a_tone_is_loudest_in_its_own_band() -> None:
    tone = np.sin(2 * np.pi * 1000.0 * np.arange(SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)
    band = int(measure_bands(tone)[50].argmax())
    centre_hz = mel_filters(512, 40)[band].argmax() * SAMPLE_RATE / 512
    assert centre_hz == pytest.approx(1000.0, abs=60.0)


def test_every_filter_has_the_area_of_the_others() -> None:
    areas = mel_filters(4096, 40).sum(axis=1) * SAMPLE_RATE / 4096
    assert areas == pytest.approx(np.ones(40), abs=0.01)


def test_a_stretch_is_wholly_like_itself() -> None:
    vectors = np.random.default_rng(2).normal(size=(3, 256)).astype(np.float32)
    assert measure_likeness(vectors, vectors) == pytest.approx(1.0)


def test_other_weights_are_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = models.packaged_folder(D_VECTOR)
    package = tmp_path / D_VECTOR.package
    shutil.copytree(folder, package / D_VECTOR.folder)
    (package / "__init__.py").touch()
    (package / D_VECTOR.folder / "embedder.int8.onnx").write_bytes(b"other weights")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModelError, match="not the pinned file"):
        SpeakerEncoder.load(threads=1)
