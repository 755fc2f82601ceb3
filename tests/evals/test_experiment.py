"""The guide "Try a new signal in an afternoon", followed step by step as evals/README.md gives it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from core.settings import ROOT
from evals import experiment, run, score
from evals.manifest import read_manifest
from tests.commands import exit_status

GUIDE = re.compile(r"## Try a new signal in an afternoon\n(.*?)\n## ", re.DOTALL)
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
# The names are said first; one more round lies between them and the answer, and no service hands them over.
BETWEEN = [{"speaker": "user", "text": "How late is it?"}, {"speaker": "assistant", "text": "It is half past six."}]


def read_guide() -> str:
    found = GUIDE.search((ROOT / "evals" / "README.md").read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def make_set(folder: Path, count: int) -> Path:
    """Shipped clips that name a place of local information, as if the place had been found a round earlier."""
    shipped = ROOT / "data" / "followups"
    lines = [json.loads(line) for line in (shipped / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    fitting = [
        line
        for line in lines
        if line["slices"].get("signal") == "local_info"
        and line["slices"].get("list_size") == "small"
        and line["slices"]["noise"] == "none"
        and line["slices"]["split"] == "dev"
        and line["kind"] == "positive"
    ]
    chosen = [line | {"dialogue": line["dialogue"] + BETWEEN, "context": []} for line in fitting[:count]]
    (folder / "audio").mkdir(parents=True)
    for line in chosen:
        (folder / line["audio_filepath"]).write_bytes((shipped / line["audio_filepath"]).read_bytes())
    manifest = folder / "manifest.jsonl"
    manifest.write_text("".join(json.dumps(line) + "\n" for line in chosen), encoding="utf-8")
    return manifest


def write_signal(folder: Path, code: str) -> Path:
    path = folder / "signal.py"
    path.write_text(code, encoding="utf-8")
    return path


def count_bias_words_found(records: list[dict[str, Any]], arm: str, said: dict[str, tuple[str, ...]]) -> int:
    return sum(
        word.casefold() in record["arms"][arm]["text"].casefold()
        for record in records
        for word in said[record["utterance_id"]]
    )


def test_the_guide_works_and_shows_that_its_signal_helps(tmp_path: Path) -> None:
    code = CODE.search(read_guide())
    assert code is not None
    signal, manifest = write_signal(tmp_path, code[1]), make_set(tmp_path / "set", count=3)
    with_signal, tried = tmp_path / "with_signal", tmp_path / "tried"
    arguments = ["--manifest", str(manifest), "--signal", str(signal), "--out", str(with_signal)]
    assert experiment.main(arguments) == 0
    assert run.main(["--manifest", str(with_signal / "manifest.jsonl"), "--out", str(tried), "--ablate"]) == 0
    assert score.main([str(tried)]) == 0
    records = [json.loads(line) for line in (tried / "hypotheses.jsonl").read_text(encoding="utf-8").splitlines()]
    said = {one.utterance_id: one.bias_words for one in read_manifest(manifest)}
    found = {
        arm: count_bias_words_found(records, arm, said) for arm in ("without_context", "only:experiment", "placebo")
    }
    assert found["only:experiment"] > max(found["without_context"], found["placebo"])


def test_the_commands_of_the_guide_are_the_ones_followed_here() -> None:
    modules = re.findall(r"python -m (evals\.\w+)", read_guide())
    assert modules == ["evals.experiment", "evals.run", "evals.score"]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("items = 3", "has no function"),
        ("import nowhere_at_all", "does not run: ModuleNotFoundError"),
        ("def items(turns):\n    return turns[99]", "fails on"),
        ("def items(turns):\n    return [3]", "must give texts"),
    ],
)
def test_a_signal_that_cannot_be_used_is_one_clear_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str, problem: str
) -> None:
    signal, manifest = write_signal(tmp_path, code), make_set(tmp_path / "set", count=1)
    out = tmp_path / "out"
    assert exit_status(experiment.main, ["--manifest", str(manifest), "--signal", str(signal), "--out", str(out)]) == 1
    assert problem in capsys.readouterr().err
    assert not out.exists()


def test_a_missing_file_is_one_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = make_set(tmp_path / "set", count=1)
    arguments = ["--manifest", str(manifest), "--signal", str(tmp_path / "none.py"), "--out", str(tmp_path / "out")]
    assert exit_status(experiment.main, arguments) == 1
    assert "There is no Python file" in capsys.readouterr().err


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    signal = write_signal(tmp_path, "def items(turns):\n    return ['Philz']")
    manifest = make_set(tmp_path / "set", count=1)
    before = manifest.read_bytes()
    assert (
        exit_status(
            experiment.main, ["--manifest", str(manifest), "--signal", str(signal), "--out", str(manifest.parent)]
        )
        == 1
    )
    assert "give a folder that does not exist yet" in capsys.readouterr().err
    assert manifest.read_bytes() == before
