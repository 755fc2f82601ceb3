"""Few kills and few appends of what `python -m evals.storage_faults` does many of, and that it would notice a loss."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import RunError
from core.store.sqlite import SqliteStore
from evals import storage_faults
from evals.storage_faults import Told
from tests.paths import ROOT


def test_a_killed_program_and_four_writers_lose_nothing(tmp_path: Path) -> None:
    few = ["--kills", "12", "--processes", "4", "--appends", "40"]
    done = subprocess.run(
        [sys.executable, "-m", "evals.storage_faults", *few],
        cwd=ROOT,
        env={"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kills, appends = done.stdout.splitlines()
    assert kills.startswith("12 kills: ")
    assert "0 lost, 0 bytes left" in kills
    assert appends == "4 processes: 160 entries came back, one history, 0 events lost"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["event {id} 1"], "1 rows are lost that were told to be stored, the first event 1"),
        (["item {id} 1", "item {id} 2"], "1 rows are lost that were told to be stored, the first item 2"),
        (["forget {id} 0", "forgotten {id} 0"], "1 interactions left bytes behind that were told to be forgotten"),
    ],
)
def test_a_loss_is_noticed(tmp_path: Path, lines: list[str], message: str) -> None:
    path = tmp_path / "killed.sqlite3"
    store = SqliteStore(path)
    store.ensure_schema()
    interaction_id = storage_faults._id(0, 0)
    store.put_item(storage_faults._item(interaction_id, 1))
    store.close()
    told = Told()
    for line in lines:
        told.add(line.format(id=interaction_id))
    with pytest.raises(RunError, match=message):
        storage_faults._verify(path, told, 0, told.forgotten)


def test_two_histories_are_noticed() -> None:
    with pytest.raises(RunError, match="contradict each other"):
        storage_faults._require_one_history("i", [frozenset("a"), frozenset("ab"), frozenset("bc")])
