"""Training a phone head: what is said, how it sounds, and a small one from end to end with the real tiny.en."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from core.errors import ModelError
from core.models import TINY_EN
from core.speech.phone_head import PhoneHead, head_file_name
from core.speech.words import FUNCTION_WORDS, spoken_words
from evals.corpus.noise import PEAK_LIMIT, SAMPLE_RATE, make_pink_noise, set_level
from evals.phone_head import __main__ as command
from evals.phone_head.__main__ import main
from evals.phone_head.sounds import disturb
from evals.phone_head.texts import draw_text
from tests.commands import exit_status
from tests.paths import ROOT

TEXTS = 300


def read_test_names() -> set[str]:
    lines = map(json.loads, (ROOT / "data/followups/manifest.jsonl").read_text().splitlines())
    names = [name for one in lines if one["slices"]["split"] == "test" for name in one["bias_words"]]
    return {word for name in names for word in spoken_words(name)} - FUNCTION_WORDS


def draw(seed: int) -> str:
    return draw_text(random.Random(seed))  # noqa: S311 - no secret


def test_no_name_of_the_test_split_is_learned() -> None:
    said = {word for seed in range(TEXTS) for word in spoken_words(draw(seed))}
    assert len(said) > TEXTS
    assert not said & read_test_names()


def test_the_same_seed_says_the_same() -> None:
    assert [draw(seed) for seed in range(20)] == [draw(seed) for seed in range(20)]


@pytest.mark.parametrize("seed", range(12))
def test_a_disturbed_clip_is_a_clip(seed: int) -> None:
    speech = set_level(make_pink_noise(SAMPLE_RATE, 1), -20.0)
    clip, again = (disturb(speech, [speech, speech[:500]], np.random.default_rng(seed)) for _ in range(2))
    assert clip.dtype == np.float32
    assert np.isfinite(clip).all()
    assert np.abs(clip).max() <= PEAK_LIMIT + 1e-6
    assert SAMPLE_RATE < len(clip) < 2.5 * SAMPLE_RATE
    assert np.array_equal(clip, again)


def test_a_head_is_trained_written_and_found(tmp_path: Path) -> None:
    assert main(["--models", "tiny.en", "--clips", "8", "--jobs", "1", "--out", str(tmp_path)]) == 0
    head = PhoneHead.find(TINY_EN.sha256["model.bin"], tmp_path)
    assert head is not None
    assert head.hear(np.zeros((10, 384), dtype=np.float32)).find([]).tolist() == []
    [described] = [json.loads(path.read_text()) for path in tmp_path.glob("*.json")]
    assert (described["clips"], described["model"]) == (8, "tiny.en")
    *single, blends = described["voices"]
    assert {source.split(",")[0] for source in single} == {"hibari/heart", "flite/slt", "flite/kal16"}
    assert "zm_yunyang: Kokoro-82M" in blends


def test_a_model_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        main(["--models", str(tmp_path / "none"), "--clips", "1"])


def test_a_place_where_no_head_can_be_written_is_told_before_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "make_examples", lambda *_: pytest.fail("it spoke first"))
    (tmp_path / head_file_name(TINY_EN.sha256["model.bin"])).mkdir()
    assert exit_status(main, ["--models", "tiny.en", "--out", str(tmp_path)]) == 1
    assert "choose another --out" in capsys.readouterr().err
