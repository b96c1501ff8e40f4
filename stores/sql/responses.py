"""Emergency responses: a region's presets of a level, issued as orders and revoked together."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, insert, select, update

from core import response as emergency
from core.errors import NotAllowed
from core.filing_life import Step
from core.jurisdiction import Scope, User
from core.measures import ListedResponse
from core.order import ISSUED, REVOKED, Order
from core.order_life import ISSUE, REVOKE, revoked
from core.records import Page
from core.response import Region, Response, ResponsePlan
from stores.sql import presets, shelf_rows
from stores.sql.engine import Database
from stores.sql.orders import OWNER, contradictions, refuse
from stores.sql.paging import bounded, page_of, read_cursor
from stores.sql.scoping import within
from stores.sql.shelves import ENTERPRISES, ORDERS
from stores.sql.steps import grow, note
from stores.sql.tables import enterprises, order_steps, orders, response_orders, responses


class SqlResponseBook:
    """core.ports.ResponseBook."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def preview(self, scope: Scope, response: Response) -> ResponsePlan:
        with self._db.read() as connection:
            return _plan(connection, scope, response)

    def issue(self, scope: Scope, response: Response, *, by: User, now: int, reason: str = "") -> ResponsePlan:
        """Its id must be new."""
        with self._db.write() as connection:
            made = _plan(connection, scope, response)
            refuse(list(made.clashes))
            if not made.orders:
                raise NotAllowed(f"nobody in this region has a preset for {response.level}; enter presets first")
            _write(connection, made, by=by, now=now)
            ids = [planned.order.id for planned in made.orders]
            note(connection, order_steps, ids, Step(now, by.username, ISSUE, reason.strip()))
            grow(connection, by=by.username, now=now, changed=len(ids))
            return made

    def responses(self, scope: Scope, *, limit: int, cursor: str | None = None) -> Page[ListedResponse]:
        query = within(_listing(), scope, OWNER).order_by(responses.c.number.desc()).limit(bounded(limit) + 1)
        if cursor is not None:
            query = query.where(responses.c.number < read_cursor(cursor)[0])
        with self._db.read() as connection:
            rows = connection.execute(query).mappings().all()
        page = page_of(rows, limit, lambda row: str(row[responses.c.number]))
        return Page(tuple(_listed(row) for row in page.rows), page.cursor)

    def response(self, scope: Scope, id: str) -> ListedResponse | None:
        with self._db.read() as connection:
            return _one(connection, scope, id)

    def revoke(self, scope: Scope, id: str, *, by: User, now: int, reason: str = "") -> ListedResponse | None:
        with self._db.write() as connection:
            if _one(connection, scope, id) is None:
                return None
            before = [order for order in _orders_of(connection, scope, id) if now < order.to_at]
            if not before:
                raise NotAllowed("none of its orders is in force or coming; there is nothing to revoke")
            shelf_rows.replace(connection, ORDERS, [revoked(order, now=now) for order in before])
            changed = update(responses).where(responses.c.id == id)
            connection.execute(changed.values(status=REVOKED, to_at=max(now, min(o.from_at for o in before))))
            ids = [order.id for order in before]
            note(connection, order_steps, ids, Step(now, by.username, REVOKE, reason.strip()))
            grow(connection, by=by.username, now=now, changed=len(ids))
            return _one(connection, scope, id)


def _plan(connection: Connection, scope: Scope, response: Response) -> ResponsePlan:
    wanted = emergency.checked(response)
    rows = connection.execute(within(presets.listing(), scope, presets.OWNER)).mappings()
    found = [(row.preset, row.enterprise) for row in map(presets.listed, rows)]
    everyone = connection.execute(within(ENTERPRISES.all, scope, enterprises.c.id)).mappings()
    made = emergency.plan(wanted, found, (ENTERPRISES.record_of(row) for row in everyone))
    return replace(made, clashes=tuple(contradictions(connection, [planned.order for planned in made.orders])))


def _write(connection: Connection, made: ResponsePlan, *, by: User, now: int) -> None:
    response, region = made.response, made.response.region
    values: dict[str, Any] = {"id": response.id, "level": response.level}
    values |= {"district": region.district, "township": region.township}
    values |= {"from_at": response.from_at, "to_at": response.to_at, "status": ISSUED}
    connection.execute(insert(responses).values(values | {"issued_at": now, "issued_by": by.username}))
    shelf_rows.add(connection, ORDERS, [planned.order for planned in made.orders])
    rows = [{"subject": planned.order.id, "response": response.id} for planned in made.orders]
    connection.execute(insert(response_orders), rows)


def _listing() -> Select[Any]:
    joined = responses.join(response_orders, response_orders.c.response == responses.c.id)
    joined = joined.join(orders, orders.c.id == response_orders.c.subject)
    count = func.count(orders.c.id).label("counted")
    return select(*responses.c, count).select_from(joined).group_by(*responses.c)


def _one(connection: Connection, scope: Scope, id: str) -> ListedResponse | None:
    query = within(_listing().where(responses.c.id == id), scope, OWNER)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _listed(row)


def _listed(row: RowMapping) -> ListedResponse:
    region = Region(row["district"], row["township"])
    made = Response(row["id"], region, row["level"], row["from_at"], row["to_at"], row["status"])
    return ListedResponse(made, row["issued_at"], row["issued_by"], row["counted"])


def _orders_of(connection: Connection, scope: Scope, response: str) -> list[Order]:
    mine = select(response_orders.c.subject).where(response_orders.c.response == response)
    query = within(ORDERS.all.where(orders.c.id.in_(mine), orders.c.status == ISSUED), scope, OWNER)
    return [ORDERS.record_of(row) for row in connection.execute(query).mappings()]
