"""Root keys: they wrap every data key. The newest wraps, older ones still open what they wrapped."""

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

KEY_BYTES = 32
_ID_DOMAIN = b"contextual-speech root key id\x00"


class RootKeys(ABC):
    """Where root keys come from: a setting, a file, or a key service."""

    @abstractmethod
    def current(self) -> "RootKey":
        """The key for new interactions."""

    @abstractmethod
    def find(self, key_id: str) -> "RootKey | None":
        """The key that a row names, old or new; None where it is not at hand.

        Raises:
            StoreUnavailable: the key service cannot be asked.
        """


@dataclass(frozen=True, slots=True)
class RootKey(RootKeys):
    """An AES-256 key and its public name. The key stays out of `repr`, so out of logs and tracebacks."""

    key_id: str
    key: bytes = field(repr=False)

    @classmethod
    def from_bytes(cls, key: bytes) -> "RootKey":
        """Name a key: 16 hex digits of a hash of it, which tell keys apart and nothing about them."""
        return cls(hashlib.sha256(_ID_DOMAIN + key).hexdigest()[:16], key)

    def current(self) -> "RootKey":
        """Itself: one key is the smallest set of keys."""
        return self

    def find(self, key_id: str) -> "RootKey | None":
        """Itself, where it is meant."""
        return self if key_id == self.key_id else None


@dataclass(frozen=True, slots=True)
class KeyRing(RootKeys):
    """Keys that are all known from the start, newest first."""

    keys: tuple[RootKey, ...]

    @classmethod
    def from_text(cls, text: str) -> "KeyRing":
        """From the form that `Settings.root_key` has been checked for: hex, with commas between."""
        return cls(tuple(RootKey.from_bytes(bytes.fromhex(key)) for key in text.split(",")))

    def current(self) -> RootKey:
        """The first."""
        return self.keys[0]

    def find(self, key_id: str) -> RootKey | None:
        """Whichever has this name."""
        return next((key for key in self.keys if key.key_id == key_id), None)
