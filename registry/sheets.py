"""Where the tables lie: a folder of CSV files or one workbook → rows of text with the numbers people see."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import RegistryFault
from registry.columns import TABLES

MAX_BYTES = 50_000_000
MAX_ROWS = 500_000


class TooLarge(ValueError):
    """More bytes or rows than a registry has."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A cell whose text can't be trusted, and why."""

    reason: str


Cell = str | Refused


@dataclass(slots=True)
class Sheet:
    """One file or sheet as read: numbered rows, row 1 the headings, and what stopped the reading.

    `complete` is False where rows may be missing, so that references to them can't be judged.
    """

    file: str
    rows: list[tuple[int, list[Cell]]] = field(default_factory=list)
    faults: list[RegistryFault] = field(default_factory=list)
    complete: bool = True

    @property
    def next_row(self) -> int:
        """The number of the row after the last one read."""
        return self.rows[-1][0] + 1 if self.rows else 1

    def stop(self, reason: str, *, row: int | None = None) -> None:
        """Note why nothing further was read."""
        self.faults.append(RegistryFault(self.file, row, None, reason))
        self.complete = False


@dataclass(slots=True)
class Sheets:
    """Everything found: sheets by table name, and faults that belong to none of them."""

    file_of: Callable[[str], str]
    found: dict[str, Sheet] = field(default_factory=dict)
    faults: list[RegistryFault] = field(default_factory=list)

    def refuse(self, name: str, kind: str) -> None:
        """Note a file or sheet that is none of a registry's."""
        reason = f"is not a {kind} of a registry; they are {', '.join(map(self.file_of, TABLES))}"
        self.faults.append(RegistryFault(name, None, None, reason))


def from_folder(folder: Path) -> Sheets:
    """The CSV files of a folder; other files are none of ours, an unknown CSV is a fault."""
    sheets = Sheets("{}.csv".format)
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() != ".csv" or path.name.startswith((".", "~")):
            continue
        name = path.name.removesuffix(".csv")
        if name in TABLES:
            sheets.found[name] = _csv_sheet(path)
        else:
            sheets.refuse(path.name, "file")
    return sheets


def _csv_sheet(path: Path) -> Sheet:
    sheet = Sheet(path.name)
    try:
        rows = _records(_bounded(path).decode("utf-8-sig"))
        for number, cells in enumerate(rows, start=1):
            check_rows(number)
            if cells:
                sheet.rows.append((number, [cell.strip() for cell in cells]))
    except UnicodeDecodeError as error:
        sheet.stop(f"is not UTF-8 (byte {error.start + 1}); save it as 'CSV UTF-8'")
    except csv.Error as error:
        sheet.stop(f"is not well-formed CSV ({error}); rows from here on were not read", row=sheet.next_row)
    except (OSError, ValueError) as error:
        sheet.stop(unread(error))
    return sheet


def _records(content: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(content, newline=""), strict=True)


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    check_size(len(content))
    return content


def check_size(size: int) -> None:
    """TooLarge for a file too large to be a registry."""
    if size > MAX_BYTES:
        raise TooLarge(f"is larger than {MAX_BYTES // 1_000_000} MB; a registry is not that large")


def check_rows(number: int) -> None:
    """TooLarge for more rows than a registry has."""
    if number > MAX_ROWS:
        raise TooLarge(f"has more than {MAX_ROWS} rows; a registry is not that large")


def unread(error: OSError | ValueError) -> str:
    """Why a file was not read, in one line."""
    return f"can't be read: {error.strerror or error}" if isinstance(error, OSError) else str(error)
