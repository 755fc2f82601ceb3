"""A small corpus laid out like LibriSpeech, spoken by the project's own voice, and lists written like fbai-speech's."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from core.errors import ManifestError, RunError
from core.speech.audio import SAMPLE_RATE, Samples, decode_clip, read_clip
from core.speech.voice import Voice
from evals.convert import convert_librispeech, main
from evals.manifest import read_manifest
from tests.commands import exit_status

TEXTS = {
    "61-70968-0000": "the lobsters of chowringhee and the lobsters",
    "61-70968-0001": "he went home",
    "121-121726-0000": "a harangue",
}
RARE = {"61-70968-0000": ["lobsters", "chowringhee", "lobsters"], "61-70968-0001": [], "121-121726-0000": ["harangue"]}
DISTRACTORS = ["aphrodis", "bauxite", "d'ardeche", "feeney's", "quaerere", "zar"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("LibriSpeech")
    voice = Voice()
    for utterance_id, text in TEXTS.items():
        write_clip(folder, utterance_id, decode_clip(voice.speak(text).wav).samples)
        add_transcript(folder, utterance_id, text.upper())
    return folder


@pytest.fixture
def copy(corpus: Path, tmp_path: Path) -> Path:
    """A corpus to break, with its list beside it."""
    shutil.copytree(corpus, tmp_path / "corpus")
    write_lists(tmp_path / "lists.tsv")
    return tmp_path


def chapter_of(folder: Path, utterance_id: str) -> Path:
    speaker, chapter, _ = utterance_id.split("-")
    path = folder / "test-other" / speaker / chapter
    path.mkdir(parents=True, exist_ok=True)
    return path


def transcripts_of(folder: Path, utterance_id: str) -> Path:
    return chapter_of(folder, utterance_id) / f"{utterance_id.rpartition('-')[0]}.trans.txt"


def write_clip(folder: Path, utterance_id: str, samples: Samples) -> None:
    sf.write(chapter_of(folder, utterance_id) / f"{utterance_id}.flac", samples, SAMPLE_RATE)


def add_transcript(folder: Path, utterance_id: str, text: str) -> None:
    with transcripts_of(folder, utterance_id).open("a", encoding="utf-8") as file:
        file.write(f"{utterance_id} {text}\n")


def biasing_line(utterance_id: str) -> str:
    rare = RARE[utterance_id]
    columns = [utterance_id, TEXTS[utterance_id], json.dumps(rare), json.dumps(sorted({*rare, *DISTRACTORS}))]
    return "\t".join(columns)


def write_lists(path: Path) -> Path:
    path.write_text("".join(f"{biasing_line(utterance_id)}\n" for utterance_id in TEXTS), encoding="utf-8")
    return path


def read_lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_part_of_librispeech_becomes_a_set_in_the_order_of_the_lists(corpus: Path, tmp_path: Path) -> None:
    lists, out = write_lists(tmp_path / "lists.tsv"), tmp_path / "out"
    done = convert_librispeech(corpus, lists, out)
    assert (done.utterances, done.too_long) == (3, 0)
    first, second, third = read_manifest(out / "manifest.jsonl")
    assert [one.utterance_id for one in (first, second, third)] == list(TEXTS)
    assert (first.kind, second.kind, third.kind) == ("positive", "anti", "positive")
    assert (third.speaker, third.dialogue_id, third.text) == ("121", "121726", "a harangue")
    assert first.bias_words == ("lobsters", "chowringhee")
    assert {item.text for item in first.context} == {*RARE[first.utterance_id], *DISTRACTORS}
    assert {item.signal for item in first.context} == {"list"}
    assert (first.slices, second.slices) == ({"list_size": 8}, {"list_size": 6})
    assert "lists.tsv" in first.source
    for one in (first, second, third):
        original = read_clip(chapter_of(corpus, one.utterance_id) / f"{one.utterance_id}.flac")
        assert read_clip(one.audio_path).digest == original.digest
        assert one.duration_s == pytest.approx(original.duration_s, abs=1e-4)


def test_the_lists_are_shuffled_and_always_in_the_same_way(corpus: Path, tmp_path: Path) -> None:
    lists = write_lists(tmp_path / "lists.tsv")
    convert_librispeech(corpus, lists, tmp_path / "all")
    convert_librispeech(corpus, lists, tmp_path / "some", limit=2)
    whole, some = read_lines(tmp_path / "all"), read_lines(tmp_path / "some")
    assert some == whole[:2]
    assert any(line["context"] != sorted(line["context"], key=str) for line in whole)  # type: ignore[call-overload]
    assert list(whole[0])[:3] == ["audio_filepath", "duration", "text"]


def test_clips_that_are_too_long_to_recognise_are_left_out_and_counted(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoken = read_clip(chapter_of(copy / "corpus", "121-121726-0000") / "121-121726-0000.flac").samples
    write_clip(copy / "corpus", "61-70968-0001", np.resize(spoken, 31 * SAMPLE_RATE))
    assert run_main(copy) == 0
    assert capsys.readouterr().out.startswith("1 longer than 30 s are left out.\n2 utterances.")
    assert [line["utterance_id"] for line in read_lines(copy / "out")] == ["61-70968-0000", "121-121726-0000"]


def run_main(folder: Path, *more: str) -> int:
    places = ["--audio", str(folder / "corpus"), "--biasing", str(folder / "lists.tsv"), "--out", str(folder / "out")]
    return exit_status(main, ["librispeech", *places, *more])


def assert_refused(folder: Path, capsys: pytest.CaptureFixture[str], *named: str) -> None:
    assert run_main(folder) == 1
    out, message = capsys.readouterr()
    assert out == ""
    assert message.count("\n") == 1
    assert all(name in message for name in named), message
    assert "harangue" not in message
    assert not (folder / "out").exists()


def test_a_line_without_its_clip_is_told(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (chapter_of(copy / "corpus", "61-70968-0001") / "61-70968-0001.flac").unlink()
    assert_refused(copy, capsys, "lists.tsv, line 2: ", "has no 61-70968-0001.flac")


def test_a_clip_without_its_transcript_is_told(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    transcripts_of(copy / "corpus", "121-121726-0000").unlink()
    assert_refused(copy, capsys, "lists.tsv, line 3: ", "no transcript of 121-121726-0000")


def test_a_transcript_with_other_words_than_the_list_is_told(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = transcripts_of(copy / "corpus", "61-70968-0001")
    path.write_text(path.read_text().replace("HOME", "HUNTING"))
    assert_refused(copy, capsys, f"{path}, line 2: ", "lists.tsv, line 2")


@pytest.mark.parametrize("line", ["61-70968-0007", "61-70968-0007 ", "HE WENT HOME", "61-70968-0001 AGAIN"])
def test_a_malformed_transcript_is_told_with_its_line(
    copy: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    path = transcripts_of(copy / "corpus", "61-70968-0001")
    path.write_text(f"{path.read_text()}{line}\n")
    assert_refused(copy, capsys, f"{path}, line 3: ")


GOOD = biasing_line("121-121726-0000")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("121-121726-0000\ta harangue", "has 2 columns"),
        (GOOD + "\t", "has 5 columns"),
        (GOOD.replace("121-121726-0000", "../../etc"), "does not begin with the id"),
        (GOOD.replace('["harangue"]', "harangue"), "must be JSON lists of words"),
        (GOOD.replace('["harangue"]', "[1]"), "must be JSON lists of words"),
        (GOOD.replace('["harangue"]', "[" * 9999), "must be JSON lists of words"),
        (GOOD.replace('["harangue"]', '["zar"]'), "a rare word is missing in the text"),
        (GOOD.replace('"harangue", "quaerere"', '"quaerere"'), "a rare word is missing"),
        (biasing_line("61-70968-0000"), "61-70968-0000 stands there already"),
    ],
)
def test_a_malformed_list_is_told_with_its_line(
    copy: Path, capsys: pytest.CaptureFixture[str], line: str, told: str
) -> None:
    lists = copy / "lists.tsv"
    lists.write_text(lists.read_text().replace(GOOD, line))
    assert_refused(copy, capsys, "lists.tsv, line 3: ", told)


@pytest.mark.parametrize(
    ("content", "told"), [(b"", "names no utterance"), (b"\xff\xfe", "not in UTF-8"), (None, "cannot be read")]
)
def test_a_list_that_is_none_is_told(
    copy: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, told: str
) -> None:
    (copy / "lists.tsv").unlink()
    if content is not None:
        (copy / "lists.tsv").write_bytes(content)
    assert_refused(copy, capsys, "lists.tsv", told)


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(copy: Path) -> None:
    lists = copy / "lists.tsv"
    lists.write_bytes(b"\xef\xbb\xbf" + lists.read_bytes().replace(b"\n", b"\r\n"))
    assert convert_librispeech(copy / "corpus", lists, copy / "out").utterances == 3


def test_a_clip_that_is_no_sound_is_told(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = chapter_of(copy / "corpus", "61-70968-0001") / "61-70968-0001.flac"
    clip.write_bytes(b"no sound")
    assert_refused(copy, capsys, str(clip))


def test_a_folder_without_clips_is_told(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"holds no \*\.flac"):
        convert_librispeech(tmp_path, write_lists(tmp_path / "lists.tsv"), tmp_path / "out")


def test_an_existing_set_is_never_written_over(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(copy, "--limit", "1") == 0
    before = (copy / "out" / "manifest.jsonl").read_bytes()
    assert run_main(copy) == 1
    assert "choose another --out" in capsys.readouterr().err
    assert (copy / "out" / "manifest.jsonl").read_bytes() == before


def test_a_folder_that_cannot_be_written_to_is_told(copy: Path) -> None:
    (copy / "file").touch()
    with pytest.raises(RunError, match="cannot be written to"):
        convert_librispeech(copy / "corpus", copy / "lists.tsv", copy / "file" / "out")
