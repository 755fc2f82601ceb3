import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from core.dialogue import ContextItem, Turn
from core.errors import DataFileError, ModelError, RunError
from core.settings import ROOT
from evals.corpus.__main__ import main
from evals.corpus.build import build_set, replace_folder
from evals.corpus.scenario import build_scenario
from evals.corpus.texts import Dialogue, FollowUp
from evals.manifest import read_manifest
from tests.commands import exit_status

SPOKEN = FollowUp(
    "call-ada-1",
    "positive",
    seed=1,
    say="Thorne.",
    entity="Ada Thorne",
    form="short",
    voice="hibari/heart",
    noise="pink",
    snr_db=10,
)
SILENT = FollowUp("call-ada-2", "no_speech", seed=2, noise="silence", duration_s=0.5)
NOISY = FollowUp("call-ada-3", "no_speech", seed=3, noise="pink", duration_s=0.5, level_dbfs=-40.0)
BORROWED = replace(SPOKEN, id="call-ada-1-200", clip=SPOKEN.id)
DROPPED = {"call-ada-4": "the voice garbles it"}


def make_dialogue(*follow_ups: FollowUp) -> Dialogue:
    turns = (Turn("user", "Call Ada."), Turn("assistant", "Ada Quill or Ada Thorne?"))
    context = (ContextItem("contacts", "Ada Quill"), ContextItem("contacts", "Ada Thorne"))
    return Dialogue("call-ada", "dev", turns, context, follow_ups)


DIALOGUE = make_dialogue(SPOKEN, SILENT, NOISY, BORROWED)


def read_files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def read_provenance(folder: Path) -> dict[str, dict[str, object]]:
    items = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))["items"]
    return {item["id"]: item for item in items}


def test_a_set_reads_back_as_a_manifest_with_everything_in_it(tmp_path: Path) -> None:
    assert build_set([DIALOGUE], tmp_path / "set") == 3
    spoken, silent, _, borrowed = read_manifest(tmp_path / "set" / "manifest.jsonl")
    assert (spoken.text, spoken.bias_words, spoken.kind) == ("Thorne.", ("Thorne",), "positive")
    assert spoken.context == DIALOGUE.context
    assert spoken.dialogue == DIALOGUE.turns
    assert "Apache-2.0" in spoken.source
    assert spoken.slices == {
        "split": "dev",
        "noise": "pink",
        "snr_db": 10,
        "voice_family": "hibari",
        "accent": "en-US",
        "form": "short",
        "signal": "contacts",
        "list_size": "small",
    }
    assert (borrowed.audio_filepath, borrowed.utterance_id) == (spoken.audio_filepath, BORROWED.id)
    assert (silent.text, silent.duration_s, silent.slices["noise"]) == ("", 0.5, "silence")


def test_the_same_dialogues_make_the_same_bytes(tmp_path: Path) -> None:
    build_set([DIALOGUE], tmp_path / "one")
    build_set([DIALOGUE], tmp_path / "two")
    assert read_files(tmp_path / "one") == read_files(tmp_path / "two")


def test_what_was_dropped_is_written_down_with_the_reason(tmp_path: Path) -> None:
    build_set([DIALOGUE], tmp_path / "set", dropped=DROPPED)
    provenance = json.loads((tmp_path / "set" / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["dropped"] == DROPPED


def test_only_one_clip_is_made_again_and_all_others_are_kept(tmp_path: Path) -> None:
    out = tmp_path / "set"
    build_set([DIALOGUE], out)
    before = read_files(out)
    louder = replace(NOISY, level_dbfs=-20.0)
    assert build_set([make_dialogue(SPOKEN, SILENT, louder, BORROWED)], out, only=louder.id) == 1
    after = read_files(out)
    changed = {name for name in after if before[name] != after[name]}
    assert changed == {"audio/call-ada-3.flac", "provenance.json"}
    assert read_provenance(out)["call-ada-3"]["level_dbfs"] == -20.0


def test_an_error_leaves_the_older_set_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "set"
    build_set([DIALOGUE], out)
    before = read_files(tmp_path)
    with pytest.raises(ModelError, match="There is no voice"):
        build_set([make_dialogue(SPOKEN, replace(SILENT, kind="anti", say="No.", voice="nobody/x"))], out)
    assert read_files(tmp_path) == before


def test_a_folder_with_other_things_in_it_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to-ada.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(RunError, match="was not built by this command"):
        build_set([DIALOGUE], tmp_path / "letters")
    assert (tmp_path / "letters" / "to-ada.txt").is_file()


def test_a_file_of_others_stays_and_all_else_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "set"
    build_set([DIALOGUE], out)
    (out / "snapshot.json").write_text("theirs", encoding="utf-8")
    with replace_folder(out, keep=("snapshot.json", "never-there.json")) as building:
        (building / "provenance.json").write_text("{}", encoding="utf-8")
    assert read_files(out) == {"snapshot.json": b"theirs", "provenance.json": b"{}"}


def test_building_the_example_keeps_its_snapshot(tmp_path: Path) -> None:
    out = Path(shutil.copytree(ROOT / "data" / "scenarios" / "call_meg", tmp_path / "call_meg"))
    snapshot = (out / "snapshot.json").read_bytes()
    build_scenario(out)
    assert (out / "snapshot.json").read_bytes() == snapshot
    assert {path.name for path in out.iterdir()} > {"turn_1.flac", "turn_2.flac", "scenario.json"}


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(RunError, match="cannot be written to"), replace_folder(tmp_path / "file" / "set"):
        pass


@pytest.mark.parametrize("only", ["call-ada-9", "call-ada-1-200", "../call-ada-1"])
def test_an_utterance_that_is_not_in_the_set_cannot_be_made(tmp_path: Path, only: str) -> None:
    with pytest.raises(RunError, match="There is no utterance"):
        build_set([DIALOGUE], tmp_path / "set", only=only)


def test_one_clip_needs_an_older_set(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="build the whole set first"):
        build_set([DIALOGUE], tmp_path / "set", only=SPOKEN.id)


def test_one_clip_needs_all_others_in_the_older_set(tmp_path: Path) -> None:
    build_set([make_dialogue(SILENT)], tmp_path / "set")
    with pytest.raises(RunError, match="lacks call-ada-3"):
        build_set([make_dialogue(SILENT, NOISY)], tmp_path / "set", only=SILENT.id)


@pytest.mark.parametrize(
    ("follow_ups", "problem"),
    [
        ((SILENT, SILENT), "Two utterances are called call-ada-2"),
        ((replace(SPOKEN, entity="Ada Lane"),), "names no item of its context"),
        ((replace(SPOKEN, say="Yes."),), "names no item of its context"),
    ],
)
def test_texts_that_contradict_themselves_are_refused(
    tmp_path: Path, follow_ups: tuple[FollowUp, ...], problem: str
) -> None:
    with pytest.raises(DataFileError, match=problem):
        build_set([make_dialogue(*follow_ups)], tmp_path / "set")


@pytest.mark.parametrize("name", ["followups", "harm"])
def test_the_command_says_in_one_line_what_is_wrong(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_status(main, ["--set", name, "--out", str(tmp_path), "--only", "nothing-1"]) == 1
    error = capsys.readouterr().err
    assert error == "There is no utterance 'nothing-1' with a clip of its own in the corpus.\n"
