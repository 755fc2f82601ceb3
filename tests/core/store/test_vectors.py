"""NIST's AES-256-GCM vectors (CAVS 14.0), through the cipher that sealing uses. (Wycheproof's are in no package.)"""

import re
from collections.abc import Iterator

import cryptography_vectors
import pytest
from cryptography.exceptions import InvalidTag

from core.store.sealing import NONCE_BYTES, TAG_BYTES, _cipher

SIZES = {"Keylen": 256, "IVlen": NONCE_BYTES * 8, "Taglen": TAG_BYTES * 8}
Vector = dict[str, bytes]


def vectors() -> Iterator[tuple[Vector, bool]]:
    """Those of our sizes; each with whether it has to be rejected."""
    with cryptography_vectors.open_vector_file("ciphers/AES/GCM/gcmDecrypt256.rsp", "r") as file:
        text = file.read()
    for section in re.split(r"\n(?=\[Keylen)", text)[1:]:
        sizes = {name: int(value) for name, value in re.findall(r"\[(\w+) = (\d+)\]", section)}
        if SIZES.items() <= sizes.items():
            for block in re.split(r"\n(?=Count = )", section)[1:]:
                fields = dict(re.findall(r"^(\w+) = ?([0-9a-f]*)$", block, re.MULTILINE))
                yield {name: bytes.fromhex(value) for name, value in fields.items() if name != "Count"}, "FAIL" in block


def test_nist_vectors_open_or_are_rejected() -> None:
    opened = rejected = 0
    for vector, is_broken in vectors():
        cipher, sealed = _cipher(vector["Key"]), vector["CT"] + vector["Tag"]
        if is_broken:
            with pytest.raises(InvalidTag):
                cipher.decrypt(vector["IV"], sealed, vector["AAD"])
        else:
            assert cipher.decrypt(vector["IV"], sealed, vector["AAD"]) == vector["PT"]
            assert cipher.encrypt(vector["IV"], vector["PT"], vector["AAD"]) == sealed
        opened, rejected = opened + (not is_broken), rejected + is_broken
    assert opened + rejected == 375
    assert min(opened, rejected) > 100
