from pathlib import Path

import pytest

from core.settings import Settings
from core.speech.audio import read_clip
from evals.bench import main
from evals.benchmarks import designs, dynamodb, storage
from evals.stock import StockWhisper
from tests.commands import exit_status
from tests.paths import CALL_MEG

CLIP = CALL_MEG / "turn_1.flac"


def rows_of(part: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["--only", part]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.startswith("tiny.en, ")
    assert all(float(row.split()[-7]) >= 0 for row in rows)
    return rows


def test_the_table_has_a_head_and_a_row_a_ratio(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small files and few repeats: what the rows say is left to `make bench`."""
    few = {
        "APPENDS": 5,
        "REPEATS": 4,
        "LONG_EVENTS": 5,
        "GROWTH_REPEATS": 2,
        "LARGE_INTERACTIONS": 4,
        "SMALL_INTERACTIONS": 2,
    }
    for name, value in {**few, "EXPIRING_FILES": 1, "PURGE_EVERY_S": 0.2}.items():
        monkeypatch.setattr(storage, name, value)
    first, *others = rows_of("storage", capsys)
    assert first.startswith("append an event, get the entry / INSERT, SELECT ")
    assert first.endswith("n = 4")
    assert len(others) == 8


def test_the_stores_call_to_dynamodb_stands_beside_bare_ones(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"APPENDS": 2, "REPEATS": 2}.items():
        monkeypatch.setattr(dynamodb, name, value)
    assert len(rows_of("dynamodb", capsys)) == 4


def test_the_designs_are_compared_over_the_number_of_events(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"REPEATS": 2, "EVENTS": (1, 6), "SEALING_REPEATS": 2}.items():
        monkeypatch.setattr(designs, name, value)
    rows = rows_of("designs", capsys)
    units = [float(row.split()[-7]) for row in rows if "write units" in row]
    assert units == [0.75, 2.0]
    assert len(rows) == 2 * 3 + 2


def test_the_yardstick_transcribes_files_and_samples_alike() -> None:
    stock = StockWhisper(Settings().model, Settings().threads)
    from_file, from_samples = stock.transcribe(CLIP), stock.transcribe_once(read_clip(CLIP).samples)
    assert from_file == from_samples
    assert from_file.strip()


def test_a_set_that_is_not_there_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status(main, ["--only", "window", "--manifest", str(tmp_path / "none.jsonl")]) == 1
    error = capsys.readouterr().err
    assert "cannot be read" in error
    assert error.count("\n") == 1


def test_a_part_that_is_not_known_is_refused() -> None:
    with pytest.raises(SystemExit):
        main(["--only", "speed"])
