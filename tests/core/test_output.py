"""The file that a command will write."""

from pathlib import Path

import pytest

from core.errors import OutputError
from core.output import check_output, write_whole


@pytest.mark.parametrize("name", [".", "missing/mask.npz", "file/mask.npz", "x" * 300])
def test_where_nothing_can_be_written_it_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for attempt in (check_output, lambda path: write_whole(path, b"new")):
        with pytest.raises(OutputError, match="choose another --out") as caught:
            attempt(tmp_path / name)
        assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_who_asks_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "mask.npz"
    check_output(path)
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"old")
    check_output(path)
    assert path.read_bytes() == b"old"


def test_what_is_written_is_there_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "mask.npz"
    for data in (b"old", b"new"):
        write_whole(path, data)
        assert path.read_bytes() == data
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_written_is_as_open_to_others_as_any_file(tmp_path: Path) -> None:
    write_whole(tmp_path / "mask.npz", b"new")
    (tmp_path / "any").touch()
    assert (tmp_path / "mask.npz").stat().st_mode == (tmp_path / "any").stat().st_mode
