"""Reading a small CSV file that a person edits: a mistake is told with file, line and field, never with a name."""

import csv
import difflib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataFileError

# Near enough for a slip of the fingers. A contact's name in the place of a header is not, and is never repeated.
NEAR_NAME = 0.7

MAX_CELL_CHARS = 200  # a name is spoken in a reply: one of 100 kB would take two hours

Cells = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one line by column; blanks at the ends and in a row are gone."""

    file: str
    line: int
    cells: dict[str, str]

    def require(self, column: str) -> str:
        """The cell, which must hold a letter or a digit.

        Raises:
            DataFileError: it is empty, or longer than anything that is read out.
        """
        text = self.cells[column]
        if len(text) > MAX_CELL_CHARS:
            raise self.error(column, f"is longer than {MAX_CELL_CHARS} characters; shorten it.")
        if not any(letter.isalnum() for letter in text):
            raise self.error(column, "is empty; fill it or delete the line.")
        return text

    def require_one_of(self, column: str, known: Sequence[str]) -> str:
        """The cell in small letters, which must be one of `known`.

        Raises:
            DataFileError: it is none of them.
        """
        text = self.require(column).casefold()
        if text in known:
            return text
        way_out = _find_near(text, known) or f"; it must be one of {', '.join(known)}."
        raise self.error(column, f"unknown {column}{way_out}")

    def error(self, column: str, problem: str) -> DataFileError:
        """An error that names where it is."""
        return DataFileError(f"{self.file}, line {self.line}, {column}: {problem}")


def read_rows(path: Path, columns: Sequence[str]) -> list[Row]:
    """Read a CSV file whose first line names exactly `columns`, in any order. Blank lines are left out.

    Raises:
        DataFileError: the file is missing, unreadable, not UTF-8 or no CSV, or a line does not fit its header.
    """
    lines = _parse(path.name, _read_text(path))
    _, header = next(lines, (1, []))
    _check_header(path.name, header, columns)
    return [_build_row(path.name, line, header, cells) for line, cells in lines]


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError as exc:
        raise DataFileError(f"{path.name} is missing from the data folder; put it back or set DATA_DIR.") from exc
    except OSError as exc:
        raise DataFileError(f"{path.name} cannot be read; check that it is a file and may be read.") from exc
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        # The cause holds the bytes of the file, so it is not chained.
        raise DataFileError(f"{path.name}, line {line}: not UTF-8; save the file as CSV UTF-8.") from None


def _parse(file: str, text: str) -> Iterator[Cells]:
    """Yield the line on which a row begins and its cells, trimmed."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            trimmed = [" ".join(cell.split()) for cell in cells]
            if any(trimmed):
                yield line, trimmed
            line = reader.line_num + 1
    except csv.Error as exc:
        raise DataFileError(f"{file}, line {line}: no valid CSV ({exc}); check its quotes.") from exc


def _check_header(file: str, header: Sequence[str], columns: Sequence[str]) -> None:
    wanted = ",".join(columns)
    for number, column in enumerate(header, start=1):
        if column not in columns:
            near = _find_near(column, columns)
            plain = f"column {number} is unknown; the first line must read {wanted}."
            raise DataFileError(f"{file}, line 1: {f'unknown column{near}' if near else plain}")
        if column in header[: number - 1]:
            raise DataFileError(f"{file}, line 1: column '{column}' is there twice; delete one.")
    for column in columns:
        if column not in header:
            raise DataFileError(f"{file}, line 1: column '{column}' is missing; the first line must read {wanted}.")


def _build_row(file: str, line: int, header: Sequence[str], cells: Sequence[str]) -> Row:
    if len(cells) != len(header):
        problem = f"{len(cells)} cells where the header has {len(header)}; quote a cell that holds a comma"
        raise DataFileError(f"{file}, line {line}: {problem}.")
    return Row(file, line, dict(zip(header, cells, strict=True)))


def _find_near(text: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(text.casefold(), known, n=1, cutoff=NEAR_NAME)
    return f" '{text}'; did you mean '{near[0]}'?" if near else ""
