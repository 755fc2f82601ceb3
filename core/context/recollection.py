"""The texts of one job: looked up in the memory, embedded in small chunks where they are new, and kept afterwards."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.context.bias import Pronounce
from core.context.memory import Known, Memory
from core.context.ranking import Embed

CHUNK = 8  # the pace at which a job looks whether it is still wanted; about 40 ms


class GaveUp(Exception):
    """Nobody waits for this job any more, or its deadline is too near."""


class Recollection:
    """What one job knows. `embed` and `pronounce` are asked only for what the memory does not hold.

    Args:
        memory: where texts of earlier jobs are.
        embed: texts to unit vectors.
        pronounce: a text to the ways to say it.
        expires_at: until when new texts may be kept, epoch seconds.
        is_wanted: asked between any two steps; as soon as it says no, `GaveUp` is raised.
    """

    def __init__(
        self, memory: Memory, embed: Embed, pronounce: Pronounce, expires_at: int, is_wanted: Callable[[], bool]
    ) -> None:
        self._memory = memory
        self._embed = embed
        self._pronounce = pronounce
        self._expires_at = expires_at
        self._is_wanted = is_wanted
        self._known: dict[str, Known] = {}
        self._new: set[str] = set()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimensions).

        Raises:
            GaveUp: it takes too long.
        """
        for text in set(texts) - self._known.keys():
            self._require_wanted()
            if (known := self._memory.recall(text, self._expires_at)) is not None:
                self._known[text] = known
        missing = sorted(set(texts) - self._known.keys(), key=lambda text: (len(text), text))
        for start in range(0, len(missing), CHUNK):
            self._require_wanted()
            self._learn(missing[start : start + CHUNK])
        return np.stack([self._known[text].vector for text in texts])

    def pronounce(self, text: str) -> tuple[str, ...]:
        """The ways to say a text.

        Raises:
            GaveUp: it takes too long.
        """
        known = self._known.get(text)
        if known is not None and known.sounds is not None:
            return known.sounds
        self._require_wanted()
        sounds = self._pronounce(text)
        if known is not None:
            self._known[text] = dataclasses.replace(known, sounds=sounds)
            self._new.add(text)
        return sounds

    def keep(self) -> None:
        """Put what is new into the memory, also after `GaveUp`: the next job will need less time."""
        for text in self._new:
            self._memory.keep(text, self._known[text], self._expires_at)

    def _learn(self, texts: list[str]) -> None:
        for text, vector in zip(texts, self._embed(texts), strict=True):
            self._known[text] = Known(vector)
        self._new.update(texts)

    def _require_wanted(self) -> None:
        if not self._is_wanted():
            raise GaveUp
