"""Plain rows → an .xlsx workbook for people who work on with a list."""

import math
import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

Cell = str | float | None
Sheet = tuple[str, Sequence[Sequence[Cell]]]

MOST_ROWS = 30_000
LONGEST_TEXT = 8_000
WIDEST = 60

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_TITLE = re.compile(r"[\[\]:*?/\\'\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_HEADING, _HEADING_FILL = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="1F4E5F")


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """An .xlsx of sheets, the first row of each being its headings; 30,000 rows of a sheet at most.

    Text that a spreadsheet would take for a formula (it starts with = + - @) gets an apostrophe in front.
    """
    book = Workbook(write_only=True)
    for title, rows in sheets:
        _fill(book.create_sheet(_NO_TITLE.sub(" ", title)[:31] or "–"), rows)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Any, rows: Sequence[Sequence[Cell]]) -> None:
    kept = rows[: MOST_ROWS + 1]
    for number, width in enumerate(_widths(kept), start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    if kept and kept[0]:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(kept[0]))}{len(kept)}"
    for number, row in enumerate(kept):
        sheet.append([_cell(sheet, value, heading=number == 0) for value in row])
    if len(rows) > len(kept):
        sheet.append([f"… {len(rows) - len(kept)}"])


def _cell(sheet: Any, value: Cell, *, heading: bool) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        cell = WriteOnlyCell(sheet, value=value if math.isfinite(value) else None)
        cell.number_format = "0" if float(value).is_integer() else "#,##0.00"
        return cell
    cell = WriteOnlyCell(sheet, value=None if value is None else plain(str(value)))
    if value is not None:
        cell.data_type = "s"
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if heading:
        cell.font, cell.fill = _HEADING, _HEADING_FILL
    return cell


def plain(text: str) -> str:
    """The text as no spreadsheet runs it and every .xlsx can hold it."""
    kept = _CONTROL.sub("", text)[:LONGEST_TEXT]
    return f"'{kept}" if kept.startswith(_FORMULA) else kept


def _widths(rows: Sequence[Sequence[Cell]]) -> list[float]:
    """Wide enough for the first rows; Chinese characters take two columns."""
    columns = max((len(row) for row in rows[:1]), default=0)
    sample = [[_breadth(value) for value in row] for row in rows[:200]]
    return [min(WIDEST, 3 + max(row[i] for row in sample if i < len(row))) for i in range(columns)]


def _breadth(value: Cell) -> int:
    text = f"{value:,.2f}" if isinstance(value, float) and math.isfinite(value) else str(value or "")
    return max((sum(2 if ord(c) > 0x2E80 else 1 for c in line) for line in text.split("\n")), default=0)
