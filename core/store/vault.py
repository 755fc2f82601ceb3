"""What the rest of the program uses of the store: interactions that seal, record, claim and forget.

The order of writing is always the data item first, then the event that names it. A crash in between leaves an item that
nobody names and that expires; never an event that names nothing.
"""

import hashlib
import secrets
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from core.errors import InteractionExpired, SealBroken
from core.store import sealing
from core.store.clock import Clock, system_now_ms
from core.store.interface import Entry, EntryHeader, Event, SealedItem, Store
from core.store.keys import RootKeys

EventType = Literal[
    "utterance", "reply", "item", "speak", "expect-speech", "context-claimed", "context-vector", "revealed", "closed"
]
"""What an event tells. Those with a data item name it in `ref`; "context-claimed" names who computes the context."""

EVENT_TYPES: frozenset[str] = frozenset(get_args(EventType))


@dataclass(frozen=True, slots=True)
class Vault:
    """A store and the root keys that seal what goes into it. `ttl_s` is how long an interaction is kept, seconds."""

    store: Store
    root_key: RootKeys
    ttl_s: int
    now_ms: Clock = system_now_ms

    def begin(self) -> "OpenInteraction":
        """A new interaction with a random id, a data key of its own and an expiry that never moves.

        Nothing is written yet: the first event creates the entry. The expiry is `ttl_s` from now, rounded up to a whole
        second.

        Raises:
            StoreError: there is no root key to wrap with.
        """
        interaction_id = new_interaction_id()
        data_key = sealing.new_data_key()
        expires_at = -(-self.now_ms() // 1000) + self.ttl_s
        header = sealing.wrap_data_key(data_key, self.root_key.current(), interaction_id, expires_at)
        return OpenInteraction(self, interaction_id, header, data_key)

    def resume(self, entry: Entry) -> "OpenInteraction":
        """Open an interaction that another thread, process or machine began.

        Raises:
            SealBroken: no root key at hand opens the entry's key.
        """
        root_key = self.root_key.find(entry.header.key_id)
        if root_key is None:
            raise SealBroken(
                f"Interaction {entry.interaction_id} is sealed under root key {entry.header.key_id}, which is not at "
                "hand. Put that root key back, or begin a new interaction."
            )
        data_key = sealing.unwrap_data_key(entry.header, root_key, entry.interaction_id)
        last_ms = max((event.at_ms for event in entry.events), default=0)
        return OpenInteraction(self, entry.interaction_id, entry.header, data_key, last_ms)


def new_interaction_id() -> str:
    """32 random hex digits."""
    return secrets.token_hex(16)


class OpenInteraction:
    """One interaction whose data key is at hand. Several threads may use it.

    Every method that reads or writes may raise `StoreUnavailable`; those that write raise `InteractionExpired` once the
    time is over or `forget` was called here.
    """

    def __init__(
        self, vault: Vault, interaction_id: str, header: EntryHeader, data_key: bytes, last_ms: int = 0
    ) -> None:
        """Called by `Vault.begin` and `Vault.resume`; `last_ms` is the time of the newest event so far."""
        self.id = interaction_id
        self.header = header
        self.data_key = data_key
        self._store = vault.store
        self._now_ms = vault.now_ms
        self._last_ms = last_ms
        self._lock = threading.Lock()
        self._forgotten = False

    def put(self, payload: bytes, expires_at: int | None = None) -> str:
        """Seal and store one payload; returns its data id, for the event that will name it."""
        [data_id] = self.put_all((payload,), expires_at)
        return data_id

    def put_all(self, payloads: Iterable[bytes], expires_at: int | None = None) -> tuple[str, ...]:
        """Seal and store several payloads in one call; returns their data ids in the same order.

        Args:
            payloads: what is to be kept.
            expires_at: when it expires, epoch seconds, where that is earlier than the interaction does.
        """
        self._require_kept()
        items = tuple(self._seal(payload, expires_at) for payload in payloads)
        self._store.put_items(items)
        return tuple(item.data_id for item in items)

    def record(self, event_type: EventType, ref: str = "", at_ms: int | None = None) -> Entry:
        """Append an event and return the whole entry as it then stands.

        Args:
            event_type: what happened.
            ref: the data id it is about, already stored; or empty.
            at_ms: when it happened, epoch milliseconds. Left out, it is now, but later than every event recorded here
                before, so that events written in one millisecond keep their order.

        Raises:
            ValueError: the type is unknown, or one of the two would break the line `type|ref`.
        """
        _check_line(event_type, ref)
        return self._append(Event(self._next_ms() if at_ms is None else at_ms, secrets.token_hex(4), event_type, ref))

    def claim(self, event: Event, claimant: str) -> bool:
        """Try to be the one who computes the context for an expect-speech event; True for exactly one claimant.

        The claim is an event whose name follows from the claimed event. A stored name is never overwritten, so whoever
        came first stands in the entry that comes back. Asking again with the same token gives the same answer, which
        makes a retry after a lost answer safe.

        Args:
            event: the expect-speech event.
            claimant: a token that no other claimant uses.
        """
        _check_line("context-claimed", claimant)
        claim_id = hashlib.sha256(f"{event.name}claim".encode()).hexdigest()[:8]
        claim = Event(event.at_ms + 1, claim_id, "context-claimed", claimant)  # stands behind what it claims
        return claim in self._append(claim).events

    def sealed(self, data_ids: Sequence[str]) -> tuple[SealedItem, ...]:
        """The items that are there and not expired, still sealed, for a process that opens them itself."""
        return self._store.get_items(self.id, data_ids)

    def open(self, data_ids: Sequence[str]) -> dict[str, bytes]:
        """The payloads of the items that are there and not expired, by data id.

        Raises:
            SealBroken: an item was changed or moved.
        """
        return {item.data_id: sealing.open_item(item, self.data_key) for item in self.sealed(data_ids)}

    def forget(self) -> None:
        """Delete the interaction, bytes included; nothing more is written from here.

        What another holder of the same interaction still writes afterwards goes when its time is over.
        """
        self._forgotten = True
        self._store.forget(self.id)

    def _append(self, event: Event) -> Entry:
        self._require_kept()
        return self._store.append_event(self.id, event, self.header)

    def _seal(self, payload: bytes, expires_at: int | None) -> SealedItem:
        latest = self.header.expires_at
        return sealing.seal(
            payload,
            self.data_key,
            interaction_id=self.id,
            data_id=secrets.token_hex(8),
            key_id=self.header.key_id,
            expires_at=latest if expires_at is None else min(expires_at, latest),
        )

    def _next_ms(self) -> int:
        with self._lock:
            self._last_ms = max(self._now_ms(), self._last_ms + 1)
            return self._last_ms

    def _require_kept(self) -> None:
        if self._forgotten or self._now_ms() >= self.header.expires_at * 1000:
            raise InteractionExpired(f"Interaction {self.id} is over; begin a new one.")


def _check_line(event_type: str, ref: str) -> None:
    if event_type not in EVENT_TYPES:
        raise ValueError(f"unknown event type {event_type!r}")
    if "|" in ref:
        raise ValueError("a ref must not contain '|'")
