"""A computed context as bytes, and back: the only place that knows which fields of a hotword cross from the worker."""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.context.bias import BiasList, Hotword
from core.context.ranking import Context
from core.context.wire import pack, unpack
from core.dialogue import ContextItem

UNIT_WITHIN = 1e-3  # float32 rounding is far below


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _finite(value: Any) -> float:
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return float(value)


_READ: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "item": lambda value: ContextItem(value[0], _text(value[1])),
    "score": _finite,
    "sounds": lambda value: tuple(_text(sound) for sound in value),
}
_HOTWORD = {field.name: _READ.get(field.name, bool) for field in fields(Hotword)}
"""How each field of a hotword is read back from JSON; what is not told above is a flag."""


@dataclass(frozen=True, slots=True)
class Times:
    """When a job began, its items were opened, its texts embedded and its bias list ready; `time.monotonic` seconds."""

    began_s: float
    opened_s: float
    embedded_s: float
    ranked_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a worker answers to a job."""

    context: Context
    times: Times


def encode_answer(answer: Answer) -> bytes:
    """The context and its times; the vector as little-endian float32."""
    hotwords = [[_plain(getattr(hotword, name)) for name in _HOTWORD] for hotword in answer.context.bias.hotwords]
    times = answer.times
    told = [times.began_s, times.opened_s, times.embedded_s, times.ranked_s, hotwords]
    return pack(told, encode_vectors(answer.context.vector))


def decode_answer(payload: bytes, dimensions: int) -> Answer:
    """The inverse of `encode_answer`.

    Raises:
        ValueError: it holds anything else, or a vector that is not a finite unit vector of `dimensions`.
    """
    try:
        (*times, rows), raw = unpack(payload)
        vector = decode_vectors(raw, dimensions)[0] if raw else None
        hotwords = tuple(_read_hotword(row) for row in rows)
        return Answer(Context(vector, BiasList(hotwords)), Times(*map(_finite, times)))
    except (TypeError, KeyError, IndexError) as exc:
        raise ValueError("an answer of another shape") from exc


def encode_vectors(vectors: NDArray[np.float32] | None) -> bytes:
    """Vectors as little-endian float32, row by row; nothing where there are none."""
    return b"" if vectors is None else vectors.astype("<f4").tobytes()


def decode_vectors(raw: bytes, dimensions: int) -> NDArray[np.float32]:
    """Unit vectors of shape (any, dimensions).

    Raises:
        ValueError: another size, a number that is not finite, or a length that is not 1.
    """
    vectors = np.frombuffer(raw, dtype="<f4").reshape(-1, dimensions)
    lengths = np.linalg.norm(vectors, axis=1)
    if not np.isfinite(vectors).all() or (abs(lengths - 1.0) > UNIT_WITHIN).any():
        raise ValueError("not unit vectors")
    return vectors


def _plain(value: Any) -> Any:
    return (value.signal, value.text) if isinstance(value, ContextItem) else value


def _read_hotword(row: Any) -> Hotword:
    pairs = zip(_HOTWORD.items(), row, strict=True)
    return Hotword(**{name: read(value) for (name, read), value in pairs})
