"""Sealing: what was sealed opens, and nothing that was changed or moved does."""

import struct
import subprocess
import sys
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SealBroken
from core.settings import ROOT
from core.store.interface import EntryHeader, SealedItem
from core.store.keys import RootKey
from core.store.sealing import NONCE_BYTES, TAG_BYTES, new_data_key, open_item, seal, unwrap_data_key, wrap_data_key

ROOT_KEY = RootKey.from_bytes(bytes(range(32)))
DATA_KEY = bytes(range(32, 64))
EXPIRES_AT = 1_700_000_300


def sealed_item(payload: bytes = b"Meg Bauer", data_key: bytes = DATA_KEY, data_id: str = "d1") -> SealedItem:
    return seal(payload, data_key, interaction_id="i1", data_id=data_id, key_id=ROOT_KEY.key_id, expires_at=EXPIRES_AT)


@settings(deadline=None, max_examples=50)
@given(payload=st.binary(max_size=5_000), ids=st.tuples(st.text(), st.text(), st.text()), expires_at=st.integers(0))
def test_any_payload_opens_again(payload: bytes, ids: tuple[str, str, str], expires_at: int) -> None:
    interaction_id, data_id, key_id = ids
    item = seal(payload, DATA_KEY, interaction_id=interaction_id, data_id=data_id, key_id=key_id, expires_at=expires_at)
    assert (item.interaction_id, item.data_id, item.key_id, item.expires_at) == (*ids, expires_at)
    assert open_item(item, DATA_KEY) == payload


@settings(deadline=None, max_examples=50)
@given(data_key=st.binary(min_size=32, max_size=32), interaction_id=st.text(), expires_at=st.integers(0))
def test_any_data_key_unwraps_again(data_key: bytes, interaction_id: str, expires_at: int) -> None:
    header = wrap_data_key(data_key, ROOT_KEY, interaction_id, expires_at)
    assert (header.key_id, header.expires_at) == (ROOT_KEY.key_id, expires_at)
    assert unwrap_data_key(header, ROOT_KEY, interaction_id) == data_key


def test_a_sealed_value_is_a_version_a_nonce_the_ciphertext_and_a_tag() -> None:
    sealed = sealed_item(b"x" * 100).sealed
    assert sealed[0] == 1
    assert len(sealed) == 1 + NONCE_BYTES + 100 + TAG_BYTES


def test_the_format_is_the_documented_one() -> None:
    """Sealed by hand, from the words of the module alone; another program could read our rows."""
    parts = [b"contextual-speech sealed\x01", b"context_data", b"i1", b"d1", ROOT_KEY.key_id.encode(), b"1700000300"]
    bound = b"".join(struct.pack(">I", len(part)) + part for part in parts)
    sealed = b"\x01" + bytes(12) + AESGCM(DATA_KEY).encrypt(bytes(12), b"by hand", bound)
    assert open_item(SealedItem("i1", "d1", sealed, ROOT_KEY.key_id, EXPIRES_AT), DATA_KEY) == b"by hand"


def test_the_same_payload_never_looks_the_same_twice() -> None:
    assert len({sealed_item().sealed[1 : 1 + NONCE_BYTES] for _ in range(200)}) == 200
    assert len({new_data_key() for _ in range(200)}) == 200
    assert len(new_data_key()) == 32


def test_neither_payload_nor_key_shows_in_what_is_stored() -> None:
    assert b"Meg" not in sealed_item(b"Meg " * 50).sealed
    assert DATA_KEY not in wrap_data_key(DATA_KEY, ROOT_KEY, "i1", EXPIRES_AT).wrapped_key


@pytest.mark.parametrize("payload", [b"", b"Meg Bauer"])
def test_every_single_flipped_bit_is_found(payload: bytes) -> None:
    item = sealed_item(payload)
    for bit in range(len(item.sealed) * 8):
        with pytest.raises(SealBroken):
            open_item(replace(item, sealed=flip(item.sealed, bit)), DATA_KEY)


def test_every_single_flipped_bit_of_a_wrapped_key_is_found() -> None:
    header = wrap_data_key(DATA_KEY, ROOT_KEY, "i1", EXPIRES_AT)
    for bit in range(len(header.wrapped_key) * 8):
        with pytest.raises(SealBroken):
            unwrap_data_key(replace(header, wrapped_key=flip(header.wrapped_key, bit)), ROOT_KEY, "i1")


def flip(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_a_shortened_or_lengthened_item_does_not_open() -> None:
    item = sealed_item()
    for sealed in [item.sealed[:length] for length in range(len(item.sealed))] + [item.sealed + b"\x00"]:
        with pytest.raises(SealBroken):
            open_item(replace(item, sealed=sealed), DATA_KEY)


MOVED_ITEMS = {
    "another interaction": replace(sealed_item(), interaction_id="i2"),
    "another row": replace(sealed_item(), data_id="d2"),
    "another root key": replace(sealed_item(), key_id="0" * 16),
    "a later expiry": replace(sealed_item(), expires_at=EXPIRES_AT + 1),
    "an earlier expiry": replace(sealed_item(), expires_at=EXPIRES_AT - 1),
    "two columns that join to the same text": replace(sealed_item(), interaction_id="i", data_id="1d1"),
    "two columns swapped": replace(sealed_item(), interaction_id="d1", data_id="i1"),
    "the bytes of another row": replace(sealed_item(data_id="d2"), data_id="d1"),
}


@pytest.mark.parametrize("moved", MOVED_ITEMS.values(), ids=MOVED_ITEMS)
def test_an_item_opens_in_its_own_row_only(moved: SealedItem) -> None:
    with pytest.raises(SealBroken):
        open_item(moved, DATA_KEY)


def test_an_item_opens_with_its_own_key_only() -> None:
    with pytest.raises(SealBroken):
        open_item(sealed_item(), new_data_key())


HEADER = wrap_data_key(DATA_KEY, ROOT_KEY, "i1", EXPIRES_AT)


@pytest.mark.parametrize(
    ("header", "interaction_id"),
    [
        (HEADER, "i2"),
        (replace(HEADER, expires_at=EXPIRES_AT + 1), "i1"),
        (replace(HEADER, key_id="0" * 16), "i1"),
        (replace(HEADER, wrapped_key=b""), "i1"),
    ],
    ids=["another interaction", "another expiry", "another key id", "nothing"],
)
def test_a_wrapped_key_opens_in_its_own_entry_only(header: EntryHeader, interaction_id: str) -> None:
    with pytest.raises(SealBroken):
        unwrap_data_key(header, ROOT_KEY, interaction_id)


def test_another_root_key_is_named_in_the_error_and_no_key_is() -> None:
    other = RootKey.from_bytes(bytes(32))
    with pytest.raises(SealBroken, match=f"{other.key_id}.*{ROOT_KEY.key_id}") as caught:
        unwrap_data_key(HEADER, other, "i1")
    assert other.key.hex() not in str(caught.value)


def test_a_value_of_one_table_does_not_open_in_the_other() -> None:
    """Even where key, row and expiry are all the same."""
    root = RootKey("d1", DATA_KEY)
    wrapped = wrap_data_key(b"k" * 32, root, "i1", EXPIRES_AT)
    item = seal(b"k" * 32, DATA_KEY, interaction_id="i1", data_id="", key_id="d1", expires_at=EXPIRES_AT)
    with pytest.raises(SealBroken):
        open_item(replace(item, sealed=wrapped.wrapped_key), DATA_KEY)
    with pytest.raises(SealBroken):
        unwrap_data_key(replace(wrapped, wrapped_key=item.sealed), root, "i1")


def test_a_small_worker_can_import_it() -> None:
    program = "import sys, core.store.sealing; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    vendors = {name for name in loaded.stdout.split() if name not in sys.stdlib_module_names and name[0] != "_"}
    assert {"core", "cryptography"} <= vendors <= {"core", "cryptography", "cffi", "sitecustomize"}
