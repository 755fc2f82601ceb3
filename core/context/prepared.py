"""Texts that are known long before any turn, such as an address book: embedded when it changes, never in the window.

One worker computes; what it gives is handed to the others, and to every worker that starts later.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from core.context.answer import decode_vectors, encode_vectors
from core.context.memory import MAX_ENTRIES
from core.context.process import WorkerProcess
from core.context.recollection import CHUNK
from core.context.wire import pack, unpack

HANDED_OVER = 50  # entries in one frame: less than a tenth of a second of a worker's time

Entry = tuple[str, list[str], NDArray[np.float32]]


class Prepared:
    """What is to be embedded, and what already is."""

    def __init__(self) -> None:
        self._generation = 0
        self._waiting: list[str] = []
        self._entries: list[Entry] = []

    def replace(self, texts: Iterable[str]) -> None:
        """From now on these texts, the first `MAX_ENTRIES` of them; what is embedded of them already is kept."""
        wanted = dict.fromkeys(list(texts)[:MAX_ENTRIES])
        self._entries = [entry for entry in self._entries if entry[0] in wanted]
        done = {text for text, _, _ in self._entries}
        self._waiting = [text for text in wanted if text not in done]
        self._generation += 1

    def next_texts(self) -> list[str]:
        """The next few to be embedded. They are not asked for again, whatever becomes of them."""
        texts, self._waiting = self._waiting[:CHUNK], self._waiting[CHUNK:]
        return texts

    def learn(self, texts: list[str], payload: bytes, dimensions: int) -> None:
        """Take what a worker made of the texts.

        Raises:
            ValueError: it is not usable.
        """
        sounds, raw = unpack(payload)
        vectors = decode_vectors(raw, dimensions)
        self._entries.extend(zip(texts, sounds, vectors, strict=True))

    def lacks(self, worker: WorkerProcess) -> bool:
        """Whether the worker does not know everything yet."""
        return worker.generation != self._generation or worker.remembered < len(self._entries)

    def hand_over(self, worker: WorkerProcess) -> bytes:
        """The payload that tells a worker the next entries; from then on it is taken to know them."""
        replaces = worker.generation != self._generation
        first = 0 if replaces else worker.remembered
        entries = self._entries[first : first + HANDED_OVER]
        worker.generation, worker.remembered = self._generation, first + len(entries)
        vectors = np.stack([vector for _, _, vector in entries]) if entries else None
        rows = [(text, sounds) for text, sounds, _ in entries]
        return pack([replaces, worker.dimensions, rows], encode_vectors(vectors))

    def is_complete(self) -> bool:
        """Whether nothing is left to be embedded."""
        return not self._waiting
