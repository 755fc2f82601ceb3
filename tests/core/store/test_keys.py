"""Root keys: their names, and what never shows of them."""

import hashlib

from core.store.keys import KeyRing, RootKey

KEY = bytes(range(32))


def test_the_key_id_follows_from_the_key_and_tells_nothing_of_it() -> None:
    key_id = RootKey.from_bytes(KEY).key_id
    assert key_id == RootKey.from_bytes(KEY).key_id != RootKey.from_bytes(bytes(32)).key_id
    assert len(bytes.fromhex(key_id)) == 8
    assert key_id not in KEY.hex()
    assert not hashlib.sha256(KEY).hexdigest().startswith(key_id)


def test_the_key_never_shows() -> None:
    key = RootKey.from_bytes(KEY)
    shown = f"{key!r} {key}"
    assert key.key_id in shown
    assert KEY.hex() not in shown
    assert repr(KEY) not in shown


def test_the_newest_key_wraps_and_the_older_ones_are_found() -> None:
    old, new = RootKey.from_bytes(KEY), RootKey.from_bytes(bytes(32))
    ring = KeyRing.from_text(f"{new.key.hex()},{old.key.hex().upper()}")
    assert ring.current() == new
    assert [ring.find(one.key_id) for one in (old, new)] == [old, new]
    assert ring.find("0" * 16) is None


def test_one_key_is_the_smallest_ring() -> None:
    key = RootKey.from_bytes(KEY)
    assert (key.current(), key.find(key.key_id), key.find("0" * 16)) == (key, key, None)
