"""Rows of text → parsed rows: each cell by its column's parser, every fault noted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from core.errors import RegistryFault
from registry.columns import Column, Table
from registry.headings import Heading, headings
from registry.sheets import Cell, Refused, Sheet


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `written` as text and `values` as parsed, by column name; only the good cells have a value."""

    number: int
    written: dict[str, str]
    values: dict[str, Any]


@dataclass(frozen=True)
class Rows:
    """The rows of one table. `headings` are the columns that the file has, as it writes them.

    `complete` is False where rows or their ids may be missing, so that references can't be judged.
    """

    table: Table
    file: str
    rows: tuple[Row, ...] = ()
    headings: dict[str, str] = field(default_factory=dict)
    complete: bool = True

    def fault(self, row: Row, column: str, reason: str) -> RegistryFault:
        """A fault of one cell, with the place as the user sees it."""
        return RegistryFault(self.file, row.number, self.headings.get(column, column), reason)

    @cached_property
    def by_id(self) -> dict[str, list[Row]]:
        """Rows by id as written, also where other cells are bad: a reference to them is not a second fault."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            if row.written.get("id"):
                found.setdefault(row.written["id"], []).append(row)
        return found

    def row(self, id: str | None) -> Row | None:
        """The first row of that id."""
        return self.by_id[id][0] if id in self.by_id else None

    def lacks(self, id: str) -> bool:
        """Whether a reference to that id surely goes nowhere."""
        return self.complete and id not in self.by_id


def parsed(sheet: Sheet, table: Table) -> tuple[Rows, list[RegistryFault]]:
    """The rows of a sheet and every fault of its headings and cells."""
    heads, faults = headings(sheet, table)
    faults = [*sheet.faults, *faults]
    if not heads:
        return Rows(table, sheet.file, complete=False), faults
    rows = []
    for number, cells in sheet.rows[1:]:
        if any(cells):
            row, wrong = _row(number, cells, heads)
            rows.append(row)
            faults += [RegistryFault(sheet.file, number, column, reason) for column, reason in wrong]
    written = {head.column.name: head.written for head in heads if head.column}
    has_ids = "id" in written or all(column.name != "id" for column in table.columns)
    return Rows(table, sheet.file, tuple(rows), written, sheet.complete and has_ids), faults


def _row(number: int, cells: Sequence[Cell], heads: Sequence[Heading]) -> tuple[Row, list[tuple[str | None, str]]]:
    row = Row(number, {}, {})
    wrong: list[tuple[str | None, str]] = []
    if any(cells[len(heads) :]):
        wrong.append((None, f"has more cells than the {len(heads)} headings"))
    for position, head in enumerate(heads):
        cell = cells[position] if position < len(cells) else ""
        if head.column and (reason := _fill(row, head.column, cell)):
            wrong.append((head.written, reason))
    return row, wrong


def _fill(row: Row, column: Column, cell: Cell) -> str:
    """Put a cell into the row; the reason where it can't be, else ""."""
    if isinstance(cell, Refused):
        return cell.reason
    row.written[column.name] = cell
    if not cell:
        return "is required and empty" if column.required else ""
    try:
        row.values[column.name] = column.parse(cell)
    except ValueError as error:
        return str(error)
    return ""
