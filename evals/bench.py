"""`python -m evals.bench`: what this system costs beside the plainest way of doing the same.

Everything is measured in turn in one process, and only ratios are printed: n, their median, the smallest and the
largest. A ratio of 1 means: no dearer. On a machine that does other work as well, the spread is the thing to look at.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from core.errors import ProjectError
from core.settings import ROOT, Settings
from evals.benchmarks.dynamodb import compare_dynamodb
from evals.benchmarks.recognition import compare_clips, compare_evaluation
from evals.benchmarks.storage import compare_storage
from evals.benchmarks.timing import Ratio
from evals.benchmarks.window import compare_hanging_worker

MANIFEST = ROOT / "data" / "followups" / "manifest.jsonl"
Part = Callable[[Path, Settings], Iterable[Ratio]]
PARTS: dict[str, Part] = {
    "storage": compare_storage,
    "dynamodb": compare_dynamodb,
    "clips": compare_clips,
    "window": compare_hanging_worker,
    "evaluation": compare_evaluation,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description="Ratios of times, ours / stock.")
    parser.add_argument("--manifest", type=Path, default=MANIFEST, help="set with the clips; default: data/followups")
    parser.add_argument("--only", choices=tuple(PARTS), help="one part instead of all")
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_env()
        print(f"{settings.model}, {settings.threads} threads; ratio: median, smallest - largest")
        for part in [options.only] if options.only else PARTS:
            for ratio in PARTS[part](options.manifest, settings):
                print(ratio.row, flush=True)
    except ProjectError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
