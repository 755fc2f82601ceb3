"""`python -m evals.corpus`: rebuild the shipped sets."""

import argparse
from pathlib import Path

from core.command import run_command
from core.errors import RunError
from core.settings import ROOT
from evals.corpus.background import build_background
from evals.corpus.build import build_set
from evals.corpus.sets import SETS, read_dropped, read_set

BACKGROUND = "background"


def main(arguments: list[str] | None = None) -> int:
    """Build one set or all; returns the exit status."""
    options = _parser().parse_args(arguments)
    for name in [options.set] if options.set else (*SETS, BACKGROUND):
        print(f"{_build(name, options)} clips made in {options.out / name}")
    return 0


def _build(name: str, options: argparse.Namespace) -> int:
    if name != BACKGROUND:
        dropped = read_dropped() if name == "followups" else {}
        return build_set(read_set(name), options.out / name, options.only, dropped)
    if options.only:
        raise RunError("One clip can be made again in followups and harm; build the set background as a whole.")
    return build_background(options.out / name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.corpus", description="Rebuild the shipped sets.")
    parser.add_argument("--set", choices=(*SETS, BACKGROUND), help="only this one")
    parser.add_argument("--out", type=Path, default=ROOT / "data", help="folder that holds the sets")
    parser.add_argument("--only", metavar="ID", default="", help="make this one again, keep all others")
    return parser


if __name__ == "__main__":
    run_command(main)
