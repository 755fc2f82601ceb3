"""What every store offers, in the project's own types. Backends see sealed bytes only, never plaintext or keys.

The shape follows "The engineering behind Alexa's contextual speech recognition" (Amazon Science): *events* has one
entry an interaction, each event one short string with a reference into *context_data*; every write to events returns
the updated entry in the same call.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """One line of an entry. `at_ms` is epoch milliseconds, `id` 8 hex digits, `ref` a data item or empty."""

    at_ms: int
    id: str
    type: str
    ref: str = ""

    @property
    def name(self) -> str:
        """The attribute's name in the entry: `e#<13 digits>#<8 hex>`. Sorting by it sorts by time."""
        return f"e#{self.at_ms:013d}#{self.id}"

    @property
    def line(self) -> str:
        """The attribute's value: `type|ref`."""
        return f"{self.type}|{self.ref}"

    @classmethod
    def parse(cls, name: str, line: str) -> "Event":
        """The inverse of `name` and `line`."""
        _, at_ms, id_ = name.split("#")
        type_, _, ref = line.partition("|")
        return cls(int(at_ms), id_, type_, ref)


@dataclass(frozen=True, slots=True)
class EntryHeader:
    """What an entry holds besides its events, set once by the first append. `expires_at` is epoch seconds."""

    wrapped_key: bytes
    key_id: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Entry:
    """The whole entry of one interaction, events in order of time."""

    interaction_id: str
    header: EntryHeader
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class SealedItem:
    """A row of context_data. `sealed` is opaque here, `key_id` names the root key, `expires_at` is epoch seconds."""

    interaction_id: str
    data_id: str
    sealed: bytes
    key_id: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a store holds, in numbers. `expired` counts rows of both tables that are over but not deleted yet.

    `sealed_bytes` is the length of all ciphertexts; `key_ids` names the root keys that rows are sealed under.
    """

    entries: int
    items: int
    expired: int
    sealed_bytes: int
    key_ids: frozenset[str]


class Store(ABC):
    """The two tables. Every method may raise `StoreUnavailable`; nothing of a vendor's errors gets out.

    Rows are invisible from `expires_at` on, whether or not their bytes are gone yet. Several threads may use one store.
    """

    @abstractmethod
    def ensure_schema(self) -> None:
        """Create what is missing; safe to call at every start."""

    @abstractmethod
    def append_event(self, interaction_id: str, event: Event, header: EntryHeader) -> Entry:
        """Add `event` and return the updated entry, in one atomic step.

        The first append of an interaction creates the entry with `header`; later ones leave the stored header alone.
        An event whose name is already stored is not stored again and keeps its first line, so a retry is harmless.

        Raises:
            InteractionExpired: the stored entry's or `header`'s time is over. So a late event revives nothing, whether
                or not the entry's bytes are gone.
        """

    @abstractmethod
    def get_entry(self, interaction_id: str) -> Entry | None:
        """The entry as it stands, or None where there is none or it has expired."""

    @abstractmethod
    def put_item(self, item: SealedItem) -> None:
        """Store `item`; the very same item again is harmless.

        Raises:
            ItemConflict: other bytes, another key id or another expiry are stored under the same keys; they stay.
        """

    def put_items(self, items: Iterable[SealedItem]) -> None:
        """Store several items. A backend that can do better than one by one does.

        Raises:
            ItemConflict: as for `put_item`; which of the others are stored is left open.
        """
        for item in items:
            self.put_item(item)

    @abstractmethod
    def get_items(self, interaction_id: str, data_ids: Sequence[str]) -> tuple[SealedItem, ...]:
        """The items that are there and not expired, in the order of `data_ids`; the others are left out."""

    @abstractmethod
    def forget(self, interaction_id: str) -> None:
        """Delete the entry and all its items, bytes included; harmless where there are none."""

    @abstractmethod
    def purge_expired(self) -> int:
        """Delete the bytes of everything that has expired; returns the number of rows deleted, of both tables."""

    @abstractmethod
    def holds_rows(self) -> bool:
        """Whether anything is stored, expired or not."""

    @abstractmethod
    def contents(self) -> Contents:
        """Count what is stored; reads everything, so it is for operators and not for every turn."""

    @abstractmethod
    def check(self) -> tuple[str, ...]:
        """Look for what is wrong with file or tables; returns a line for each thing that was found in order."""

    @abstractmethod
    def close(self) -> None:
        """Release the connection; the store is not used afterwards."""
