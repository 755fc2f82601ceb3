"""An embedding that costs nothing: it implements the `Embed` interface, for tests of what is done with vectors."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 8


def embed_by_hash(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors that depend on each text alone."""
    return np.stack([_unit_vector(text) for text in texts])


def _unit_vector(text: str) -> NDArray[np.float32]:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    vector = np.frombuffer(digest, dtype=np.uint8)[:DIMENSIONS] - np.float32(127.5)
    return vector / np.float32(np.linalg.norm(vector))
