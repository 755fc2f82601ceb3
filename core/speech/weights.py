"""Files of weights that our own commands have trained, each with its provenance beside it (a JSON file of its name)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.models import file_sha256


def read_weights(path: Path, command: str) -> tuple[str, Mapping[str, NDArray[Any]]]:
    """The file's hash and its arrays by their names.

    Args:
        path: the file, npz.
        command: what makes it anew.

    Raises:
        ModelError: the file is missing, broken, or not the one that its provenance describes.
    """
    try:
        sha256 = file_sha256(path)
        if sha256 != _read_described_sha256(path):
            raise ModelError(
                f"{path.name} is not what {path.stem}.json beside it describes; restore both, or run `{command}` again."
            )
        with np.load(path, allow_pickle=False) as stored:
            return sha256, {name: stored[name] for name in stored.files}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as exc:
        raise ModelError(f"{path.name} cannot be read; run `{command}` again.") from exc


def _read_described_sha256(path: Path) -> str:
    """As its provenance tells; empty where there is none."""
    try:
        return str(json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
