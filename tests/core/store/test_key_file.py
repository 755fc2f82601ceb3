"""The root key's file: made once, read by its owner only, rotated, and never replaced beside old data."""

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import KeyFileError
from core.settings import MAX_TTL_S
from core.store.key_file import KeyFile
from core.store.keys import RootKey
from core.store.vault import Vault

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


NOW_S = 1_700_000_000


def test_a_rotated_key_wraps_and_the_old_one_is_still_found(key_file: Path) -> None:
    old = RootKey.from_bytes(KEY)
    keys = KeyFile(key_file, data_present=True)
    new = keys.rotate(NOW_S)
    assert new != old
    for one in (keys, KeyFile(key_file, data_present=True)):
        assert (one.current(), one.find(new.key_id), one.find(old.key_id)) == (new, new, old)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert [file.name for file in key_file.parent.iterdir()] == ["root.key"]


def test_an_old_key_goes_once_nothing_that_it_wrapped_can_be_alive(key_file: Path) -> None:
    keys = KeyFile(key_file, data_present=True)
    keys.rotate(NOW_S)
    keys.rotate(NOW_S + MAX_TTL_S - 1)
    assert keys.find(RootKey.from_bytes(KEY).key_id) is not None
    keys.rotate(NOW_S + MAX_TTL_S)
    assert keys.find(RootKey.from_bytes(KEY).key_id) is None
    assert KEY.hex() not in key_file.read_text()
    assert len(key_file.read_text().splitlines()) == 3


def test_a_running_program_notices_a_rotation_by_another(key_file: Path) -> None:
    running, other = (KeyFile(key_file, data_present=True) for _ in range(2))
    new = other.rotate(NOW_S)
    assert running.find(new.key_id) == new
    assert running.current() == new


def test_a_running_program_goes_on_when_its_key_file_is_gone(key_file: Path) -> None:
    keys = KeyFile(key_file, data_present=True)
    key_file.unlink()
    assert keys.current() == RootKey.from_bytes(KEY)


def test_two_rotations_at_once_are_one(key_file: Path) -> None:
    keys = KeyFile(key_file, data_present=True)
    key_file.with_name(".root.key.rotating").touch()
    with pytest.raises(KeyFileError, match="another rotation is under way; if it is not, delete"):
        keys.rotate(NOW_S)
    assert keys.current() == RootKey.from_bytes(KEY)
    assert key_file.read_text() == KEY.hex() + "\n"


def test_what_was_sealed_before_a_rotation_opens_after_it(key_file: Path, vault: Vault) -> None:
    keys = KeyFile(key_file, data_present=True)
    before = Vault(vault.store, keys, 300, vault.now_ms).begin()
    data_id = before.put(b"Call Meg.")
    entry = before.record("utterance", data_id)
    keys.rotate(NOW_S)
    resumed = Vault(vault.store, KeyFile(key_file, data_present=True), 300, vault.now_ms).resume(entry)
    assert resumed.open([data_id]) == {data_id: b"Call Meg."}
    assert Vault(vault.store, keys, 300, vault.now_ms).begin().header.key_id != entry.header.key_id
