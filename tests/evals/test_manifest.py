import json
from pathlib import Path
from typing import Any

import pytest

from core.dialogue import ContextItem, Turn
from core.errors import ManifestError
from core.settings import ROOT
from evals.manifest import read_manifest
from tests.evals.builders import manifest_line, write_set


def test_a_line_becomes_an_utterance(tmp_path: Path) -> None:
    (utterance,) = read_manifest(write_set(tmp_path, [manifest_line(duration=2, later_key="ignored")]))
    assert utterance.audio_path == tmp_path / "audio/1.wav"
    assert utterance.duration_s == 2.0
    assert utterance.dialogue == (Turn("user", "Call Meg."), Turn("assistant", "Jones or Bauer?"))
    assert utterance.context == (ContextItem("contacts", "Meg Jones"), ContextItem("contacts", "Meg Bauer"))
    assert utterance.bias_words == ("Bauer",)
    assert utterance.slices == {"snr_db": 10}


@pytest.mark.parametrize(
    ("name", "kinds"),
    [("followups", {"positive", "anti"}), ("harm", {"anti", "sound_alike", "no_context", "no_speech"})],
)
def test_the_shipped_sets_can_be_read(name: str, kinds: set[str]) -> None:
    utterances = read_manifest(ROOT / "data" / name / "manifest.jsonl")
    assert {utterance.kind for utterance in utterances} == kinds


def test_a_byte_order_mark_and_windows_line_ends_and_empty_lines_are_accepted(tmp_path: Path) -> None:
    path = write_set(tmp_path, [manifest_line(1), manifest_line(2)])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n\r\n"))
    assert [utterance.utterance_id for utterance in read_manifest(path)] == ["u1", "u2"]


def test_a_line_separator_inside_a_text_does_not_end_the_line(tmp_path: Path) -> None:
    line = json.dumps(manifest_line(text="one\u2028two"), ensure_ascii=False)
    path = write_set(tmp_path, [manifest_line()])
    path.write_text(line, encoding="utf-8")
    assert read_manifest(path)[0].text == "one\u2028two"


WRONG_VALUES: list[tuple[str, Any]] = [
    ("audio_filepath", ...),
    ("audio_filepath", ""),
    ("audio_filepath", "/etc/hostname"),
    ("audio_filepath", "../1.wav"),
    ("audio_filepath", "audio/../../1.wav"),
    ("audio_filepath", "audio"),
    ("audio_filepath", "nul\0.wav"),
    ("audio_filepath", "x" * 5000),
    ("duration", "1.5"),
    ("duration", True),
    ("duration", None),
    ("duration", 0),
    ("duration", -1.5),
    ("duration", 1e300),
    ("duration", 10**400),
    ("text", None),
    ("text", "\ud800"),
    ("utterance_id", ...),
    ("utterance_id", 7),
    ("utterance_id", " "),
    ("dialogue_id", ""),
    ("speaker", None),
    ("kind", "maybe"),
    ("kind", ["positive"]),
    ("kind", "no_speech"),
    ("kind", "no_context"),
    ("dialogue", "Call Meg."),
    ("dialogue", ["Call Meg."]),
    ("context", {}),
    ("context", [None]),
    ("bias_words", "Bauer"),
    ("bias_words", ["Bauer", 1]),
    ("bias_words", ["\udfff"]),
    ("slices", []),
    ("slices", {"accent": "\ud800"}),
    ("source", ...),
]


@pytest.mark.parametrize(("key", "value"), WRONG_VALUES)
def test_a_wrong_value_is_told_with_file_line_and_key(tmp_path: Path, key: str, value: Any) -> None:
    path = write_set(tmp_path, [manifest_line(1), manifest_line(2)])
    lines = [manifest_line(1), manifest_line(2, **{key: value})]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    message = str(caught.value)
    assert message.startswith(f"{path}, line 2, {key}: ")
    assert "\n" not in message
    assert "Bauer" not in message


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        (
            {"dialogue": [{"speaker": "user", "text": "Hi."}, {"speaker": "robot", "text": "Hi."}]},
            "dialogue[1].speaker",
        ),
        ({"dialogue": [{"speaker": "user"}]}, "dialogue[0].text"),
        ({"context": [{"signal": "prior_turn", "text": "Meg"}]}, "context[0].signal"),
        ({"context": [{"signal": "gossip", "text": "Meg"}]}, "context[0].signal"),
        ({"context": [{"signal": "list", "text": 5}]}, "context[0].text"),
    ],
)
def test_a_wrong_value_inside_a_list_is_told_with_its_place(tmp_path: Path, changes: Any, place: str) -> None:
    path = write_set(tmp_path, [manifest_line(**changes)])
    with pytest.raises(ManifestError, match="line 1") as caught:
        read_manifest(path)
    assert f"{place}: " in str(caught.value)


def test_the_same_utterance_twice_is_told_with_both_lines(tmp_path: Path) -> None:
    path = write_set(tmp_path, [manifest_line(1), manifest_line(2), manifest_line(2, utterance_id="u1")])
    with pytest.raises(ManifestError, match="line 3, utterance_id: is the same as in line 1"):
        read_manifest(path)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_a_manifest_without_utterances_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_bytes(content)
    with pytest.raises(ManifestError, match="holds no utterance"):
        read_manifest(path)


@pytest.mark.parametrize(
    "raw", [b"{", b"\xff\xfe{\x00}\x00", b"[]", b'"text"', b"5", b'{"duration": NaN}', b"[" * 99999]
)
def test_a_line_that_is_no_json_object_is_told_with_its_number(tmp_path: Path, raw: bytes) -> None:
    path = write_set(tmp_path, [manifest_line()])
    path.write_bytes(path.read_bytes() + raw)
    with pytest.raises(ManifestError, match="line 2: is not"):
        read_manifest(path)


def test_a_missing_manifest_and_a_folder_are_told(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(ManifestError, match="cannot be read"):
            read_manifest(path)
