"""`python -m evals.run`: recognise every utterance of a set without and with its context, and keep the raw texts.

A run that was stopped goes on where it ended, under the same command.
"""

import argparse
import dataclasses
import functools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from core.context.bias import EMPTY, BiasList
from core.context.ranking import Embed, compute_context
from core.errors import AudioError, ProjectError, RunError
from core.settings import Settings
from core.speech.audio import read_clip
from evals.description import check_same, describe_data, describe_models
from evals.manifest import Utterance, read_manifest
from evals.results import (
    RUN,
    Record,
    Reference,
    append_recognition,
    drop_torn_line,
    make_folder,
    read_recognitions,
    write_json,
    write_references,
)

if TYPE_CHECKING:
    from core.context.embedding import Embedder
    from core.speech.recognizer import Recognizer

STOPPED = 130  # what a shell reports for a command that Ctrl-C ended


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
    data = describe_data(manifest, utterances, limit)
    check_same(folder, data)
    recognizer, embedder = load_models(settings)
    _open_run(folder, data | describe_models(recognizer, embedder), utterances)
    _recognize_rest(folder, utterances, recognizer, _remember(embedder))
    return len(utterances)


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
    print(f"{count} utterances are recognised. Next: python -m evals.score {options.out}")
    return 0


def load_models(settings: Settings) -> "tuple[Recognizer, Embedder]":
    """The recogniser and the embedding model.

    Raises:
        ModelError: one of them is unknown or damaged.
    """
    # Imported here because it takes seconds: whatever is wrong with the set or the folder is told before.
    from core.context.embedding import Embedder  # noqa: PLC0415
    from core.speech.recognizer import Recognizer  # noqa: PLC0415

    return Recognizer.load(settings.model, settings.threads), Embedder.load(settings.embedding_model)


def _open_run(folder: Path, description: Record, utterances: Sequence[Utterance]) -> None:
    check_same(folder, description)
    write_references(folder, map(Reference.of, utterances))
    if not (folder / RUN).exists():
        write_json(folder / RUN, description)
    drop_torn_line(folder)


def _recognize_rest(folder: Path, utterances: Sequence[Utterance], recognizer: "Recognizer", embed: Embed) -> None:
    done = read_recognitions(folder)
    rest = [utterance for utterance in utterances if utterance.utterance_id not in done]
    # disable=None: no bar where stderr is a file.
    for utterance in tqdm(rest, initial=len(done), total=len(utterances), unit="utterance", disable=None):
        try:
            clip = read_clip(utterance.audio_path)
        except AudioError as exc:
            raise RunError(f"The utterance {utterance.utterance_id} has no usable audio. {exc}") from exc
        recognition = recognizer.recognize(clip, _rank_context(utterance, embed))
        append_recognition(folder, utterance.utterance_id, recognition)


def _rank_context(utterance: Utterance, embed: Embed) -> BiasList:
    # Such an utterance is given none on purpose, so names in the reply before it stay out as well.
    if utterance.kind == "no_context":
        return EMPTY
    return compute_context(utterance.dialogue, utterance.context, embed).bias


def _remember(embedder: "Embedder") -> Embed:
    """Embed each text once and alone: in a batch its vector depends, in the last bits, on the texts beside it, and a
    run that goes on has other texts beside it than one that was never stopped.
    """
    embed_one = functools.cache(lambda text: embedder.encode([text])[0])
    return lambda texts: np.stack([embed_one(text) for text in texts])


def _settings(model: str | None) -> Settings:
    settings = Settings.from_env()
    return dataclasses.replace(settings, model=model) if model else settings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evals.run", description="Recognise a set of follow-up turns without and with context."
    )
    parser.add_argument("--manifest", type=Path, required=True, help="manifest.jsonl of the set")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the run")
    parser.add_argument("--model", metavar="NAME|PATH", help="the recogniser instead of the setting MODEL")
    parser.add_argument("--limit", type=_positive, metavar="N", help="only the first N utterances")
    return parser


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError("must be a whole number above 0")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
