"""Runs over real clips of the shipped set with the real models."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import ManifestError, RunError
from core.settings import ROOT, Settings
from core.speech.audio import Clip, read_clip
from evals import run
from evals.description import check_same, describe_data
from evals.manifest import read_manifest
from evals.results import read_recognitions
from evals.run import load_models as load
from evals.run import main, run_set
from evals.score import score_run
from tests.evals.builders import manifest_line, write_set

SHIPPED = ROOT / "data" / "followups"
WANTED_KINDS = ("positive", "no_context", "no_speech")


@pytest.fixture(scope="module")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped set's first utterance of three kinds."""
    folder = tmp_path_factory.mktemp("set")
    records = [json.loads(line) for line in (SHIPPED / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    lines = [next(record for record in records if record["kind"] == kind) for kind in WANTED_KINDS]
    for line in lines:
        (folder / line["audio_filepath"]).parent.mkdir(exist_ok=True)
        shutil.copy(SHIPPED / line["audio_filepath"], folder / line["audio_filepath"])
    return write_set(folder, lines)


@pytest.fixture(scope="module", autouse=True)
def models() -> Iterator[None]:
    """The real models, loaded once for all runs here instead of once a run."""
    loaded = run.load_models(Settings())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "load_models", lambda settings: loaded if settings == Settings() else load(settings))
        yield


@pytest.fixture(scope="module")
def finished(small_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was never stopped."""
    folder = tmp_path_factory.mktemp("finished")
    assert run_set(small_set, folder, Settings()) == len(WANTED_KINDS)
    return folder


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copy"))


def texts(folder: Path) -> dict[str, tuple[str, ...]]:
    """What does not depend on the time it took."""
    return {
        key: (r.without_context.text, r.with_context.text, r.outcome, str(r.with_context.avg_logprob))
        for key, r in read_recognitions(folder).items()
    }


def test_each_utterance_is_kept_in_both_arms_with_its_outcome(finished: Path, small_set: Path) -> None:
    positive, no_context, no_speech = read_recognitions(finished).values()
    assert [r.outcome for r in (positive, no_context, no_speech)] == ["used", "empty", "rejected"]
    assert no_context.without_context == no_context.with_context
    assert positive.without_context.text
    assert no_speech.with_context.text == ""
    assert list(read_recognitions(finished)) == [u.utterance_id for u in read_manifest(small_set)]


def test_the_run_file_tells_what_the_texts_depend_on(finished: Path, small_set: Path) -> None:
    described = json.loads((finished / "run.json").read_text())
    assert described["model"] == "tiny.en"
    assert len(described["model_sha256"]) == len(described["embedding_model_sha256"]) == 64
    assert described["settings"]["beam_size"] == 5
    assert described.items() >= describe_data(small_set, read_manifest(small_set), None).items()
    assert str(small_set.parent.parent) not in (finished / "run.json").read_text()


def test_a_run_can_be_scored_without_its_set(copy: Path) -> None:
    scores = score_run(copy)
    assert scores["by_kind"].keys() == {*WANTED_KINDS, "all"}
    assert scores["outcomes"] == {"empty": 1, "rejected": 1, "used": 1}


def test_a_stopped_run_goes_on_and_ends_like_one_that_never_stopped(
    small_set: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--manifest", str(small_set), "--out", str(tmp_path / "run")]
    with monkeypatch.context() as patch:
        patch.setattr(run, "read_clip", stop_at(2))
        assert main(command) == 130
    assert "the same command goes on" in capsys.readouterr().err
    assert len(read_recognitions(tmp_path / "run")) == 1
    with (tmp_path / "run" / "hypotheses.jsonl").open("a") as file:
        file.write('{"utterance_id": "torn')
    assert main(command) == 0
    assert texts(tmp_path / "run") == texts(finished)
    for name in ("run.json", "references.jsonl"):
        assert (tmp_path / "run" / name).read_bytes() == (finished / name).read_bytes()


def stop_at(number: int) -> Any:
    """`read_clip`, until somebody presses Ctrl-C."""
    calls = iter(range(1, 99))

    def read_or_stop(path: Path) -> Clip:
        if next(calls) == number:
            raise KeyboardInterrupt
        return read_clip(path)

    return read_or_stop


def test_a_clip_that_cannot_be_decoded_is_told_and_what_was_finished_stays(
    small_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(small_set.parent, tmp_path / "set")
    broken = read_manifest(tmp_path / "set" / "manifest.jsonl")[1]
    broken.audio_path.write_bytes(b"no sound")
    assert main(["--manifest", str(tmp_path / "set" / "manifest.jsonl"), "--out", str(tmp_path / "run")]) == 1
    message = capsys.readouterr().err.splitlines()[-1]
    assert broken.utterance_id in message
    assert broken.audio_path.name in message
    assert len(read_recognitions(tmp_path / "run")) == 1


# From here on nothing may load a model: the errors come before.


@pytest.fixture
def no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Settings) -> None:
        pytest.fail("a model was loaded")

    monkeypatch.setattr(run, "load_models", refuse)


@pytest.mark.usefixtures("no_models")
def test_another_set_is_not_mixed_into_a_run(small_set: Path, copy: Path) -> None:
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    with pytest.raises(RunError, match=r"differs in data_sha256, limit"):
        run_set(small_set, copy, Settings(), limit=2)
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before


@pytest.mark.usefixtures("no_models")
def test_a_folder_that_cannot_be_written_to_is_told(
    small_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["--manifest", str(small_set), "--out", str(tmp_path / "file" / "run")]) == 1
    error = capsys.readouterr().err
    assert "cannot be written to" in error
    assert error.count("\n") == 1


@pytest.mark.usefixtures("no_models")
def test_a_wrong_manifest_is_told_and_no_folder_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_set(tmp_path, [manifest_line(kind="maybe")])
    assert main(["--manifest", str(path), "--out", str(tmp_path / "run")]) == 1
    assert "line 1, kind" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("no_models")
def test_hypotheses_of_unknown_origin_are_not_added_to(small_set: Path, copy: Path) -> None:
    (copy / "run.json").unlink()
    with pytest.raises(RunError, match=r"hypotheses without a run.json"):
        run_set(small_set, copy, Settings())


@pytest.mark.usefixtures("no_models")
@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "\u00b2"])
def test_a_limit_is_a_number_above_zero(small_set: Path, tmp_path: Path, limit: str) -> None:
    with pytest.raises(SystemExit):
        main(["--manifest", str(small_set), "--out", str(tmp_path / "run"), "--limit", limit])


def test_an_unknown_model_is_told_in_one_line(
    small_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--manifest", str(small_set), "--out", str(tmp_path), "--model", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert str(tmp_path) in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run.json").exists()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"model_sha256": "other"}, "model_sha256"),
        ({"settings": {"beam_size": 1}}, "settings.beam_size"),
        ({"versions": {"python": "2.7"}}, "versions.python"),
        ({"later": None, "new": 1}, "new"),
    ],
)
def test_what_differs_is_named(finished: Path, changes: dict[str, Any], named: str) -> None:
    with pytest.raises(RunError, match=f"differs in {named};"):
        check_same(finished, changes)


def test_a_set_that_was_moved_is_the_same_set(small_set: Path, finished: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copytree(small_set.parent, tmp_path / "elsewhere")) / "manifest.jsonl"
    check_same(finished, describe_data(moved, read_manifest(moved), None))


@pytest.mark.parametrize("changed", ["manifest", "audio"])
def test_another_byte_in_the_set_makes_another_run(
    small_set: Path, finished: Path, tmp_path: Path, changed: str
) -> None:
    manifest = Path(shutil.copytree(small_set.parent, tmp_path / "set")) / "manifest.jsonl"
    path = manifest if changed == "manifest" else read_manifest(manifest)[-1].audio_path
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(RunError, match="differs in data_sha256;"):
        check_same(finished, describe_data(manifest, read_manifest(manifest), None))


def test_a_file_that_vanishes_is_told(small_set: Path, tmp_path: Path) -> None:
    manifest = Path(shutil.copytree(small_set.parent, tmp_path / "set")) / "manifest.jsonl"
    utterances = read_manifest(manifest)
    utterances[0].audio_path.unlink()
    with pytest.raises(ManifestError, match="cannot be read"):
        describe_data(manifest, utterances, None)
