"""A set of names that are said otherwise than they are written."""

from pathlib import Path

import pytest

import evals.nonstandard
from core.speech.prompt import write_hotword
from core.speech.reading import leave_out_remarks, read_aloud
from core.speech.words import spoken_words
from evals.corpus.casting import VOICES
from evals.corpus.texts import SPLITS, Split, read_texts
from evals.manifest import read_manifest
from evals.nonstandard import main


def list_names(split: Split) -> list[list[str]]:
    return [name for record in read_texts(split, "nonstandard")["list"] for name in record["names"]]


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
    names = list_names(split)
    assert len(names) == 88
    assert all(written != said for written, said, *_ in names)
    assert all(read_aloud(written) for written, *_ in names)


@pytest.mark.parametrize("split", SPLITS)
def test_where_less_is_said_it_is_what_the_name_is_without_remarks(split: Split) -> None:
    shorter = [(written, less) for written, _, *of_name in list_names(split) for less in of_name]
    assert len(shorter) > 10
    for written, less in shorter:
        assert spoken_words(write_hotword(leave_out_remarks(written))) == spoken_words(less)


def test_the_splits_share_no_name() -> None:
    dev, test = ({written for written, *_ in list_names(split)} for split in SPLITS)
    assert not dev & test
