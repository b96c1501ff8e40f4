"""A Registry → CSV files that read back to an equal one."""

import csv
from enum import StrEnum
from pathlib import Path

from core.interval import to_text
from core.registry import Registry
from registry.columns import TABLES, Column


def write_registry(registry: Registry, folder: Path) -> None:
    """Write all files, UTF-8, English headings, over those that are there; instants in UTC."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in TABLES.values():
        with (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(column.name for column in table.columns)
            for record in getattr(registry, table.name):
                rows.writerow(_cell(column, getattr(record, column.target)) for column in table.columns)


def _cell(column: Column, value: object) -> str:
    if value is None:
        return ""
    if column.target.endswith("_at") and isinstance(value, int):
        return to_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, frozenset):
        return _members(value)
    return str(value)


def _members(values: frozenset[object]) -> str:
    """Weekdays with commas, ids and words with blanks."""
    separator = "," if any(isinstance(value, int) for value in values) else " "
    return separator.join(sorted(str(value) for value in values))
