"""How each kind of registry row is kept: its record, table, key and order."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from sqlalchemy import Column, RowMapping, Select, Table, select

from core.filing import Filing
from core.order import Order, Preset
from core.registry import Enterprise, Facility, Line, Meter, Threshold
from stores.sql import tables


@dataclass(frozen=True)
class Shelf:
    """`record` fields are columns of `table`; `order` is the column that keeps rows in the order of import."""

    record: type[Any]
    table: Table
    key: tuple[str, ...] = ("id",)
    order: str = "position"

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in fields(self.record))

    @cached_property
    def columns(self) -> tuple[Column[Any], ...]:
        return tuple(self.table.c[name] for name in self.names)

    @property
    def all(self) -> Select[Any]:
        """All rows in order."""
        return select(*self.columns, self.table.c[self.order]).order_by(self.table.c[self.order])

    def record_of(self, row: RowMapping) -> Any:
        """The record of a row that was read with this shelf's columns."""
        return self.record(**{name: row[column] for name, column in zip(self.names, self.columns, strict=True)})

    def values_of(self, record: Any) -> dict[str, Any]:
        """Column values of a record."""
        return {name: getattr(record, name) for name in self.names}

    def key_of(self, record: Any) -> tuple[str, ...]:
        """What tells a record from the others of its shelf."""
        return tuple(getattr(record, name) for name in self.key)


ENTERPRISES = Shelf(Enterprise, tables.enterprises)
LINES = Shelf(Line, tables.lines)
FACILITIES = Shelf(Facility, tables.facilities)
METERS = Shelf(Meter, tables.meters, order="number")
THRESHOLDS = Shelf(Threshold, tables.thresholds, key=("meter", "quantity", "side", "severity"))
FILINGS = Shelf(Filing, tables.filings)
ORDERS = Shelf(Order, tables.orders)
PRESETS = Shelf(Preset, tables.presets, key=("scope", "level"))

SHELVES: dict[str, Shelf] = {
    "enterprises": ENTERPRISES,
    "lines": LINES,
    "facilities": FACILITIES,
    "meters": METERS,
    "thresholds": THRESHOLDS,
    "filings": FILINGS,
    "orders": ORDERS,
    "presets": PRESETS,
}
"""By the name of the Registry's field, in an order in which references point backwards."""
