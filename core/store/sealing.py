"""Sealing: what goes into the two tables is encrypted here, above every store.

It needs the standard library and `cryptography` only, so that a small worker process can import it.

AES-256-GCM (NIST SP 800-38D) with random 96-bit nonces. One data key an interaction seals its items; the root key wraps
the data key, and the wrapped key lives in the interaction's entry: without the entry, the items cannot be opened.

A sealed value is `version (1 byte) | nonce (12) | ciphertext and tag`. What says where it belongs is authenticated with
it, so a changed bit, another row, another table, another key id or another expiry does not open.
"""

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import SealBroken
from core.store.interface import EntryHeader, SealedItem
from core.store.keys import RootKey

VERSION = b"\x01"
NONCE_BYTES = 12
TAG_BYTES = 16
_FORMAT = b"contextual-speech sealed" + VERSION
_BOUND_FORMAT = len(_FORMAT).to_bytes(4, "big") + _FORMAT


def new_data_key() -> bytes:
    """A fresh AES-256 key for one interaction."""
    return AESGCM.generate_key(256)


def wrap_data_key(data_key: bytes, root_key: RootKey, interaction_id: str, expires_at: int) -> EntryHeader:
    """The header of a new entry: the data key under the root key, bound to the interaction and its expiry."""
    place = ("events", interaction_id, root_key.key_id, str(expires_at))
    return EntryHeader(_encrypt(data_key, root_key.key, place), root_key.key_id, expires_at)


def unwrap_data_key(header: EntryHeader, root_key: RootKey, interaction_id: str) -> bytes:
    """The data key that `wrap_data_key` wrapped.

    Raises:
        SealBroken: another root key, changed bytes, or the header of another interaction or expiry.
    """
    place = ("events", interaction_id, header.key_id, str(header.expires_at))
    try:
        return _decrypt(header.wrapped_key, root_key.key, place)
    except InvalidTag as exc:
        raise SealBroken(
            f"The data key of interaction {interaction_id} does not open with root key {root_key.key_id}; "
            f"it names {header.key_id}. Put that root key back, or begin a new interaction."
        ) from exc


def seal(  # noqa: PLR0913 - a row has this many columns
    payload: bytes, data_key: bytes, *, interaction_id: str, data_id: str, key_id: str, expires_at: int
) -> SealedItem:
    """Encrypt a payload for one row of context_data."""
    place = ("context_data", interaction_id, data_id, key_id, str(expires_at))
    return SealedItem(interaction_id, data_id, _encrypt(payload, data_key, place), key_id, expires_at)


def open_item(item: SealedItem, data_key: bytes) -> bytes:
    """The payload of a sealed row.

    Raises:
        SealBroken: another data key, changed bytes, or moved to another row.
    """
    place = ("context_data", item.interaction_id, item.data_id, item.key_id, str(item.expires_at))
    try:
        return _decrypt(item.sealed, data_key, place)
    except InvalidTag as exc:
        raise SealBroken(
            f"Item {item.data_id} does not open: wrong key, changed bytes or another row's. Begin a new interaction."
        ) from exc


def _encrypt(payload: bytes, key: bytes, place: tuple[str, ...]) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + _cipher(key).encrypt(nonce, payload, _associated_data(place))


def _decrypt(sealed: bytes, key: bytes, place: tuple[str, ...]) -> bytes:
    if len(sealed) < len(VERSION) + NONCE_BYTES + TAG_BYTES or sealed[:1] != VERSION:
        raise InvalidTag
    nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    return _cipher(key).decrypt(nonce, ciphertext, _associated_data(place))


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    """Setting up a key takes as long as sealing 2 KB with it, and an interaction's items come one after the other."""
    return AESGCM(key)


def _associated_data(place: tuple[str, ...]) -> bytes:
    """The format with its version, then the place (table, keys, key id, expiry as decimal digits).

    Each part has its length before it, 4 bytes big-endian, so that no two places ever read the same.
    """
    pieces = [_BOUND_FORMAT]
    for part in place:
        encoded = part.encode()
        pieces += len(encoded).to_bytes(4, "big"), encoded
    return b"".join(pieces)
