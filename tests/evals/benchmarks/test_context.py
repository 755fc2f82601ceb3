"""The benchmarks of the window, each in small: what they print, and that it was really measured.

The workers compute vectors from a hash, so that they load at once; the rest is what `make bench` runs.
"""

from pathlib import Path

import pytest

from core.context.service import ContextService
from core.settings import Settings
from evals.bench import MANIFEST
from evals.benchmarks import identical, stuck, waits, window
from evals.benchmarks.faults import HASH, MODULE
from evals.benchmarks.figure import Figure, percentiles, share
from evals.benchmarks.lab import Names
from evals.benchmarks.timing import Ratio
from evals.manifest import read_manifest

SETTINGS = Settings(threads=2)


@pytest.fixture(autouse=True)
def _light_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (window, waits):
        monkeypatch.setattr(module, "open_service", lambda _: ContextService(HASH, worker=MODULE))


def shrink(monkeypatch: pytest.MonkeyPatch, module: object, **sizes: object) -> None:
    for name, value in sizes.items():
        monkeypatch.setattr(module, name, value)


def test_readiness_follow_ups_and_memory_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch, window, TURNS=3, BOOK_TURNS=2, BOOK_ITEMS=40, FOLLOW_UPS=2, REPLY_S=60.0)
    rows = list(window.measure_window(MANIFEST, SETTINGS))
    assert [row.name.split(",")[0].split(" of ")[0] for row in rows] == [
        "ready within 60.0 s",
        "second follow-up / first",
        "preparing an address book",
        "ready within 60.0 s",
        "memory",
    ]
    ready = [row for row in rows if isinstance(row, Figure) and row.name.startswith("ready")]
    assert [(row.value.split(",")[0], row.count) for row in ready] == [("100.0 % (3 of 3)", 3), ("100.0 % (2 of 2)", 2)]
    assert [len(row.values) for row in rows if isinstance(row, Ratio)] == [2]
    assert rows[-1].row.count(" MB") == 3


def test_slack_is_measured_with_the_sets_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch, window, REPLIES=2)
    durations, slack = window.measure_slack(MANIFEST, SETTINGS)
    assert (durations.count, slack.count) == (2, 2)
    assert slack.value.startswith("min ")


def test_waits_are_measured_healthy_and_under_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch, waits, TAKES=10, EPISODES=1, FAULTS=("worker gone", "slow"))
    rows = list(waits.measure_waits(MANIFEST, SETTINGS))
    assert [row.name for row in rows] == ["wait added, healthy", "wait added, worker gone", "wait added, slow"]
    assert rows[0].count == 10
    assert min(row.count for row in rows[1:]) > 10


def test_a_stuck_worker_is_compared_with_one_that_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch, stuck, REPEATS=1)
    assert [
        (ratio.name.split(",")[1], len(ratio.values)) for ratio in stuck.compare_stuck_worker(MANIFEST, SETTINGS)
    ] == [
        (" worker spinning / well", 1),
        (" worker ended / well", 1),
    ]


def test_transcripts_without_a_context_of_both_sets_are_compared_by_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shrink(monkeypatch, identical, CLIPS=1)
    rows = list(identical.compare_transcripts(MANIFEST, SETTINGS))
    assert [(row.name.split(":")[0], row.value) for row in rows] == [
        (outcome, "100.0 % (2 of 2)") for outcome in ("late", "failed", "disabled")
    ]


def test_names_are_drawn_once_each_and_the_same_every_time() -> None:
    utterances = read_manifest(MANIFEST)[:50]
    one, other = Names(utterances), Names(utterances)
    drawn = one.draw(100)
    assert drawn == other.draw(100)
    assert len({item.text for item in drawn + one.draw(100)}) == 200


def test_a_figure_stands_beside_its_target() -> None:
    row = Figure("wait", percentiles([1.0, 2.0, 3.0], 0, 50, 100), "p99 ≤ 1 ms", 3).row
    assert row.split() == [
        "wait",
        "min",
        "1",
        "ms,",
        "median",
        "2",
        "ms,",
        "max",
        "3",
        "ms",
        "target:",
        "p99",
        "≤",
        "1",
        "ms",
        "n",
        "=",
        "3",
    ]
    assert share(1, 8) == "12.5 % (1 of 8)"


def test_a_set_that_is_not_there_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    from core.errors import ManifestError

    for measure in (window.measure_window, window.measure_slack, waits.measure_waits, identical.compare_transcripts):
        with pytest.raises(ManifestError):
            list(measure(tmp_path / "none.jsonl", SETTINGS))
