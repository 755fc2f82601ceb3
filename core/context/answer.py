"""A computed context as bytes, and back: the only place that knows how a hotword crosses from the worker."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.context.bias import BiasList, Hotword
from core.context.ranking import Context
from core.context.wire import pack, unpack
from core.dialogue import ContextItem

UNIT_WITHIN = 1e-3  # float32 rounding is far below


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
    times = answer.times
    rows = [_to_row(hotword) for hotword in answer.context.bias.hotwords]
    told = [times.began_s, times.opened_s, times.embedded_s, times.ranked_s, rows]
    return pack(told, encode_vectors(answer.context.vector))


def decode_answer(payload: bytes, dimensions: int) -> Answer:
    """The inverse of `encode_answer`.

    Raises:
        ValueError: it holds anything else, or a vector that is not a finite unit vector of `dimensions`.
    """
    try:
        (*times, rows), raw = unpack(payload)
        vector = decode_vectors(raw, dimensions)[0] if raw else None
        hotwords = tuple(map(_from_row, rows))
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


def _to_row(hotword: Hotword) -> list[Any]:
    item = hotword.item
    return [hotword.text, item.signal, item.text, hotword.score, hotword.named, hotword.sounds]


def _from_row(row: Any) -> Hotword:
    text, signal, item_text, score, named, sounds = row
    item = ContextItem(signal, _text(item_text))
    return Hotword(_text(text), item, _finite(score), bool(named), tuple(map(_text, sounds)))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _finite(value: Any) -> float:
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return float(value)
