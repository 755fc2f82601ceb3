"""A job as bytes: the sealed items of one interaction, and the key that opens them."""

import base64

from core.context.wire import pack, unpack
from core.store.interface import SealedItem


def encode_job(data_key: bytes, items: tuple[SealedItem, ...]) -> bytes:
    """A job's payload. The data key goes to a child over a pipe and nowhere else."""
    rows = [(i.interaction_id, i.data_id, _to_text(i.sealed), i.key_id, i.expires_at) for i in items]
    return pack([_to_text(data_key), rows])


def decode_job(payload: bytes) -> tuple[bytes, tuple[SealedItem, ...]]:
    """The inverse of `encode_job`."""
    (data_key, rows), _ = unpack(payload)
    return base64.b64decode(data_key), tuple(
        SealedItem(interaction_id, data_id, base64.b64decode(sealed), key_id, expires_at)
        for interaction_id, data_id, sealed, key_id, expires_at in rows
    )


def _to_text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
