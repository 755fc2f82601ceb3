"""The root key: it wraps every data key, and lives in a file of its own that only its owner can read."""

import errno
import hashlib
import os
import re
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import KeyFileError

KEY_BYTES = 32
_MAX_FILE_BYTES = 200
_ID_DOMAIN = b"contextual-speech root key id\x00"


@dataclass(frozen=True, slots=True)
class RootKey:
    """An AES-256 key and its public name. The key stays out of `repr`, so out of logs and tracebacks."""

    key_id: str
    key: bytes = field(repr=False)

    @classmethod
    def from_bytes(cls, key: bytes) -> "RootKey":
        """Name a key: 16 hex digits of a hash of it, which tell keys apart and nothing about them."""
        return cls(hashlib.sha256(_ID_DOMAIN + key).hexdigest()[:16], key)


def load_root_key(path: Path, data_present: bool) -> RootKey:
    """Read the root key; on the very first start, make it.

    Args:
        path: a file of mode 0600 that holds 64 hex digits.
        data_present: whether the store holds rows already. Then a missing key is never replaced by a new one, which
            could open none of them.

    Raises:
        KeyFileError: the file is missing beside old data, readable by others, a link, malformed, or cannot be used.
    """
    try:
        if not os.path.lexists(path):
            _require_first_start(path, data_present)
            _create(path)
        return RootKey.from_bytes(_parse(_read(path), path))
    except OSError as exc:
        raise KeyFileError(f"Root key {path}: {_reason(exc)}; point ROOT_KEY_FILE at a plain file.") from exc


def _require_first_start(path: Path, data_present: bool) -> None:
    if data_present:
        raise KeyFileError(
            f"Root key {path} is missing, but the store holds data sealed under it; put the file back, "
            "or start again once the data has expired."
        )


def _create(path: Path) -> None:
    """Write a draft and link it into place: the file appears whole or not at all, and never replaces another's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write(draft, secrets.token_hex(KEY_BYTES))
        with suppress(FileExistsError):  # another process was first: its key counts
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> bytes:
    with open(path, "rb", opener=_open_plain) as file:
        _check_private(os.fstat(file.fileno()).st_mode, path)  # of the open file: what is checked is what is read
        return file.read(_MAX_FILE_BYTES)


def _open_plain(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)  # a pipe in its place must not stop the program


def _check_private(mode: int, path: Path) -> None:
    if not stat.S_ISREG(mode):
        raise KeyFileError(f"Root key {path} is no plain file; point ROOT_KEY_FILE at one.")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError(f"Root key {path} is open to others; run: chmod 600 {path}")


def _parse(content: bytes, path: Path) -> bytes:
    if not re.fullmatch(rb"[0-9a-fA-F]{64}\n?", content):
        raise KeyFileError(f"Root key {path} does not hold 64 hex digits; put the right file back.")
    return bytes.fromhex(content.decode("ascii"))


def _reason(error: OSError) -> str:
    return "it is a symbolic link" if error.errno == errno.ELOOP else str(error.strerror)
