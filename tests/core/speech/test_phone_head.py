"""The shipped phone head on real speech, and heads that are none."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.errors import ModelError
from core.models import TINY_EN, file_sha256
from core.speech.audio import read_clip
from core.speech.phone_head import FOLDER, PhoneHead, head_file_name
from core.speech.phones import SYMBOLS, Phones, index_phones
from core.speech.phonetics import pronounce
from core.speech.whisper import Whisper

TINY_SHA256 = TINY_EN.sha256["model.bin"]


@pytest.fixture(scope="module")
def tiny() -> Whisper:
    return Whisper.load("tiny.en", 2)


def test_it_tells_a_name_from_the_word_that_whisper_writes(tiny: Whisper, scenario_clips: list[Path]) -> None:
    head = PhoneHead.find(tiny.sha256)
    assert head is not None
    heard = head.hear(tiny.encode(read_clip(scenario_clips[1])).speech)
    scores = dict(zip(names := ("Bauer", "Jones", "Okafor"), heard.find([sound(name) for name in names]), strict=True))
    assert scores["Bauer"] > max(scores["Jones"], scores["Okafor"]) + 5.0


def sound(text: str) -> Phones:
    return index_phones(pronounce(text)[0])


def test_a_model_without_a_head_has_none(tmp_path: Path) -> None:
    assert PhoneHead.find("0" * 64) is None
    assert PhoneHead.find(TINY_SHA256, tmp_path) is None


def describe(path: Path) -> None:
    """As the training does, for the file as it is."""
    path.with_suffix(".json").write_text(json.dumps({"sha256": file_sha256(path)}))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a head", "half"])
def test_a_broken_file_is_told(content: bytes | str, tmp_path: Path) -> None:
    whole = (FOLDER / head_file_name(TINY_SHA256)).read_bytes()
    path = tmp_path / head_file_name(TINY_SHA256)
    path.write_bytes(whole[: len(whole) // 2] if isinstance(content, str) else content)
    describe(path)
    with pytest.raises(ModelError, match=r"cannot be read; run `python -m evals\.phone_head`"):
        PhoneHead.find(TINY_SHA256, tmp_path)


@pytest.mark.parametrize("described", [None, "", "[]", "{}", '{"sha256": "00"}'])
def test_a_file_that_was_changed_or_that_nobody_described_is_not_loaded(described: str | None, tmp_path: Path) -> None:
    path = tmp_path / head_file_name(TINY_SHA256)
    path.write_bytes((FOLDER / path.name).read_bytes())
    describe(path)
    assert PhoneHead.find(TINY_SHA256, tmp_path) is not None
    if described is None:
        path.with_suffix(".json").unlink()
    else:
        path.with_suffix(".json").write_text(described)
    with pytest.raises(ModelError, match=r"not what \w+\.json beside it describes; restore both"):
        PhoneHead.find(TINY_SHA256, tmp_path)


def test_a_head_of_other_phones_is_told(tmp_path: Path) -> None:
    with np.load(FOLDER / head_file_name(TINY_SHA256)) as stored:
        weights = {name: stored[name] for name in stored.files}
    assert str(weights["phones"]) == "".join(SYMBOLS)
    path = tmp_path / head_file_name(TINY_SHA256)
    np.savez(path, **(weights | {"phones": np.array("abc")}))
    describe(path)
    with pytest.raises(ModelError, match="other phones"):
        PhoneHead.find(TINY_SHA256, tmp_path)


def test_a_head_of_a_single_network_as_they_once_were_is_told(tmp_path: Path) -> None:
    with np.load(FOLDER / head_file_name(TINY_SHA256)) as stored:
        weights = {name: stored[name] if name == "phones" else stored[name][0] for name in stored.files}
    path = tmp_path / head_file_name(TINY_SHA256)
    np.savez(path, **weights)
    describe(path)
    with pytest.raises(ModelError, match=r"cannot be read; run `python -m evals\.phone_head`"):
        PhoneHead.find(TINY_SHA256, tmp_path)
