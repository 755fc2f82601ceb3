"""`python -m evals.report DIR`: write the page of a finished run."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from core.command import run_command
from evals.finished import read_finished_run
from evals.report.page import render_report
from evals.results import write_text

REPORT = "report.html"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page; returns the exit status."""
    options = _parser().parse_args(arguments)
    path: Path = options.out or options.folder / REPORT
    write_text(path, render_report(read_finished_run(options.folder), options.manifest))
    print(f"The report is in {path}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.report", description="Write a finished run as one page.")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of the run")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"the page; DIR/{REPORT} where it is left out")
    parser.add_argument(
        "--manifest", type=Path, help="manifest.jsonl of the set, for the audio; ours are found without"
    )
    return parser


if __name__ == "__main__":
    run_command(main)
