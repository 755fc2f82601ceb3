"""What a worker remembers of texts it has met: their vectors and sounds, so that each text is embedded once.

A vector can be turned back into its text (Morris et al. 2023, "Text Embeddings Reveal (Almost) As Much As Text"), so it
is kept like text: sealed, bounded, and only as long as the interaction that it came with. The key of an entry follows
from its text and a secret of the process: who does not have the text cannot open the entry, nor see which text it is.
"""

import hashlib
import json
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.store.interface import SealedItem
from core.store.sealing import open_item, seal

MAX_ENTRIES = 20_000  # at 384 dimensions about 45 MB
UNTIL_REPLACED = 2**62  # what was prepared has no interaction whose time could end


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A text's unit vector, and the ways to say it; None where nobody has asked for them yet."""

    vector: NDArray[np.float32]
    sounds: tuple[str, ...] | None = None


class Memory:
    """Two sets of entries: those that came with interactions, and those prepared beforehand."""

    def __init__(self, now_s: Callable[[], float] = time.time, max_entries: int = MAX_ENTRIES) -> None:
        self._now_s = now_s
        self._max_entries = max_entries
        self._secret = secrets.token_bytes(32)
        self._met: OrderedDict[str, SealedItem] = OrderedDict()
        self._prepared: dict[str, SealedItem] = {}

    def __len__(self) -> int:
        return len(self._met) + len(self._prepared)

    def recall(self, text: str, expires_at: int) -> Known | None:
        """What is known of `text`; it is kept until `expires_at` (epoch seconds) from now on, if that is later."""
        name, key = self._name_and_key(text)
        sealed = self._prepared.get(name) or self._met.get(name)
        if sealed is None or sealed.expires_at <= self._now_s():
            return None
        known = _decode(open_item(sealed, key))
        if sealed.expires_at < expires_at:
            self.keep(text, known, expires_at)
        return known

    def keep(self, text: str, known: Known, expires_at: int) -> None:
        """Remember until `expires_at`, epoch seconds; the entry that was not used for longest falls out."""
        name, key = self._name_and_key(text)
        self._met[name] = _seal(name, key, known, expires_at)
        self._met.move_to_end(name)
        while len(self._met) > self._max_entries:
            self._met.popitem(last=False)

    def prepare(self, text: str, known: Known) -> None:
        """Remember until `forget_prepared`."""
        name, key = self._name_and_key(text)
        self._prepared[name] = _seal(name, key, known, UNTIL_REPLACED)

    def forget_prepared(self) -> None:
        """What was prepared has changed."""
        self._prepared.clear()

    def purge_expired(self) -> None:
        """Delete what has expired."""
        now_s = self._now_s()
        for name in [name for name, sealed in self._met.items() if sealed.expires_at <= now_s]:
            del self._met[name]

    def _name_and_key(self, text: str) -> tuple[str, bytes]:
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._secret, digest_size=64).digest()
        return digest[:32].hex(), digest[32:]


def _seal(name: str, key: bytes, known: Known, expires_at: int) -> SealedItem:
    payload = known.vector.astype("<f4").tobytes() + json.dumps(known.sounds).encode()
    size = len(known.vector).to_bytes(4, "little")
    return seal(size + payload, key, interaction_id="memory", data_id=name, key_id="", expires_at=expires_at)


def _decode(payload: bytes) -> Known:
    end = 4 + 4 * int.from_bytes(payload[:4], "little")
    sounds = json.loads(payload[end:])
    return Known(np.frombuffer(payload[4:end], dtype="<f4"), None if sounds is None else tuple(sounds))
