"""`python -m evals.phone_head`: train the phone heads of models, and put them where they are found by a recogniser.

Nothing is recorded: hibari, Kokoro and Flite say words of the dictionary, in noise and rooms, and Whisper's encoder
listens. Whisper itself stays as it is. Every model hears the same clips, which take longest to make.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.command import run_command
from core.output import check_output
from core.speech.phone_head import COMMAND, FOLDER, head_file_name
from core.speech.phones import SYMBOLS
from core.speech.whisper import Whisper
from evals.phone_head.examples import make_examples
from evals.phone_head.training import EPOCHS, train
from evals.trained import write_trained

CLIPS = 15_000
MODELS = ("tiny.en", "base")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make examples, train, write; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.phone_head", description="Train the phone heads of models.")
    parser.add_argument("--models", nargs="+", default=MODELS, help="the Whisper models (default: tiny.en base)")
    parser.add_argument("--clips", type=int, default=CLIPS, help="to learn from (default: %(default)d)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes (default: 2)")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the heads")
    options = parser.parse_args(arguments)
    sha256 = {model: Whisper.load(model, 1).sha256 for model in options.models}
    options.out.mkdir(parents=True, exist_ok=True)
    paths = {model: options.out / head_file_name(sha256[model]) for model in options.models}
    for path in paths.values():
        check_output(path)
    for model, examples in make_examples(options.models, options.clips, options.jobs).items():
        weights = train(examples)
        facts = {
            "command": COMMAND,
            "model": model,
            "model_sha256": sha256[model],
            "clips": options.clips,
            "epochs": EPOCHS,
        }
        write_trained(paths[model], {"phones": np.array("".join(SYMBOLS)), **weights}, facts, "ctranslate2")
        print(f"{paths[model]} written")
    return 0


if __name__ == "__main__":
    run_command(main)
