"""`python -m evals.bench`: what this system costs beside the plainest way of doing the same.

Two things are measured in turn in one process, and their ratio is printed: the median, the smallest, the largest and n.
A ratio of 1 means: no dearer. On a machine that does other work as well, the spread is the thing to look at. What
stands for itself, such as whether the context is ready in time, is printed beside its target.
"""

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from core.command import run_command
from core.settings import ROOT, Settings
from evals.benchmarks.accuracy import measure_accuracy
from evals.benchmarks.designs import compare_designs
from evals.benchmarks.dynamodb import compare_calls
from evals.benchmarks.identical import compare_transcripts
from evals.benchmarks.recognition import compare_clips, compare_evaluation, compare_list_sizes
from evals.benchmarks.storage import compare_storage
from evals.benchmarks.stuck import compare_stuck_worker
from evals.benchmarks.waits import measure_waits
from evals.benchmarks.window import measure_slack, measure_window

MANIFEST = ROOT / "data" / "followups" / "manifest.jsonl"


class Row(Protocol):
    """One line of the table."""

    @property
    def row(self) -> str:
        """As it is printed."""


Part = Callable[[Path, Settings], Iterable[Row]]
PARTS: dict[str, Part] = {
    "accuracy": measure_accuracy,
    "storage": compare_storage,
    "dynamodb": compare_calls,
    "designs": compare_designs,
    "clips": compare_clips,
    "sizes": compare_list_sizes,
    "window": measure_window,
    "slack": measure_slack,
    "waits": measure_waits,
    "stuck": compare_stuck_worker,
    "identical": compare_transcripts,
    "evaluation": compare_evaluation,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description="Ratios of times, ours / stock.")
    parser.add_argument("--manifest", type=Path, default=MANIFEST, help="set with the clips; default: data/followups")
    parser.add_argument("--only", choices=tuple(PARTS), help="one part instead of all")
    options = parser.parse_args(arguments)
    settings = Settings.from_env()
    print(f"{settings.model}, {settings.threads} threads; ratio: median, smallest - largest")
    for part in [options.only] if options.only else PARTS:
        for row in PARTS[part](options.manifest, settings):
            print(row.row, flush=True)
    return 0


if __name__ == "__main__":
    run_command(main)
