"""`python -m evals.corpus`: rebuild the shipped follow-up turns."""

import argparse
import sys
from pathlib import Path

from core.errors import ProjectError
from core.settings import ROOT
from evals.corpus.build import build_set
from evals.corpus.texts import read_dialogues


def main(arguments: list[str] | None = None) -> int:
    """Build the set; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        made = build_set(read_dialogues(), options.out, options.only)
    except ProjectError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{made} clips made in {options.out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.corpus", description="Rebuild the shipped follow-up turns.")
    parser.add_argument("--out", type=Path, default=ROOT / "data" / "followups", help="folder of the set")
    parser.add_argument("--only", metavar="ID", default="", help="make this utterance again, keep all others")
    return parser


if __name__ == "__main__":
    sys.exit(main())
