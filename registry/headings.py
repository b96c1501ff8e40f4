"""The heading row → columns, in English or Chinese."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import RegistryFault
from registry.cells import plain
from registry.columns import Column, Table
from registry.sheets import Cell, Refused, Sheet

_MOST = 100


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading as written; `column` is None where it names none, or one a second time."""

    written: str
    column: Column | None


def headings(sheet: Sheet, table: Table) -> tuple[list[Heading], list[RegistryFault]]:
    """The headings of a sheet, none where the first row is empty, and what is wrong with them."""
    cells = _used(sheet)
    if not 0 < len(cells) <= _MOST:
        reason = f"has {len(cells) or 'no'} headings; the first row names the columns"
        return [], [RegistryFault(sheet.file, 1, None, reason)] if sheet.complete else []
    known = {heading: c for c in table.columns for heading in (c.name, *c.chinese)}
    found: list[Heading] = []
    faults: list[RegistryFault] = []
    for position, cell in enumerate(cells, start=1):
        written = cell[:40] if isinstance(cell, str) and cell else f"number {position}"
        column = None if isinstance(cell, Refused) else known.get(plain(cell).casefold())
        reason = _wrong(cell, column, found, table)
        if reason:
            faults.append(RegistryFault(sheet.file, 1, written, reason))
        found.append(Heading(written, None if reason else column))
    return found, faults + _missing(sheet.file, found, table)


def _used(sheet: Sheet) -> Sequence[Cell]:
    """The first row up to its last heading; spreadsheets leave empty cells behind."""
    cells = list(sheet.rows[0][1]) if sheet.rows and sheet.rows[0][0] == 1 else []
    while cells and cells[-1] == "":
        cells.pop()
    return cells


def _wrong(cell: Cell, column: Column | None, before: Sequence[Heading], table: Table) -> str:
    if isinstance(cell, Refused):
        return cell.reason
    if not cell:
        return "has no heading"
    if column is None:
        return f"is unknown; the columns are {', '.join(c.name for c in table.columns)}"
    return f"is a second column for {column.name}" if any(h.column is column for h in before) else ""


def _missing(file: str, found: Sequence[Heading], table: Table) -> list[RegistryFault]:
    given = [heading.column for heading in found]
    return [
        RegistryFault(file, 1, column.name, f"is required and missing (in Chinese: {' or '.join(column.chinese)})")
        for column in table.columns
        if column.required and column not in given
    ]
