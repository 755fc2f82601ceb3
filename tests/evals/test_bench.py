from pathlib import Path

import pytest

from core.settings import Settings
from core.speech.audio import read_clip
from evals.bench import main
from evals.benchmarks.stock import StockWhisper
from tests.paths import CALL_MEG

CLIP = CALL_MEG / "turn_1.flac"


def test_the_table_has_a_head_and_a_row_a_ratio(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "storage"]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.startswith("tiny.en, ")
    assert row.startswith("append an event, get the entry / INSERT, SELECT ")
    assert row.endswith("n = 20")
    assert float(row.split()[-7]) > 0


def test_the_yardstick_transcribes_files_and_samples_alike() -> None:
    stock = StockWhisper(Settings().model, Settings().threads)
    from_file, from_samples = stock.transcribe(CLIP), stock.transcribe_once(read_clip(CLIP).samples)
    assert from_file == from_samples
    assert from_file.strip()


def test_a_set_that_is_not_there_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "window", "--manifest", str(tmp_path / "none.jsonl")]) == 1
    error = capsys.readouterr().err
    assert "cannot be read" in error
    assert error.count("\n") == 1


def test_a_part_that_is_not_known_is_refused() -> None:
    with pytest.raises(SystemExit):
        main(["--only", "speed"])
