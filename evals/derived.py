"""The command line of what makes one set out of another's utterances of one split."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from evals.corpus.texts import SPLITS, Split

MakeSet = Callable[[Path, Split, Path], int]
"""The manifest of a set, its split and a new folder to the number of utterances written there."""


def run_maker(make_set: MakeSet, name: str, told: str, arguments: Sequence[str] | None) -> int:
    """Make the set; returns the exit status.

    Args:
        make_set: what the command does.
        name: of the command.
        told: what it says of itself.
        arguments: of the command line; None takes the process's own.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {name}", description=told.splitlines()[0])
    parser.add_argument("--manifest", type=Path, required=True, help="the set of follow-ups")
    parser.add_argument("--split", choices=SPLITS, default="test", help="which of its utterances; default: test")
    parser.add_argument("--out", type=Path, required=True, help="folder to write, new")
    options = parser.parse_args(arguments)
    made = make_set(options.manifest, options.split, options.out)
    print(f"{made} utterances; the set is in {options.out}")
    return 0
