"""A set whose answers are spoken again by other voices."""

from pathlib import Path

import pytest

from evals.corpus.casting import CONDITIONS, Role, cast
from evals.corpus.texts import Split
from evals.manifest import read_manifest
from evals.recast import main
from tests.commands import exit_status
from tests.evals.builders import write_excerpt
from tests.paths import DATA

HARM = DATA / "harm" / "manifest.jsonl"


def cast_quickly(answer_id: str, split: Split) -> Role:
    """As it is drawn, but for a voice that speaks quickly, without others behind it."""
    role = cast(answer_id, split)
    noise = "pink" if role.noise == "babble" else role.noise
    return Role(role.seed, "flite/slt", role.speed, noise, role.snr_db, ())


@pytest.fixture
def some(tmp_path: Path) -> Path:
    """Three sound-alikes of dev, one beside a long list, and one of the test split."""
    lines = [line for line in HARM.read_text("utf-8").splitlines() if '"sound_alike"' in line]
    dev = [line for line in lines if '"split": "dev"' in line]
    short, long = ([line for line in dev if f'"list_size": "{size}"' in line] for size in ("small", "200"))
    test = next(line for line in lines if '"split": "test"' in line)
    return write_excerpt(tmp_path, HARM, [*short[:3], long[0], test])


def test_each_answer_to_a_short_list_is_said_so_often_and_differently(
    some: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("evals.recast.cast", cast_quickly)
    options = ["--split", "dev", "--kind", "sound_alike", "--times", "2", "--out", str(tmp_path / "set")]
    assert main(["--manifest", str(some), *options]) == 0
    assert "6 utterances" in capsys.readouterr().out
    before = {one.dialogue_id: one for one in read_manifest(some)[:3]}
    again = read_manifest(tmp_path / "set" / "manifest.jsonl")
    assert len({one.utterance_id for one in again}) == 6
    assert len({one.dialogue_id for one in again}) == 3
    for one in again:
        first = before[one.dialogue_id]
        assert (one.text, one.kind) == (first.text, first.kind)
        assert (one.context, one.dialogue) == (first.context, first.dialogue)
        assert one.slices["homophone"] == first.slices["homophone"]
        assert (one.speaker, one.slices["voice_family"], one.slices["accent"]) == ("flite/slt", "flite", "en-US")
        assert (one.slices["noise"], one.slices.get("snr_db")) in CONDITIONS
        assert one.duration_s > 0.5


def test_without_such_answers_there_is_no_set(some: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "set"
    assert exit_status(main, ["--manifest", str(some), "--kind", "anti", "--out", str(out)]) != 0
    assert "no such answer" in capsys.readouterr().err
    assert not out.exists()


def test_the_lists_of_a_set_of_ones_own_are_short(some: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evals.recast.cast", cast_quickly)
    some.write_text(some.read_text("utf-8").replace('"list_size"', '"lists"'), "utf-8")
    out = tmp_path / "set"
    assert main(["--manifest", str(some), "--kind", "sound_alike", "--times", "1", "--out", str(out)]) == 0
    assert len(read_manifest(out / "manifest.jsonl")) == 1


def test_silence_cannot_be_spoken_again(some: Path, tmp_path: Path) -> None:
    assert exit_status(main, ["--manifest", str(some), "--kind", "no_speech", "--out", str(tmp_path / "set")]) == 2
