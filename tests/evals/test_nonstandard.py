"""A set of names that are said otherwise than they are written."""

from pathlib import Path

import pytest

import evals.nonstandard
from core.speech.reading import read_aloud
from evals.corpus.casting import VOICES
from evals.corpus.texts import SPLITS, Split, read_texts
from evals.manifest import read_manifest
from evals.nonstandard import main


def one_name(split: Split, stem: str) -> dict[str, object]:
    """The first list, and three of its names: to speak all of them takes minutes."""
    record = read_texts(split, stem)["list"][0]
    return {"list": [{**record, "names": record["names"][:3]}]}


def test_each_name_is_said_alone_and_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evals.nonstandard, "read_texts", one_name)
    assert main(["--split", "dev", "--out", str(tmp_path / "set")]) == 0
    assert "6 utterances" in capsys.readouterr().out
    answers = read_manifest(tmp_path / "set" / "manifest.jsonl")
    assert [one.slices["form"] for one in answers] == ["full", "sentence"] * 3
    for one in answers:
        name = next(item.text for item in one.context if item.text.rstrip(".") in one.text)
        offered = one.dialogue[-1].text
        assert (name in offered) is (one.slices["form"] == "full")
        assert one.bias_words == tuple(word.strip(".,?!:") for word in name.split())
        assert ".." not in one.text
        assert one.speaker in VOICES["dev"]
        assert one.duration_s > 0.8


@pytest.mark.parametrize("split", SPLITS)
def test_every_name_is_written_otherwise_than_it_is_said(split: Split) -> None:
    pairs = [tuple(pair) for record in read_texts(split, "nonstandard")["list"] for pair in record["names"]]
    assert len(pairs) == 64
    assert all(written != said for written, said in pairs)
    assert all(read_aloud(written) for written, _ in pairs)


def test_the_splits_share_no_name() -> None:
    dev, test = (
        {written for record in read_texts(split, "nonstandard")["list"] for written, _ in record["names"]}
        for split in SPLITS
    )
    assert not dev & test
