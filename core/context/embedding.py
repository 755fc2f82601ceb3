"""Sentence embeddings: what the dialogue is about, and how near each item is to it. The only user of the library.

Method: Reimers and Gurevych 2019, "Sentence-BERT". The packaged model is all-MiniLM-L6-v2, 384 dimensions.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.models import ALL_MINILM_L6_V2, file_sha256, packaged_folder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGED_NAME = "all-MiniLM-L6-v2"
BATCH = 64
OTHER_FRAMEWORKS = ["onnx/*", "openvino/*", "*.h5", "*.msgpack", "*.onnx", "*.ot", "*.tflite"]  # of a hub's model

Vectors = NDArray[np.float32]


class Embedder:
    """A loaded sentence-transformers model."""

    def __init__(self, model: "SentenceTransformer", name: str, sha256: str | None) -> None:
        self.model_name = name
        self.sha256 = sha256
        self._model = model

    @classmethod
    def load(cls, name: str) -> "Embedder":
        """Load the packaged model by its name, a folder, or a hub's model by its name.

        Raises:
            ModelError: there is no such model here and none can be fetched.
        """
        folder = _local_folder(name)
        if folder is not None:
            os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read at import: no look-ups for what lies on the disk
        try:
            folder = folder or _fetched_folder(name)
            model = _load(folder)
        except Exception as exc:  # the libraries raise many kinds, all of which mean the same here
            raise ModelError(f"The embedding model {name!r} cannot be loaded; packaged: {PACKAGED_NAME}.") from exc
        return cls(model, name, _weights_sha256(folder))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32, of shape (len(texts), dimensions). Half a surrogate pair counts as "?"."""
        writable = [text.encode("utf-8", "replace").decode() for text in texts]
        vectors = self._model.encode(
            writable, batch_size=BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return cast("Vectors", np.asarray(vectors, dtype=np.float32))


def _local_folder(name: str) -> Path | None:
    if name == PACKAGED_NAME:
        return packaged_folder(ALL_MINILM_L6_V2)
    return Path(name) if Path(name).is_dir() else None


def _fetched_folder(name: str) -> Path:
    """From the hub's cache on this machine or, failing that, from the hub, which is asked once. sentence-transformers
    itself would ask for file after file, a minute and a half in all, before it says that there is no network.
    """
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - not read before it is known what is to be fetched

    repository = name if "/" in name else f"sentence-transformers/{name}"
    return Path(snapshot_download(repository, ignore_patterns=OTHER_FRAMEWORKS))


def _load(folder: Path) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - seconds and a GB of memory: only here
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415

    disable_progress_bar()
    return SentenceTransformer(str(folder), device="cpu")


def _weights_sha256(folder: Path) -> str | None:
    weights = folder / "model.safetensors"
    return file_sha256(weights) if weights.is_file() else None
