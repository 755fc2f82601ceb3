"""`python -m evals.voice_mask`: train the voice mask, and put it where anchored speech finds it.

Nothing is recorded: hibari, Kokoro and Flite say requests and talk, two of them at the same time.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from core.command import run_command
from core.output import check_output
from core.speech.voice_mask import COMMAND, PATH
from evals.trained import write_trained
from evals.voice_mask.training import STEPS, count_long_steps, train
from evals.voice_mask.voices import make_voices

SAID = 2_500


def main(arguments: Sequence[str] | None = None) -> int:
    """Make voices, train, write; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.voice_mask", description="Train the voice mask.")
    parser.add_argument("--said", type=int, default=SAID, help="requests and other talk to mix (default: %(default)d)")
    parser.add_argument("--steps", type=int, default=STEPS, help="with short clips (default: %(default)d)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes (default: 2)")
    parser.add_argument("--out", type=Path, default=PATH, help="the file (default: where it is found)")
    options = parser.parse_args(arguments)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    check_output(options.out)
    weights = train(make_voices(options.said, options.jobs), options.steps)
    long_steps = count_long_steps(options.steps)
    facts = {"command": COMMAND, "said": options.said, "steps": options.steps, "steps_with_long_clips": long_steps}
    write_trained(options.out, weights, facts)
    print(f"{options.out} written")
    return 0


if __name__ == "__main__":
    run_command(main)
