"""Root keys from AWS KMS. The plain key never lies on a disk; each program asks for a key of its own at its start.

A key that wrapped anything must be found again by every other machine. So its wrapped form lies in the events table, as
an entry that expires once nothing it wrapped can be alive. KMS is asked once for each key and not for each interaction,
whose number it could not serve.
"""

import secrets
import threading
from typing import TYPE_CHECKING

from core.errors import StoreUnavailable
from core.settings import MAX_TTL_S
from core.store.aws import connect_kms, own_errors
from core.store.clock import Clock, system_now_ms
from core.store.interface import EntryHeader, Event, Store
from core.store.keys import RootKey, RootKeys

if TYPE_CHECKING:
    from types_boto3_kms import KMSClient

ROTATED_AFTER_S = 24 * 3600
_USED_FOR_S = 2 * ROTATED_AFTER_S  # where the key service does not answer when a new one is due
ENTRY_PREFIX = "root-key-"


class KeyService(RootKeys):
    """The keys that one key of KMS wraps. Several threads may use it."""

    def __init__(self, store: Store, kms_key_id: str, region: str = "", now_ms: Clock = system_now_ms) -> None:
        """Ask for the first key, so that a service that refuses is known at the start.

        Raises:
            StoreUnavailable: KMS cannot be reached or refuses, or the store cannot be written.
        """
        self._store = store
        self._kms_key_id = kms_key_id
        self._now_ms = now_ms
        self._client: KMSClient = connect_kms(region)
        self._lock = threading.Lock()
        self._known: dict[str, RootKey] = {}
        self._make()

    def current(self) -> RootKey:
        """The key of this program, a new one each day."""
        with self._lock:
            age_s = self._now_s() - self._made_at_s
            if age_s >= ROTATED_AFTER_S:
                self._make_if_possible(age_s)
            return self._current

    def find(self, key_id: str) -> RootKey | None:
        """A key of this or of another program."""
        return self._known.get(key_id) or self._load(key_id)

    def _make_if_possible(self, age_s: int) -> None:
        try:
            self._make()
        except StoreUnavailable:
            if age_s >= _USED_FOR_S:
                raise

    def _make(self) -> None:
        key_id, made_at_s = secrets.token_hex(8), self._now_s()
        expires_at = made_at_s + _USED_FOR_S + MAX_TTL_S
        with own_errors("KMS"):
            made = self._client.generate_data_key(
                KeyId=self._kms_key_id, KeySpec="AES_256", EncryptionContext=_context(key_id, expires_at)
            )
        header = EntryHeader(made["CiphertextBlob"], key_id, expires_at)
        self._store.append_event(ENTRY_PREFIX + key_id, Event(self._now_ms(), "0" * 8, "root-key"), header)
        self._current, self._made_at_s = RootKey(key_id, made["Plaintext"]), made_at_s
        self._known[key_id] = self._current

    def _load(self, key_id: str) -> RootKey | None:
        entry = self._store.get_entry(ENTRY_PREFIX + key_id)
        if entry is None:
            return None
        with own_errors("KMS"):
            opened = self._client.decrypt(
                KeyId=self._kms_key_id,
                CiphertextBlob=entry.header.wrapped_key,
                EncryptionContext=_context(key_id, entry.header.expires_at),
            )
        self._known[key_id] = RootKey(key_id, opened["Plaintext"])
        return self._known[key_id]

    def _now_s(self) -> int:
        return self._now_ms() // 1000


def _context(key_id: str, expires_at: int) -> dict[str, str]:
    """What KMS binds the wrapped key to, and writes into its audit log: nothing secret."""
    return {"purpose": "contextual-speech root key", "key_id": key_id, "expires_at": str(expires_at)}
