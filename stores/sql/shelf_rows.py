"""Reading and writing the rows of a shelf, as they are now."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from stores.sql.shelves import Shelf


def stored(connection: Connection, shelf: Shelf) -> dict[tuple[str, ...], Any]:
    """Every record of a shelf by its key, in order."""
    records = (shelf.record_of(row) for row in connection.execute(shelf.all).mappings())
    return {shelf.key_of(record): record for record in records}


def add(connection: Connection, shelf: Shelf, records: Sequence[Any]) -> None:
    """Insert records after those that are there."""
    if records:
        first = _next(connection, shelf)
        rows = [shelf.values_of(record) | {shelf.order: first + i} for i, record in enumerate(records)]
        connection.execute(insert(shelf.table), rows)


def replace(connection: Connection, shelf: Shelf, records: Sequence[Any]) -> None:
    """Update the rows of these keys."""
    if not records:
        return
    columns = shelf.table.c
    statement = update(shelf.table).where(*(columns[name] == bindparam(f"key_{name}") for name in shelf.key))
    rest = [name for name in shelf.names if name not in shelf.key]
    statement = statement.values({name: bindparam(f"new_{name}", type_=columns[name].type) for name in rest})
    connection.execute(statement, [_bound(shelf, record, rest) for record in records])


def remove(connection: Connection, shelf: Shelf, keys: Iterable[tuple[Any, ...]]) -> None:
    """Delete the rows of these keys; of limits only, which nothing refers to."""
    for key in keys:
        same = (shelf.table.c[name] == value for name, value in zip(shelf.key, key, strict=True))
        connection.execute(delete(shelf.table).where(*same))


def _next(connection: Connection, shelf: Shelf) -> int:
    # Rows with a number of their own are never deleted, so one past the highest was never given out before.
    highest = func.max(shelf.table.c[shelf.order])
    number: int = connection.execute(select(func.coalesce(highest + 1, 0))).scalar_one()
    return number


def _bound(shelf: Shelf, record: Any, rest: Sequence[str]) -> dict[str, Any]:
    keys = {f"key_{name}": getattr(record, name) for name in shelf.key}
    return keys | {f"new_{name}": getattr(record, name) for name in rest}
