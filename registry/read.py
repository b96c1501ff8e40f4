"""Registry files → a checked Registry, or every fault at once."""

from pathlib import Path
from typing import Any

from core.errors import RegistryErrors, RegistryFault
from core.registry import Registry
from registry.check import CHECKS
from registry.columns import TABLES, Table
from registry.contradictions import CONTRADICTIONS
from registry.places import Book, instant_in
from registry.rows import Row, Rows, parsed
from registry.sheets import Sheets, from_folder, unread
from registry.workbook import from_workbook

_MEND = "give a folder of CSV files or one .xlsx workbook"


def read_registry(path: Path) -> Registry:
    """The registry in a folder of CSV files or in one .xlsx; the format is in docs/registry.md.

    Raises RegistryErrors with every fault found; nothing is returned unless there is none.
    """
    sheets = _sheets(path)
    faults = list(sheets.faults)
    book: Book = {}
    for table in TABLES.values():
        book[table.name], wrong = _table(sheets, table)
        faults += wrong
    for check in (*CHECKS, *CONTRADICTIONS):
        faults += check(book)
    if faults:
        raise RegistryErrors(_in_order(faults, book))
    tables: dict[str, Any] = {name: tuple(_record(book, name, r) for r in rows.rows) for name, rows in book.items()}
    return Registry(**tables)


def _sheets(path: Path) -> Sheets:
    try:
        if path.is_dir():
            return from_folder(path)
        if path.is_file() and path.suffix.lower() == ".xlsx":
            return from_workbook(path)
        reason = f"{'is not a registry' if path.exists() else 'does not exist'}; {_MEND}"
    except (OSError, ValueError) as error:
        reason = unread(error)
    raise RegistryErrors((RegistryFault(str(path), None, None, reason),))


def _table(sheets: Sheets, table: Table) -> tuple[Rows, list[RegistryFault]]:
    sheet = sheets.found.get(table.name)
    if sheet is not None:
        return parsed(sheet, table)
    file = sheets.file_of(table.name)
    missing = [RegistryFault(file, None, None, "is required and missing")] if table.required else []
    return Rows(table, file, complete=not missing), missing


def _in_order(faults: list[RegistryFault], book: Book) -> tuple[RegistryFault, ...]:
    """By file and row, as someone mending them goes along."""
    place = {rows.file: number for number, rows in enumerate(book.values())}
    return tuple(sorted(faults, key=lambda fault: (place.get(fault.file, -1), fault.row or 0)))


def _record(book: Book, name: str, row: Row) -> Any:
    values = {column.target: row.values[column.name] for column in TABLES[name].columns if column.name in row.values}
    for column in TABLES[name].columns:
        if column.target.endswith("_at") and column.target in values:
            values[column.target] = instant_in(book, name, row, column.name)
    return TABLES[name].record(**values)
