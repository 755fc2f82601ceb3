"""What the assistant knows of: contacts, devices, places and media, read from four CSV files that a user may edit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from core.assistant.csv_table import Row, read_rows

DEVICE_KINDS = ("light", "lamp", "plug", "thermostat", "blinds")
PLACE_KINDS = ("coffee shop", "restaurant", "cinema", "petrol station")
MEDIA_KINDS = ("artist", "album", "playlist")


@dataclass(frozen=True, slots=True)
class Contact:
    """Someone who can be called."""

    name: str


@dataclass(frozen=True, slots=True)
class Device:
    """Something that can be switched."""

    name: str
    kind: str
    room: str


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go."""

    name: str
    kind: str
    street: str


@dataclass(frozen=True, slots=True)
class Media:
    """Something to listen to."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that the four services know of, in the order of the files."""

    contacts: tuple[Contact, ...]
    devices: tuple[Device, ...]
    places: tuple[Place, ...]
    media: tuple[Media, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All that may be named."""
        entries: list[Named] = [*self.contacts, *self.devices, *self.places, *self.media]
        return tuple(entry.name for entry in entries)


class Named(Protocol):
    """Whatever has a name."""

    @property
    def name(self) -> str:
        """As it is spoken and written."""


Entry = TypeVar("Entry", bound=Named)


def load_catalogue(data_dir: Path) -> Catalogue:
    """Read address_book.csv, devices.csv, places.csv and artists.csv.

    Raises:
        DataFileError: a file is missing or cannot be used; the message names file, line and field.
    """
    return Catalogue(
        contacts=_load(data_dir / "address_book.csv", ["name"], _read_contact),
        devices=_load(data_dir / "devices.csv", ["name", "kind", "room"], _read_device),
        places=_load(data_dir / "places.csv", ["name", "kind", "street"], _read_place),
        media=_load(data_dir / "artists.csv", ["name", "kind"], _read_media),
    )


def _load(path: Path, columns: Sequence[str], read: Callable[[Row], Entry]) -> tuple[Entry, ...]:
    first_lines: dict[str, int] = {}
    entries: list[Entry] = []
    for row in read_rows(path, columns):
        entry = read(row)
        line = first_lines.setdefault(entry.name.casefold(), row.line)
        if line != row.line:
            raise row.error("name", f"the same as on line {line}; delete one or tell them apart.")
        entries.append(entry)
    return tuple(entries)


def _read_contact(row: Row) -> Contact:
    return Contact(row.require("name"))


def _read_device(row: Row) -> Device:
    return Device(row.require("name"), row.require_one_of("kind", DEVICE_KINDS), row.require("room"))


def _read_place(row: Row) -> Place:
    return Place(row.require("name"), row.require_one_of("kind", PLACE_KINDS), row.require("street"))


def _read_media(row: Row) -> Media:
    return Media(row.require("name"), row.require_one_of("kind", MEDIA_KINDS))
