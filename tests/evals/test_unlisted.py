"""A set of names that hibari's dictionaries lack."""

import json
from pathlib import Path

import pytest

from core.speech.american_dictionary import look_up
from core.speech.phonetics import is_listed
from core.speech.words import spoken_words
from evals.manifest import read_manifest
from evals.unlisted import main
from tests.evals.builders import write_excerpt
from tests.paths import DATA

FOLLOWUPS = DATA / "followups" / "manifest.jsonl"
LINES = 3  # with a name of its own each


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few of the set's utterances, each of another dialogue, on whose lists are such names."""
    folder = tmp_path_factory.mktemp("some")
    chosen: dict[str, str] = {}
    for line in FOLLOWUPS.read_text("utf-8").splitlines():
        record = json.loads(line)
        names = spoken_words(" ".join(item["text"] for item in record["context"]))
        if record["kind"] == "positive" and any(not is_listed(name) and look_up(name) for name in names):
            chosen.setdefault(record["dialogue_id"], line)
        if len(chosen) == LINES:
            break
    return write_excerpt(folder, FOLLOWUPS, list(chosen.values()))


def test_each_name_is_said_once_as_cmu_has_it_beside_items_of_its_list(
    some: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--manifest", str(some), "--split", "dev", "--out", str(tmp_path / "set")]) == 0
    answers = read_manifest(tmp_path / "set" / "manifest.jsonl")
    lists = {item.text for one in read_manifest(some) for item in one.context}
    assert f"{len(answers)} utterances" in capsys.readouterr().out
    assert len({one.bias_words for one in answers}) == len(answers) >= LINES
    for one in answers:
        assert not is_listed(one.bias_words[0])
        assert one.bias_words[0] in one.text
        assert {item.text for item in one.context} <= lists
        assert any(one.bias_words[0] in item.text for item in one.context)
        assert one.speaker.startswith("kokoro/a")
        assert one.duration_s > 0.8
