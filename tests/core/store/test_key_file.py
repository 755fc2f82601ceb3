"""The root key's file: made once, read by its owner only, rotated, and never replaced beside old data."""

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import KeyFileError
from core.store.key_file import KeyFile
from core.store.keys import RootKey

KEY = bytes(range(32))
HEX = KEY.hex().encode()


def load_root_key(path: Path, data_present: bool) -> RootKey:
    return KeyFile(path, data_present).current()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "root.key"


@pytest.fixture
def key_file(path: Path) -> Path:
    path.parent.mkdir()
    path.write_text(KEY.hex() + "\n")
    path.chmod(0o600)
    return path


def test_the_first_start_makes_a_key_that_the_next_start_reads(path: Path) -> None:
    made = load_root_key(path, data_present=False)
    assert len(made.key) == 32
    assert load_root_key(path, data_present=True) == made
    assert load_root_key(path, data_present=False) == made


def test_the_file_is_for_the_owner_only_and_nothing_else_is_left(path: Path) -> None:
    load_root_key(path, data_present=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["root.key"]


def test_two_files_hold_two_keys(tmp_path: Path) -> None:
    keys = {load_root_key(tmp_path / name, data_present=False).key for name in ("one.key", "two.key")}
    assert len(keys) == 2


def test_of_many_first_starts_at_once_all_get_the_same_key(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_root_key(path, data_present=False).key, range(32)))
    assert len(keys) == 1
    assert [file.name for file in path.parent.iterdir()] == ["root.key"]


def test_a_missing_key_beside_old_data_is_refused_and_none_is_made(path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"root\.key is missing, but the store holds data.*put the file back"):
        load_root_key(path, data_present=True)
    assert not path.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666])
def test_a_key_open_to_others_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    with pytest.raises(KeyFileError, match=r"root\.key is open to others; run: chmod 600"):
        load_root_key(key_file, data_present=True)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_of_the_owner_is_read(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    assert load_root_key(key_file, data_present=True) == RootKey.from_bytes(KEY)


@pytest.mark.parametrize("text", [KEY.hex(), KEY.hex() + "\n", KEY.hex().upper() + "\n"])
def test_a_key_may_be_written_by_hand(key_file: Path, text: str) -> None:
    key_file.write_text(text)
    assert load_root_key(key_file, data_present=True).key == KEY


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", KEY, b"g" * 64, HEX[:-1], HEX + b"0", HEX + b"\n\n", b" " + HEX, HEX * 2, b"\xff" * 64, b"0" * 10**6],
    ids=["empty", "empty line", "raw", "no hex", "short", "long", "two lines", "space", "twice", "no text", "huge"],
)
def test_a_malformed_key_is_refused_and_not_quoted(key_file: Path, content: bytes) -> None:
    key_file.write_bytes(content)
    with pytest.raises(KeyFileError, match=r"root\.key does not hold 64 hex digits; put the right file back") as caught:
        load_root_key(key_file, data_present=False)
    assert KEY.hex()[:8] not in str(caught.value)
    assert key_file.read_bytes() == content


@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_is_refused(key_file: Path, dangling: bool) -> None:
    link = key_file.with_name("link.key")
    link.symlink_to("nowhere" if dangling else key_file)
    with pytest.raises(KeyFileError, match=r"link\.key: it is a symbolic link; point ROOT_KEY_FILE at a plain file"):
        load_root_key(link, data_present=False)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_plain_file_is_refused_at_once(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "root.key"
    make(path)
    with pytest.raises(KeyFileError, match=r"root\.key.*plain file"):
        load_root_key(path, data_present=False)


def test_a_folder_that_cannot_be_made_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("no folder")
    with pytest.raises(KeyFileError, match=r"root\.key: .*; point ROOT_KEY_FILE at a plain file"):
        load_root_key(tmp_path / "file.txt" / "root.key", data_present=False)
