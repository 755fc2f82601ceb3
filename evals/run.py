"""`python -m evals.run`: recognise every utterance of a set without and with its context, and keep the raw texts.

A run that was stopped goes on where it ended, under the same command.
"""

import argparse
import functools
import hashlib
import platform
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from core.context.bias import EMPTY, BiasList
from core.context.ranking import TURNS_IN_VECTOR, Embed, compute_context
from core.errors import AudioError, ManifestError, ProjectError, RunError
from core.settings import ROOT, Settings
from evals.manifest import Utterance, read_manifest
from evals.results import (
    HYPOTHESES,
    RUN,
    Record,
    Reference,
    append_recognition,
    drop_torn_line,
    make_folder,
    read_recognitions,
    read_run,
    write_json,
    write_references,
)

if TYPE_CHECKING:
    from core.context.embedding import Embedder
    from core.speech.recognizer import Recognizer

SEED = 20_170_406  # for the resampling when the run is scored; decoding itself draws nothing
PACKAGES = ("faster-whisper", "ctranslate2", "sentence-transformers")
STOPPED = 130


def run_set(manifest: Path, folder: Path, settings: Settings, limit: int | None = None) -> int:
    """Recognise what is not done yet; returns how many utterances the run has.

    Args:
        manifest: the set.
        folder: where the run is kept; created where it is missing.
        settings: which models, and how many threads.
        limit: only the first so many utterances.

    Raises:
        ManifestError: the set is not as it should be.
        RunError: the folder cannot be written to or holds another run, or a clip cannot be used.
        ModelError: a model is unknown or damaged.
    """
    utterances = read_manifest(manifest)[:limit]
    make_folder(folder)
    known = _describe_data(manifest, utterances, limit)
    check_same(folder, known)
    recognizer, embedder = _load_models(settings)
    _start(folder, known | _describe_models(recognizer, embedder), utterances)
    _recognize_all(folder, utterances, recognizer, _remember(embedder.encode))
    return len(utterances)


def check_same(folder: Path, wanted: Mapping[str, Any]) -> None:
    """See that a run in the folder, if there is one, depends on the same values.

    Raises:
        RunError: it does not; the message names what differs.
    """
    if not (folder / RUN).exists():
        if (folder / HYPOTHESES).exists():
            raise RunError(f"{folder} holds hypotheses without a {RUN}; choose another folder.")
        return
    stored = dict(_flatten(read_run(folder)))
    # The set's name may change with the way to it; its content is compared by its hash.
    differing = [name for name, value in _flatten(wanted) if name != "set" and stored.get(name) != value]
    if differing:
        raise RunError(f"{folder} holds a run with another {', '.join(differing)}; choose another folder.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        count = run_set(options.manifest, options.out, _settings(options.model), options.limit)
    except ProjectError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Finished utterances are kept; the same command goes on from there.", file=sys.stderr)
        return STOPPED
    print(f"{count} utterances are recognised. Score them: python -m evals.score {options.out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.run", description="Recognise a set without and with context.")
    parser.add_argument("--manifest", type=Path, required=True, help="manifest.jsonl of the set")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the run; a second start goes on")
    parser.add_argument("--model", metavar="NAME|PATH", help="recogniser (default: the MODEL setting, tiny.en)")
    parser.add_argument("--limit", type=_positive, metavar="N", help="only the first N utterances")
    return parser


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError("must be a whole number above 0")
    return int(text)


def _settings(model: str | None) -> Settings:
    settings = Settings.from_env()
    return dataclasses.replace(settings, model=model) if model else settings
