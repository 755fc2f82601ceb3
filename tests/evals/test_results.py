import json
from pathlib import Path

import pytest

from core.dialogue import ContextItem, Turn
from core.errors import RunError
from evals.manifest import read_manifest
from evals.results import (
    Recognized,
    Reference,
    append_recognized,
    drop_torn_line,
    make_folder,
    read_recognitions,
    read_references,
    read_run,
    write_json,
    write_references,
)
from tests.evals.builders import manifest_line, recognition, reference, write_set


def test_recognitions_come_back_as_they_were_written(tmp_path: Path) -> None:
    written = {
        "u1": Recognized("u1", 100.0, recognition("Power.", "Bauer.", placebo="Power.")),
        "u2": Recognized("u2", 90.5, recognition("\u2028\u00e9\n", "", "rejected")),
    }
    for recognized in written.values():
        append_recognized(tmp_path, recognized)
    assert read_recognitions(tmp_path) == written


def test_references_come_back_in_the_order_of_the_manifest(tmp_path: Path) -> None:
    utterances = read_manifest(write_set(tmp_path, [manifest_line(2), manifest_line(1)]))
    references = [Reference.of(utterance) for utterance in utterances]
    write_references(tmp_path, references)
    assert list(read_references(tmp_path).values()) == references
    assert references[0].context == (ContextItem("contacts", "Meg Jones"), ContextItem("contacts", "Meg Bauer"))
    assert references[0].dialogue == (Turn("user", "Call Meg."), Turn("assistant", "Jones or Bauer?"))
    assert (references[0].audio_filepath, references[0].duration_s) == ("audio/2.wav", 1.5)


@pytest.mark.parametrize("cut", [1, 10, 100])
def test_an_unfinished_last_line_is_not_read_and_can_be_dropped(tmp_path: Path, cut: int) -> None:
    append_recognized(tmp_path, Recognized("u1", 1.0, recognition("a", "b")))
    whole = (tmp_path / "hypotheses.jsonl").read_bytes()
    append_recognized(tmp_path, Recognized("u2", 1.0, recognition("c", "d")))
    (tmp_path / "hypotheses.jsonl").write_bytes((tmp_path / "hypotheses.jsonl").read_bytes()[:-cut])
    assert list(read_recognitions(tmp_path)) == ["u1"]
    drop_torn_line(tmp_path)
    assert (tmp_path / "hypotheses.jsonl").read_bytes() == whole


def test_a_folder_without_hypotheses_has_none(tmp_path: Path) -> None:
    drop_torn_line(tmp_path)
    assert read_recognitions(tmp_path) == {}


def test_an_utterance_that_stands_there_twice_is_an_error(tmp_path: Path) -> None:
    for _ in range(2):
        append_recognized(tmp_path, Recognized("u1", 1.0, recognition("a", "b")))
    with pytest.raises(RunError, match="line 2"):
        read_recognitions(tmp_path)


@pytest.mark.parametrize(
    "line", ["{}", "[]", "5", "{", '{"utterance_id": "u1", "without_context": {"text": 5}}', "\0\0"]
)
def test_a_damaged_line_is_told_with_its_number(tmp_path: Path, line: str) -> None:
    (tmp_path / "hypotheses.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(RunError, match="line 1"):
        read_recognitions(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"seed": "x"}'])
def test_a_folder_without_a_proper_run_file_is_no_run(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content, encoding="utf-8")
    with pytest.raises(RunError, match="no folder of a run"):
        read_run(tmp_path)


def test_missing_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no folder of a run"):
        read_run(tmp_path)
    with pytest.raises(RunError, match="cannot be read"):
        read_references(tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device that is always full is Linux's")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "hypotheses.jsonl").symlink_to("/dev/full")
    with pytest.raises(RunError, match=r"cannot be written to: No space left on device\.$"):
        append_recognized(tmp_path, Recognized("u1", 1.0, recognition("a", "b")))


@pytest.mark.parametrize(
    "line",
    [
        '{"utterance_id": "u1", "encode_ms": 1, "arms": {}}',
        '{"utterance_id": "u1", "encode_ms": 1, "arms": {"with_context": {}}}',
        '{"utterance_id": "u1", "encode_ms": 1, "arms": {"without_context": {"text": "a"}}}',
        '{"utterance_id": "u1", "encode_ms": 1, "arms": []}',
        '{"utterance_id": "u1", "without_context": {"text": "a"}}',
    ],
)
def test_a_line_without_a_whole_plain_arm_is_damaged(tmp_path: Path, line: str) -> None:
    (tmp_path / "hypotheses.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(RunError, match="line 1: is damaged"):
        read_recognitions(tmp_path)


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot be written to"):
        make_folder(tmp_path / "file" / "run")
    with pytest.raises(RunError, match="cannot be written to"):
        write_json(tmp_path / "file" / "scores.json", {})


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    write_json(tmp_path / "scores.json", {"wer": 0.5})
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "scores.json", {"wer": float("nan")})
    assert json.loads((tmp_path / "scores.json").read_text()) == {"wer": 0.5}


def test_an_utterance_appears_in_the_references_once(tmp_path: Path) -> None:
    write_references(tmp_path, [reference(1, "a"), reference(1, "b")])
    with pytest.raises(RunError, match="line 2"):
        read_references(tmp_path)
