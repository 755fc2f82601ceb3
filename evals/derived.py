"""What the commands share that make one set out of another's utterances of one split."""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from core.errors import RunError
from evals.corpus.clips import write_flac
from evals.corpus.noise import SAMPLE_RATE, Samples
from evals.corpus.texts import SPLITS, Split
from evals.experiment import make_new_folder
from evals.manifest import MANIFEST, Utterance
from evals.results import Reference, describe_reference

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
    options = make_parser(name, told).parse_args(arguments)
    return tell_made(make_set(options.manifest, options.split, options.out), options.out)


def make_parser(name: str, told: str) -> argparse.ArgumentParser:
    """What such a command asks for: a set, a split of it, and where to write."""
    parser = argparse.ArgumentParser(prog=f"python -m {name}", description=told.splitlines()[0])
    parser.add_argument("--manifest", type=Path, required=True, help="the set of follow-ups")
    parser.add_argument("--split", choices=SPLITS, default="test", help="which of its utterances; default: test")
    parser.add_argument("--out", type=Path, required=True, help="folder to write, new")
    return parser


def tell_made(made: int, out: Path) -> int:
    """Say what was written; returns the exit status."""
    print(f"{made} utterances; the set is in {out}")
    return 0


def write_spoken(utterances: Sequence[Utterance], say: Callable[[Utterance], Samples], out: Path) -> int:
    """Write a set of utterances that are still to be spoken; returns how many they are.

    Args:
        utterances: their durations are not looked at.
        say: speaks one of them.
        out: folder to write, new.

    Raises:
        RunError: there are none, or `out` is there already or cannot be written.
    """
    if not utterances:
        raise RunError("The set has no such answer; --split and, where there is one, --kind say which are meant.")
    make_new_folder(out)
    with (out / MANIFEST).open("w", encoding="utf-8") as file:
        for one in utterances:
            samples = say(one)
            write_flac(out / one.audio_filepath, samples)
            record = describe_reference(Reference.of(replace(one, duration_s=len(samples) / SAMPLE_RATE)))
            file.write(f"{json.dumps(record, ensure_ascii=False)}\n")
    return len(utterances)
