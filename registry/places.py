"""Which enterprise's clock a row means: the zone of filings and orders."""

from core.registry import DEFAULT_ZONE
from registry.cells import instant
from registry.rows import Row, Rows

Book = dict[str, Rows]
"""Rows by table name; all tables are there, the absent ones without rows."""

_SCOPES = ("enterprises", "lines", "facilities")


def scope_of(book: Book, id: str) -> dict[str, Row]:
    """The row that an order's scope names, by file; more than one where the id is ambiguous."""
    found = {book[name].file: book[name].row(id) for name in _SCOPES}
    return {file: row for file, row in found.items() if row}


def zone_of(book: Book, name: str, row: Row) -> str:
    """The zone of the enterprise of a filing or order; the default where that can't be told."""
    enterprise = row.values.get("enterprise")
    if name == "orders":
        for scope in scope_of(book, row.values.get("scope", "")).values():
            enterprise = scope.values.get("enterprise", scope.written["id"])
    owner = book["enterprises"].row(enterprise)
    return str(owner.values.get("timezone", DEFAULT_ZONE)) if owner else DEFAULT_ZONE


def instants(book: Book, name: str, row: Row) -> tuple[int, int]:
    """[from, to) in ms UTC of a filing or order whose two cells are good."""
    return instant_in(book, name, row, "from"), instant_in(book, name, row, "to")


def instant_in(book: Book, name: str, row: Row, column: str) -> int:
    """ms UTC of a good cell that holds an instant."""
    return instant(row.values[column], zone_of(book, name, row))
