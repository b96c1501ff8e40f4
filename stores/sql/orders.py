"""Control orders: lists, issuing and revoking, each in one transaction with its step."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select

from core.errors import NotAllowed
from core.filing_life import Step
from core.jurisdiction import Scope, User
from core.measures import ListedOrder, OrderFilter
from core.order import Order
from core.order_life import ISSUE, REVOKE, Clash, Nesting, checked, clashes, revoked
from core.records import Page
from stores.sql import shelf_rows
from stores.sql.engine import Database
from stores.sql.paging import bounded, page_of, read_cursor
from stores.sql.scoping import within
from stores.sql.shelves import ENTERPRISES, ORDERS
from stores.sql.steps import grow, is_there, note, owner_of, read_steps, replace_if
from stores.sql.tables import enterprises, facilities, lines, order_steps, orders, response_orders

OWNER = owner_of(orders.c.scope, orders)


class SqlOrderBook:
    """core.ports.OrderBook."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def orders(self, scope: Scope, wanted: OrderFilter, *, limit: int, cursor: str | None = None) -> Page[ListedOrder]:
        """The last entered first."""
        query = _narrowed(within(listing(), scope, OWNER), wanted)
        query = query.order_by(orders.c.position.desc()).limit(bounded(limit) + 1)
        if cursor is not None:
            query = query.where(orders.c.position < read_cursor(cursor)[0])
        with self._db.read() as connection:
            rows = connection.execute(query).mappings().all()
        page = page_of(rows, limit, lambda row: str(row[orders.c.position]))
        return Page(tuple(_listed(row) for row in page.rows), page.cursor)

    def order(self, scope: Scope, id: str) -> ListedOrder | None:
        with self._db.read() as connection:
            return _one(connection, scope, id)

    def steps(self, scope: Scope, id: str) -> list[Step]:
        with self._db.read() as connection:
            return read_steps(connection, order_steps, id) if _one(connection, scope, id) else []

    def issue(self, scope: Scope, order: Order, *, by: User, now: int, reason: str = "") -> ListedOrder | None:
        """Its id must be new."""
        checked(order)
        with self._db.write() as connection:
            if not is_there(connection, scope, order.scope):
                return None
            refuse(contradictions(connection, [order]))
            shelf_rows.add(connection, ORDERS, [order])
            note(connection, order_steps, [order.id], Step(now, by.username, ISSUE, reason.strip()))
            grow(connection, by=by.username, now=now)
            return _one(connection, scope, order.id)

    def revoke(self, scope: Scope, id: str, *, by: User, now: int, reason: str = "") -> ListedOrder | None:
        with self._db.write() as connection:
            found = _one(connection, scope, id)
            if found is None:
                return None
            replace_if(connection, ORDERS, found.order, revoked(found.order, now=now))
            note(connection, order_steps, [id], Step(now, by.username, REVOKE, reason.strip()))
            grow(connection, by=by.username, now=now)
            return _one(connection, scope, id)


def listing() -> Select[Any]:
    """All orders with their enterprise and response, to be narrowed."""
    read = select(*ORDERS.columns, orders.c.position, *ENTERPRISES.columns, response_orders.c.response)
    return (
        read.select_from(orders)
        .join(enterprises, enterprises.c.id == OWNER)
        .join(response_orders, response_orders.c.subject == orders.c.id, isouter=True)
    )


def contradictions(connection: Connection, fresh: Iterable[Order]) -> list[Clash]:
    """The clashes of orders that are new with each other and with those that are there."""
    new = {order.id: order for order in fresh}
    if not new:
        return []
    first, last = min(order.from_at for order in new.values()), max(order.to_at for order in new.values())
    together = ORDERS.all.where(orders.c.from_at < last, orders.c.to_at > first)
    there = [ORDERS.record_of(row) for row in connection.execute(together).mappings()]
    known = [order for order in there if order.id not in new]
    found = clashes([*known, *new.values()], _nesting(connection))
    return [clash for clash in found if clash.order.id in new or clash.other.id in new]


def refuse(found: list[Clash], *, most: int = 5) -> None:
    """NotAllowed with the names of the orders that contradict each other, where there are any."""
    if not found:
        return
    named = "; ".join(
        f"{clash.order.id} on {clash.order.scope} contradicts {clash.other.id} on {clash.other.scope}: {clash.reason}"
        for clash in found[:most]
    )
    more = f"; and {len(found) - most} more" if len(found) > most else ""
    raise NotAllowed(f"{named}{more}. Revoke one of them first, or choose another time")


def _nesting(connection: Connection) -> Nesting:
    parent = {row.id: row.enterprise for row in connection.execute(select(lines.c.id, lines.c.enterprise))}
    columns = (facilities.c.id, facilities.c.line, facilities.c.enterprise)
    return Nesting(parent | {id: line or owner for id, line, owner in connection.execute(select(*columns))})


def _narrowed(query: Select[Any], wanted: OrderFilter) -> Select[Any]:
    columns = orders.c
    conditions: dict[str, Callable[[Any], Any]] = {
        "district": lambda value: enterprises.c.district == value,
        "enterprise": lambda value: enterprises.c.id == value,
        "kind": lambda value: columns.kind == value,
        "level": lambda value: columns.level == value,
        "status": lambda value: columns.status == value,
        "response": lambda value: response_orders.c.response == value,
        "from_at": lambda value: columns.to_at > value,
        "to_at": lambda value: columns.from_at < value,
        "holds_at": lambda value: (columns.from_at <= value) & (columns.to_at > value),
        "begins_after": lambda value: (columns.from_at > value) & (columns.to_at > columns.from_at),
        "over_by": lambda value: (columns.to_at <= value) | (columns.to_at <= columns.from_at),
    }
    for name, condition in conditions.items():
        if (value := getattr(wanted, name)) is not None:
            query = query.where(condition(value))
    return query


def _one(connection: Connection, scope: Scope, id: str) -> ListedOrder | None:
    query = within(listing().where(orders.c.id == id), scope, OWNER)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _listed(row)


def _listed(row: RowMapping) -> ListedOrder:
    return ListedOrder(ORDERS.record_of(row), ENTERPRISES.record_of(row), row[response_orders.c.response])
