import shutil
from pathlib import Path

import pytest

from core.assistant import Catalogue, load_catalogue
from core.assistant.catalogue import DEVICE_KINDS, MEDIA_KINDS, PLACE_KINDS, Contact, Device
from core.errors import DataFileError


@pytest.fixture
def data_dir(shipped: Path, tmp_path: Path) -> Path:
    shutil.copytree(shipped, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_the_shipped_files_are_rich_enough_for_a_demo(catalogue: Catalogue) -> None:
    names = [contact.name for contact in catalogue.contacts]
    firsts = [name.split()[0] for name in names]
    assert {"Meg Jones", "Meg Bauer"} <= set(names)
    assert (firsts.count("David"), firsts.count("Anna")) == (2, 3)
    assert len(names) >= 40
    assert {device.kind for device in catalogue.devices} == set(DEVICE_KINDS)
    assert {place.kind for place in catalogue.places} == set(PLACE_KINDS)
    assert {medium.kind for medium in catalogue.media} == set(MEDIA_KINDS)


@pytest.mark.parametrize(
    "content",
    [
        b"name\nMeg Jones\n",
        b"\xef\xbb\xbfname\r\nMeg Jones\r\n",
        b"name\rMeg Jones\r",
        b'"name"\n"Meg Jones"',
        b" name \n\n  Meg   Jones \n\n",
        "name\nMeg\u2028Jones\n".encode(),
    ],
    ids=["plain", "byte order mark and CRLF", "CR", "quoted, no last line end", "blanks", "line separator"],
)
def test_the_ways_in_which_editors_save_are_all_read(data_dir: Path, content: bytes) -> None:
    (data_dir / "address_book.csv").write_bytes(content)
    assert load_catalogue(data_dir).contacts == (Contact("Meg Jones"),)


def test_columns_may_stand_in_any_order(data_dir: Path) -> None:
    (data_dir / "devices.csv").write_text("room,name,kind\nattic,desk lamp,Lamp\n", encoding="utf-8")
    assert load_catalogue(data_dir).devices == (Device("desk lamp", "lamp", "attic"),)


def test_a_file_with_a_header_only_is_empty(data_dir: Path) -> None:
    (data_dir / "address_book.csv").write_text("name\n", encoding="utf-8")
    assert load_catalogue(data_dir).contacts == ()


KIND = "; it must be one of"


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("address_book.csv", "nmae\nMeg\n", "address_book.csv, line 1: unknown column 'nmae'; did you mean 'name'?"),
        ("address_book.csv", "Name\nMeg\n", "address_book.csv, line 1: unknown column 'Name'; did you mean 'name'?"),
        (
            "address_book.csv",
            "Meg Jones\n",
            "address_book.csv, line 1: column 1 is unknown; the first line must read name",
        ),
        ("address_book.csv", "name,phone\nMeg,1\n", "address_book.csv, line 1: column 2 is unknown"),
        ("address_book.csv", "name,name\nMeg,Meg\n", "address_book.csv, line 1: column 'name' is there twice"),
        ("address_book.csv", "", "address_book.csv, line 1: column 'name' is missing; the first line must read name"),
        ("address_book.csv", "name\nMeg\nJones, Meg\n", "address_book.csv, line 3: 2 cells where the header has 1"),
        ("address_book.csv", "name\n---\n", "address_book.csv, line 2, name: is empty"),
        (
            "address_book.csv",
            f"name\nTom\n{'x' * 100_000}\n",
            "line 3, name: is longer than 200 characters; shorten it.",
        ),
        ("address_book.csv", "name\nMeg\n\nmeg\n", "address_book.csv, line 4, name: the same as on line 2"),
        (
            "address_book.csv",
            'name\n"Meg\nJones"\nMeg Jones\n',
            "address_book.csv, line 4, name: the same as on line 2",
        ),
        ("address_book.csv", 'name\nTom\n"Meg\n', "address_book.csv, line 3: no valid CSV"),
        ("devices.csv", "name,kind\nlamp,lamp\n", "devices.csv, line 1: column 'room' is missing"),
        ("devices.csv", "name;kind;room\nMeg;lamp;x\n", "the first line must read name,kind,room."),
        (
            "devices.csv",
            "name,kind,room\nMeg,ligth,x\n",
            "devices.csv, line 2, kind: unknown kind 'ligth'; did you mean 'light'?",
        ),
        (
            "devices.csv",
            "name,kind,room\nx,Meg,x\n",
            f"devices.csv, line 2, kind: unknown kind{KIND} light, lamp, plug",
        ),
        ("devices.csv", "name,kind,room\n,lamp,x\n", "devices.csv, line 2, name: is empty"),
        ("devices.csv", "name,kind,room\nMeg,,x\n", "devices.csv, line 2, kind: is empty"),
        ("devices.csv", "name,kind,room\nMeg,lamp,\n", "devices.csv, line 2, room: is empty"),
        ("places.csv", "name,kind,street\nMeg,bar,x\n", f"places.csv, line 2, kind: unknown kind{KIND} coffee shop"),
        ("places.csv", "name,kind,street\nMeg,cinema,\n", "places.csv, line 2, street: is empty"),
        (
            "artists.csv",
            "name,kind\nMeg,artists\n",
            "artists.csv, line 2, kind: unknown kind 'artists'; did you mean 'artist'?",
        ),
        ("artists.csv", "name,kind\nMeg,artist\nMEG,album\n", "artists.csv, line 3, name: the same as on line 2"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_field(data_dir: Path, file: str, content: str, message: str) -> None:
    (data_dir / file).write_text(content, encoding="utf-8")
    told = refuse(data_dir)
    assert message in told
    assert "Meg" not in told


def test_a_missing_file_is_named_without_its_folder(data_dir: Path) -> None:
    (data_dir / "places.csv").unlink()
    assert refuse(data_dir) == "places.csv is missing from the data folder; put it back or set DATA_DIR."


def test_a_folder_in_the_place_of_a_file_is_told(data_dir: Path) -> None:
    (data_dir / "places.csv").unlink()
    (data_dir / "places.csv").mkdir()
    assert refuse(data_dir) == "places.csv cannot be read; check that it is a file and may be read."


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_another_encoding_is_told(data_dir: Path, encoding: str) -> None:
    (data_dir / "address_book.csv").write_text("name\nMeg\nZoë\n", encoding=encoding)
    line = {"latin-1": 3, "utf-16": 1}[encoding]
    assert refuse(data_dir) == f"address_book.csv, line {line}: not UTF-8; save the file as CSV UTF-8."


def refuse(data_dir: Path) -> str:
    with pytest.raises(DataFileError) as raised:
        load_catalogue(data_dir)
    told = str(raised.value)
    assert "\n" not in told
    assert told.endswith((".", "?"))
    assert "?." not in told
    assert str(data_dir) not in told
    return told
