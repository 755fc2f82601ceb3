"""A set whose names are spelled."""

from pathlib import Path

import pytest

from evals.manifest import read_manifest
from evals.spelled import main
from tests.evals.builders import write_excerpt
from tests.paths import DATA

FOLLOWUPS = DATA / "followups" / "manifest.jsonl"
QUICK = ('"speaker": "flite/', '"speaker": "hibari/')
LINES = 12


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few of the set's answers by the voices that speak quickly; what they say is not read."""
    folder = tmp_path_factory.mktemp("some")
    lines = [line for line in FOLLOWUPS.read_text("utf-8").splitlines() if any(voice in line for voice in QUICK)]
    return write_excerpt(folder, FOLLOWUPS, lines[:LINES])


def test_the_last_word_of_each_name_is_spelled_beside_the_same_items(
    some: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--manifest", str(some), "--split", "dev", "--out", str(tmp_path / "set")]) == 0
    spelled = read_manifest(tmp_path / "set" / "manifest.jsonl")
    before = {one.utterance_id: one for one in read_manifest(some)}
    assert len(spelled) > 3
    assert f"{len(spelled)} utterances" in capsys.readouterr().out
    for one in spelled:
        whole = before[one.utterance_id]
        assert one.text.rstrip(".").replace("-", "") == whole.bias_words[-1].upper() == "".join(one.bias_words)
        assert (one.context, one.dialogue, one.speaker) == (whole.context, whole.dialogue, whole.speaker)
        assert one.audio_path.is_file()
        assert one.duration_s > 0.15 * len(one.bias_words)
