"""Runs over real clips of the shipped set with the real models."""

import json
import resource
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import ManifestError, RunError
from core.settings import ROOT, Settings
from core.speech.audio import Clip, decode_clip
from evals import engine, run
from evals.description import check_same, describe_data
from evals.engine import Model, Task, recognize_here
from evals.manifest import read_manifest
from evals.plan import RunPlan
from evals.results import Recognized, read_recognitions
from evals.run import main, run_set
from evals.score import score_run
from tests.commands import exit_status
from tests.evals.builders import manifest_line, untimed, write_set

SHIPPED = (ROOT / "data" / "followups", ROOT / "data" / "harm")
WANTED_KINDS = ("positive", "no_context", "no_speech")


@pytest.fixture(scope="module")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first utterance of three kinds in the shipped sets."""
    folder = tmp_path_factory.mktemp("set")
    picked = [first_of_kind(kind) for kind in WANTED_KINDS]
    for shipped, line in picked:
        (folder / line["audio_filepath"]).parent.mkdir(exist_ok=True)
        shutil.copy(shipped / line["audio_filepath"], folder / line["audio_filepath"])
    return write_set(folder, [line for _, line in picked])


def first_of_kind(kind: str) -> tuple[Path, dict[str, Any]]:
    """The set, and its line."""
    for shipped in SHIPPED:
        for line in (shipped / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
            if (record := json.loads(line))["kind"] == kind:
                return shipped, record
    raise LookupError(kind)


@pytest.fixture(scope="module")
def finished(small_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in one process that was never stopped."""
    folder = tmp_path_factory.mktemp("finished")
    assert run_set(RunPlan(small_set, folder, Settings())) == len(WANTED_KINDS)
    return folder


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copy"))


def test_each_utterance_is_kept_in_both_arms_with_its_outcome(finished: Path, small_set: Path) -> None:
    recognized = read_recognitions(finished)
    positive, no_context, no_speech = (one.arms for one in recognized.values())
    assert [arms["with_context"].outcome for arms in (positive, no_context, no_speech)] == ["used", "empty", "rejected"]
    assert {arms["without_context"].outcome for arms in (positive, no_context, no_speech)} == {"empty"}
    assert no_context["without_context"] == no_context["with_context"]
    assert positive["without_context"].text
    assert no_speech["with_context"].text == ""
    assert list(recognized) == [utterance.utterance_id for utterance in read_manifest(small_set)]


def test_references_are_the_lines_of_the_manifest(finished: Path, small_set: Path) -> None:
    lines = [json.loads(line) for line in (finished / "references.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines == [json.loads(line) for line in small_set.read_text(encoding="utf-8").splitlines()]


def test_the_run_file_tells_what_the_texts_depend_on(finished: Path, small_set: Path) -> None:
    described = json.loads((finished / "run.json").read_text())
    assert described["model"] == "tiny.en"
    assert len(described["model_sha256"]) == len(described["embedding_model_sha256"]) == 64
    assert described["settings"]["beam_size"] == 5
    assert described.items() >= describe_data(small_set, read_manifest(small_set), None).items()
    assert described["manifest"] == str(small_set)
    assert described["arms"] == ["without_context", "with_context"]
    assert described["signals"] == ["prior_turn", "contacts"]


def test_a_run_can_be_scored_without_its_set(copy: Path) -> None:
    scores = score_run(copy)
    assert scores["by_kind"].keys() == {*WANTED_KINDS, "all"}
    assert scores["outcomes"] == json.loads((copy / "run.json").read_text())["outcomes"]


def test_the_run_file_counts_the_outcomes_of_each_arm(finished: Path) -> None:
    none = {"used": 0, "late": 0, "failed": 0, "disabled": 0, "empty": 0, "rejected": 0}
    assert json.loads((finished / "run.json").read_text())["outcomes"] == {
        "without_context": none | {"empty": 3},
        "with_context": none | {"empty": 1, "rejected": 1, "used": 1},
    }


def test_a_stopped_run_goes_on_and_ends_like_one_that_never_stopped(
    small_set: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--manifest", str(small_set), "--out", str(tmp_path / "run")]
    with monkeypatch.context() as patch:
        patch.setattr(engine, "decode_clip", stop_at(2))
        assert main(command) == 130
    assert "the same command goes on" in capsys.readouterr().err
    assert "outcomes" not in json.loads((tmp_path / "run" / "run.json").read_text()), "half a run tells nothing"
    assert len(read_recognitions(tmp_path / "run")) == 1
    with (tmp_path / "run" / "hypotheses.jsonl").open("a") as file:
        file.write('{"utterance_id": "torn')
    assert main(command) == 0
    assert untimed(tmp_path / "run") == untimed(finished)
    for name in ("run.json", "references.jsonl"):
        assert (tmp_path / "run" / name).read_bytes() == (finished / name).read_bytes()


def stop_at(number: int) -> Any:
    """`decode_clip`, until somebody presses Ctrl-C."""
    calls = iter(range(1, 99))

    def decode_or_stop(data: bytes) -> Clip:
        if next(calls) == number:
            raise KeyboardInterrupt
        return decode_clip(data)

    return decode_or_stop


def test_a_clip_that_cannot_be_decoded_is_told_and_what_was_finished_stays(
    small_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(small_set.parent, tmp_path / "set")
    broken = read_manifest(tmp_path / "set" / "manifest.jsonl")[1]
    broken.audio_path.write_bytes(b"no sound")
    assert (
        exit_status(main, ["--manifest", str(tmp_path / "set" / "manifest.jsonl"), "--out", str(tmp_path / "run")]) == 1
    )
    message = capsys.readouterr().err.splitlines()[-1]
    assert broken.utterance_id in message
    assert broken.audio_path.name in message
    assert len(read_recognitions(tmp_path / "run")) == 1


def test_ablations_keep_every_arm_and_change_nothing_in_the_others(
    small_set: Path, finished: Path, tmp_path: Path
) -> None:
    assert main(["--manifest", str(small_set), "--out", str(tmp_path), "--ablate"]) == 0
    arms = next(iter(read_recognitions(tmp_path).values())).arms
    assert list(arms) == json.loads((tmp_path / "run.json").read_text())["arms"]
    assert list(arms)[2:] == [
        "only:prior_turn", "only:contacts", "without:prior_turn", "without:contacts", "placebo"
    ]  # fmt: skip
    assert arms["only:contacts"] == arms["without:prior_turn"]  # equal prompts are decoded once, so the times are equal
    both = [
        {**one, "arms": {arm: one["arms"][arm] for arm in ("without_context", "with_context")}}
        for one in untimed(tmp_path)
    ]
    assert both == untimed(finished)


def test_a_run_without_context_needs_no_embedding_model(
    small_set: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDDING_MODEL", str(tmp_path / "none"))
    assert main(["--manifest", str(small_set), "--out", str(tmp_path / "run"), "--arms", "without_context"]) == 0
    plain = [one["arms"]["without_context"] for one in untimed(finished)]
    assert [one["arms"] for one in untimed(tmp_path / "run")] == [{"without_context": arm} for arm in plain]


def test_several_models_are_run_into_folders_of_their_names(
    small_set: Path, finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--manifest", str(small_set), "--out", str(tmp_path), "--model", "tiny.en", "--model", "base"]
    assert main(command) == 0
    assert untimed(tmp_path / "tiny.en") == untimed(finished)
    assert json.loads((tmp_path / "base" / "run.json").read_text())["model"] == "base"
    assert untimed(tmp_path / "base") != untimed(finished)
    assert str(tmp_path / "base") in capsys.readouterr().out


def test_several_jobs_write_what_one_writes_and_go_on_with_what_another_left(
    small_set: Path, finished: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished, tmp_path / "run")
    lines = (finished / "hypotheses.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "run" / "hypotheses.jsonl").write_text(lines[0], encoding="utf-8")
    assert main(["--manifest", str(small_set), "--out", str(tmp_path / "run"), "--jobs", "2"]) == 0
    assert untimed(tmp_path / "run") == untimed(finished)


@pytest.fixture
def unlimited() -> Iterator[tuple[int, int]]:
    """The limits on the size of files, soft and hard, as they were."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield limits
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_is_told_and_what_was_finished_stays(
    small_set: Path, finished: Path, tmp_path: Path, unlimited: tuple[int, int]
) -> None:
    """A limit on the size of files acts like a full disk: the line that reaches it is written in part."""
    size = len((finished / "hypotheses.jsonl").read_bytes()) - 100

    def fill_disk(model: Model, tasks: Iterable[Task]) -> Iterator[Recognized]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, unlimited[1]))
        return recognize_here(model, tasks)

    plan = RunPlan(small_set, tmp_path, Settings())
    with pytest.raises(RunError, match=r"cannot be written to: File too large\.$"):
        run_set(plan, fill_disk)
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert not (tmp_path / "hypotheses.jsonl").read_bytes().endswith(b"\n")
    assert len(read_recognitions(tmp_path)) == len(WANTED_KINDS) - 1
    run_set(plan)
    assert untimed(tmp_path) == untimed(finished)


# From here on nothing may load a model: the errors come before.


@pytest.fixture
def no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("a model was loaded")

    monkeypatch.setattr(run, "load_recognizer", refuse)


@pytest.mark.usefixtures("no_models")
def test_a_split_is_chosen_by_its_name(tmp_path: Path) -> None:
    lines = [manifest_line(n, utterance_id=f"u{n}", slices={"split": split}) for n, split in enumerate(("dev", "test"))]
    manifest = write_set(tmp_path / "set", lines)
    prepared = run.prepare_run(RunPlan(manifest, tmp_path / "run", Settings(), split="test"))
    assert [one.utterance_id for one in prepared.utterances] == ["u1"]
    assert prepared.data["split"] == "test"
    with pytest.raises(RunError, match="has no utterance of the split 'tset'"):
        run.prepare_run(RunPlan(manifest, tmp_path / "other", Settings(), split="tset"))


@pytest.mark.usefixtures("no_models")
def test_another_set_is_not_mixed_into_a_run(small_set: Path, copy: Path) -> None:
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    with pytest.raises(RunError, match=r"differs in data_sha256, limit"):
        run_set(RunPlan(small_set, copy, Settings(), limit=2))
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before


@pytest.mark.usefixtures("no_models")
def test_a_folder_that_cannot_be_written_to_is_told(
    small_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert exit_status(main, ["--manifest", str(small_set), "--out", str(tmp_path / "file" / "run")]) == 1
    error = capsys.readouterr().err
    assert "cannot be written to" in error
    assert error.count("\n") == 1


@pytest.mark.usefixtures("no_models")
def test_a_wrong_manifest_is_told_and_no_folder_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_set(tmp_path, [manifest_line(kind="maybe")])
    assert exit_status(main, ["--manifest", str(path), "--out", str(tmp_path / "run")]) == 1
    assert "line 1, kind" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("no_models")
def test_hypotheses_of_unknown_origin_are_not_added_to(small_set: Path, copy: Path) -> None:
    (copy / "run.json").unlink()
    with pytest.raises(RunError, match=r"hypotheses without a run.json"):
        run_set(RunPlan(small_set, copy, Settings()))


@pytest.mark.usefixtures("no_models")
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--arms", "with_contxt"], "did you mean with_context?"),
        (["--signals", "contact"], "did you mean contacts?"),
        (["--model", "tiny.en", "--model", "tiny.en"], "would share a folder"),
        (["--model", "a/b", "--model", "a:b"], "would share a folder"),
        (["--cluster", "local:0"], "tcp://HOST:PORT"),
    ],
)
def test_what_is_not_known_is_told_in_one_line_and_no_folder_is_made(
    small_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    assert exit_status(main, ["--manifest", str(small_set), "--out", str(tmp_path / "run"), *options]) == 1
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("no_models")
@pytest.mark.parametrize(
    ("options", "named"),
    [(["--arms", "without_context"], "arms"), (["--ablate"], "arms"), (["--signals", "contacts"], "signals")],
)
def test_other_arms_or_signals_are_not_mixed_into_a_run(
    small_set: Path, copy: Path, capsys: pytest.CaptureFixture[str], options: list[str], named: str
) -> None:
    assert exit_status(main, ["--manifest", str(small_set), "--out", str(copy), *options]) == 1
    assert f"differs in {named};" in capsys.readouterr().err


@pytest.mark.usefixtures("no_models")
@pytest.mark.parametrize(
    "options", [["--jobs", "0"], ["--jobs", "2", "--cluster", "local:2"], ["--arms", ""], ["--signals", "a,,b"]]
)
def test_options_that_make_no_sense_are_refused(small_set: Path, tmp_path: Path, options: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--manifest", str(small_set), "--out", str(tmp_path / "run"), *options])


@pytest.mark.usefixtures("no_models")
@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "\u00b2"])
def test_a_limit_is_a_number_above_zero(small_set: Path, tmp_path: Path, limit: str) -> None:
    with pytest.raises(SystemExit):
        main(["--manifest", str(small_set), "--out", str(tmp_path / "run"), "--limit", limit])


def test_an_unknown_model_is_told_in_one_line(
    small_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_status(main, ["--manifest", str(small_set), "--out", str(tmp_path), "--model", str(tmp_path)]) == 1
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
