"""The registry in the database: imports are merged, rows keep their order, meters keep their numbers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.errors import RegistryErrors, RegistryFault
from core.registry import Registry
from stores.sql.engine import Database
from stores.sql.shelves import METERS, SHELVES, Shelf
from stores.sql.tables import imports


class SqlRegistryBook:
    """core.ports.RegistryBook."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def load(self) -> Registry:
        """The whole registry in one consistent view."""
        with self._db.read() as connection:
            rows = {name: tuple(_stored(connection, shelf).values()) for name, shelf in SHELVES.items()}
            return Registry(**rows, version=_version(connection))

    def version(self) -> int:
        """0 before the first import."""
        with self._db.read() as connection:
            return _version(connection)

    def save(self, registry: Registry, *, by: str, now: int) -> bool:
        """Merge a checked registry; RegistryErrors where its rows don't fit those that are already there."""
        with self._db.write() as connection:
            changed = _merge_all(connection, registry)
            if changed:
                connection.execute(insert(imports).values(at=now, actor=by, changed_rows=changed))
        return changed > 0


def _version(connection: Connection) -> int:
    version: int = connection.execute(select(func.coalesce(func.max(imports.c.version), 0))).scalar_one()
    return version


def _merge_all(connection: Connection, registry: Registry) -> int:
    try:
        changed = sum(_merge(connection, shelf, getattr(registry, name)) for name, shelf in SHELVES.items())
    except IntegrityError as error:
        fault = RegistryFault("registry", None, None, "a row refers to one that is neither here nor in the database")
        raise RegistryErrors((fault,)) from error
    _refuse_shared_addresses(connection)
    return changed


def _merge(connection: Connection, shelf: Shelf, records: Sequence[Any]) -> int:
    """Insert and update what differs from the stored rows; return how many rows that were."""
    stored = _stored(connection, shelf)
    wanted = {shelf.key_of(record): record for record in records}
    fresh = [record for key, record in wanted.items() if key not in stored]
    changed = [record for key, record in wanted.items() if key in stored and stored[key] != record]
    if fresh:
        first = _next(connection, shelf)
        rows = [shelf.values_of(record) | {shelf.order: first + i} for i, record in enumerate(fresh)]
        connection.execute(insert(shelf.table), rows)
    if changed:
        _update(connection, shelf, changed)
    return len(fresh) + len(changed)


def _stored(connection: Connection, shelf: Shelf) -> dict[tuple[str, ...], Any]:
    records = (shelf.record_of(row) for row in connection.execute(shelf.all).mappings())
    return {shelf.key_of(record): record for record in records}


def _next(connection: Connection, shelf: Shelf) -> int:
    # Rows are never deleted, so one past the highest was never given out before.
    highest = func.max(shelf.table.c[shelf.order])
    number: int = connection.execute(select(func.coalesce(highest + 1, 0))).scalar_one()
    return number


def _update(connection: Connection, shelf: Shelf, records: Sequence[Any]) -> None:
    columns = shelf.table.c
    statement = update(shelf.table).where(*(columns[name] == bindparam(f"key_{name}") for name in shelf.key))
    rest = [name for name in shelf.names if name not in shelf.key]
    statement = statement.values({name: bindparam(f"new_{name}", type_=columns[name].type) for name in rest})
    connection.execute(statement, [_bound(shelf, record, rest) for record in records])


def _bound(shelf: Shelf, record: Any, rest: Sequence[str]) -> dict[str, Any]:
    keys = {f"key_{name}": getattr(record, name) for name in shelf.key}
    return keys | {f"new_{name}": getattr(record, name) for name in rest}


def _refuse_shared_addresses(connection: Connection) -> None:
    """A message's address must lead to one meter, also where two imports came from different hands."""
    meters = METERS.table.c
    shared = select(meters.address).where(meters.address.is_not(None)).group_by(meters.address)
    rows = connection.execute(shared.having(func.count() > 1).order_by(meters.address)).scalars().all()
    if rows:
        reason = "more than one meter, of this file or in the database, has the address"
        raise RegistryErrors(tuple(RegistryFault("meters", None, "address", f"{reason} {row}") for row in rows))
