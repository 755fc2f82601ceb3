"""What the results of a run depend on: the set, the models, the settings, the versions. It becomes run.json."""

import hashlib
import platform
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.context.sequence import HALF_LIFE_ROUNDS, ROUNDS
from core.errors import ManifestError, RunError
from core.settings import ROOT
from evals.manifest import Utterance
from evals.results import HYPOTHESES, RUN, Record, read_run

if TYPE_CHECKING:
    from core.context.embedding import Embedder
    from core.speech.recognizer import Recognizer

SEED = 26  # for the resampling when the run is scored; decoding itself draws nothing
NAMES = ("manifest", "set")  # a set that was moved has other names and the same content
PACKAGES = ("faster-whisper", "ctranslate2", "sentence-transformers")


def describe_data(manifest: Path, utterances: Sequence[Utterance], limit: int | None) -> Record:
    """What is known before a model is loaded. `manifest` is its path as given, `set` the last two parts of it.

    Raises:
        ManifestError: a file of the set cannot be read.
    """
    return {
        "manifest": str(manifest),
        "set": "/".join(manifest.resolve().parts[-2:]),
        "data_sha256": _hash_files([manifest, *(utterance.audio_path for utterance in utterances)]),
        "limit": limit,
        "seed": SEED,
        "versions": {
            "project": tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"],
            "python": platform.python_version(),
            **{package: version(package) for package in PACKAGES},
        },
    }


def describe_models(recognizer: "Recognizer", embedder: "Embedder | None") -> Record:
    """The models as they were loaded, and the settings that decide the texts; no embedder where no arm has context."""
    return {
        "model": recognizer.model_name,
        "model_sha256": recognizer.model_sha256,
        "embedding_model": embedder and embedder.model_name,
        "embedding_model_sha256": embedder and embedder.sha256,
        "settings": {**recognizer.settings, "rounds": ROUNDS, "half_life_rounds": HALF_LIFE_ROUNDS},
    }


def check_same(folder: Path, wanted: Mapping[str, Any]) -> None:
    """See that the run in the folder, if there is one, depends on the same values; `wanted` may be a part of them.

    Raises:
        RunError: it does not; the message names what differs.
    """
    if not (folder / RUN).exists():
        if (folder / HYPOTHESES).exists():
            raise RunError(f"{folder} holds hypotheses without a {RUN}; choose another folder.")
        return
    stored = dict(_flatten(read_run(folder)))
    differing = [name for name, value in _flatten(wanted) if name not in NAMES and stored.get(name) != value]
    if differing:
        raise RunError(f"{folder} holds a run that differs in {', '.join(differing)}; choose another folder.")


def _hash_files(paths: Sequence[Path]) -> str:
    """The sha256, in hex, of all bytes in this order."""
    digest = hashlib.sha256()
    for path in paths:
        try:
            digest.update(path.read_bytes())
        except OSError as exc:
            raise ManifestError(f"{path} cannot be read: {exc.strerror}.") from exc
    return digest.hexdigest()


def _flatten(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
