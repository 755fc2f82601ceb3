"""Root keys in a file of their own that only its owner can read: made on the first start, rotated by command.

The first line is the key that wraps, 64 hex digits. A line `HEX retired EPOCH_S` keeps an older one until nothing that
it wrapped can be alive any more.
"""

import errno
import os
import re
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.errors import KeyFileError
from core.settings import MAX_TTL_S
from core.store.keys import KEY_BYTES, KeyRing, RootKey, RootKeys

_MAX_FILE_BYTES = 10_000
_FORM = re.compile(rb"([0-9a-fA-F]{64})((?:\n[0-9a-fA-F]{64} retired [0-9]{1,12})*)\n?")


@dataclass(frozen=True, slots=True)
class _Retired:
    key: str
    at_s: int

    @property
    def line(self) -> str:
        return f"{self.key} retired {self.at_s}"


class KeyFile(RootKeys):
    """The keys of one file. A rotation by another program is noticed before the next key is wrapped."""

    def __init__(self, path: Path, data_present: bool) -> None:
        """Read the file; on the very first start, make it.

        Args:
            path: a file of mode 0600.
            data_present: whether the store holds rows already. Then a missing key is never replaced by a new one,
                which could open none of them.

        Raises:
            KeyFileError: the file is missing beside old data, readable by others, a link, malformed, or unusable.
        """
        self._path = path
        _with_reason(path, lambda: self._open(data_present))

    def current(self) -> RootKey:
        """The first key of the file as it is now."""
        if self._stamp != self._read_stamp():
            with suppress(KeyFileError, OSError):  # a running program goes on with the keys it has
                self._load()
        return self._ring.current()

    def find(self, key_id: str) -> RootKey | None:
        """Among the keys of the file as it is now."""
        self.current()
        return self._ring.find(key_id)

    def rotate(self, now_s: int) -> RootKey:
        """Put a new key first. Older ones stay for the longest time that data may live, then their lines go.

        Raises:
            KeyFileError: another rotation is under way, or the file cannot be replaced.
        """
        _with_reason(self._path, lambda: self._rotate(now_s))
        return self._ring.current()

    def _open(self, data_present: bool) -> None:
        if not os.path.lexists(self._path):
            _require_first_start(self._path, data_present)
            _create(self._path)
        self._load()

    def _load(self) -> None:
        self._stamp = self._read_stamp()
        first, self._retired = _parse(_read(self._path), self._path)
        self._ring = KeyRing.from_text(",".join([first, *(old.key for old in self._retired)]))
        self._first = first

    def _read_stamp(self) -> tuple[int, int] | None:
        with suppress(OSError):
            found = self._path.stat()
            return found.st_ino, found.st_mtime_ns
        return None

    def _rotate(self, now_s: int) -> None:
        draft = self._path.with_name(f".{self._path.name}.rotating")
        try:
            _write(draft, "")  # the draft is the lock as well: only one can make it
        except FileExistsError as exc:
            message = f"Root key {self._path}: another rotation is under way; if it is not, delete {draft}."
            raise KeyFileError(message) from exc
        try:
            self._load()
            _replace(draft, self._path, self._lines_after(now_s))
        finally:
            draft.unlink(missing_ok=True)
        self._load()

    def _lines_after(self, now_s: int) -> list[str]:
        kept = [old for old in self._retired if old.at_s + MAX_TTL_S > now_s]
        return [secrets.token_hex(KEY_BYTES), _Retired(self._first, now_s).line, *(old.line for old in kept)]


def _with_reason(path: Path, use: Callable[[], None]) -> None:
    """Use the file; what the system raises becomes a `KeyFileError`."""
    try:
        use()
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


def _replace(draft: Path, path: Path, lines: list[str]) -> None:
    with draft.open("w") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


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


def _parse(content: bytes, path: Path) -> tuple[str, list[_Retired]]:
    match = _FORM.fullmatch(content)
    if match is None:
        raise KeyFileError(f"Root key {path} does not hold 64 hex digits; put the right file back.")
    retired = [line.split(" retired ") for line in match[2].decode("ascii").split("\n")[1:]]
    return match[1].decode("ascii"), [_Retired(key, int(at_s)) for key, at_s in retired]


def _reason(error: OSError) -> str:
    return "it is a symbolic link" if error.errno == errno.ELOOP else str(error.strerror)
