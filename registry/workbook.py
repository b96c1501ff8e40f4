"""One .xlsx → rows of text: what a cell shows, not how the spreadsheet keeps it."""

import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from registry.columns import TABLES
from registry.sheets import MAX_ROWS, Cell, Refused, Sheet, Sheets, TooLarge, check_rows, check_size

MAX_UNPACKED_BYTES = 250_000_000
_MAX_COLUMNS = 40
"""More than any table has: headings further right can only follow ones that are refused."""
_EXACT_BELOW = 10**15
"""Spreadsheets keep 15 digits of a number; what is longer has lost its last ones."""


def from_workbook(path: Path) -> Sheets:
    """The sheets of a workbook; one that is not ours is a fault unless it is empty.

    OSError or ValueError where the workbook as a whole can't be read.
    """
    sheets = Sheets(str)
    _check_sizes(path)
    _read(path, sheets)
    return sheets


def _check_sizes(path: Path) -> None:
    check_size(path.stat().st_size)
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except OSError:
        raise
    except Exception as error:  # not a zip, or one that zipfile does not know
        raise ValueError("is not an .xlsx workbook; save it again as .xlsx") from error
    if unpacked > MAX_UNPACKED_BYTES:
        raise TooLarge(f"unpacks to more than {MAX_UNPACKED_BYTES // 1_000_000} MB; a registry is not that large")


def _read(path: Path, sheets: Sheets) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and dates; a cell that matters becomes a fault below
        try:
            workbook = load_workbook(path, read_only=True, data_only=True)
        except Exception as error:  # a damaged part raises whatever its parser meets
            raise ValueError(f"is a damaged workbook ({type(error).__name__}); save it again as .xlsx") from error
        try:
            for worksheet in workbook.worksheets:
                _take(worksheet, sheets)
        finally:
            workbook.close()


def _take(worksheet: Any, sheets: Sheets) -> None:
    sheet = _sheet(worksheet)
    if sheet.file in TABLES:
        sheets.found[sheet.file] = sheet
    elif any(any(cells) for _, cells in sheet.rows) or not sheet.complete:
        sheets.refuse(sheet.file, "sheet")


def _sheet(worksheet: Any) -> Sheet:
    sheet = Sheet(worksheet.title)
    try:
        worksheet.reset_dimensions()  # what the file claims of its own size is not to be believed
        for number, cells in _rows(worksheet):
            sheet.rows.append((number, cells))
    except TooLarge as error:
        sheet.stop(str(error), row=sheet.next_row)
    except Exception as error:  # as above
        sheet.stop(f"is damaged ({type(error).__name__}); rows from here on were not read", row=sheet.next_row)
    return sheet


def _rows(worksheet: Any) -> Iterator[tuple[int, list[Cell]]]:
    for number, cells in enumerate(worksheet.iter_rows(max_row=MAX_ROWS + 1, max_col=_MAX_COLUMNS), start=1):
        check_rows(number)  # also the empty ones: what lies beyond them must not be lost in silence
        shown = [_shown(cell) for cell in cells]
        while shown and shown[-1] == "":
            shown.pop()
        if shown or number == 1:
            yield number, shown


def _shown(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        return Refused(f"holds the spreadsheet error {value}")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value, cell.number_format)
    return str(value).strip() if isinstance(value, str) else _wall_time(value)


def _number(value: float, number_format: str) -> Cell:
    if abs(value) >= _EXACT_BELOW:
        return Refused("is a number of more than 15 digits, of which spreadsheets lose the last; format it as text")
    if "%" in number_format:
        return f"{round(value * 100, 10):g}%"
    return str(int(value)) if value == int(value) else repr(value)


def _wall_time(value: Any) -> Cell:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return Refused(f"holds a {type(value).__name__}, which is not text, a number or a time")
