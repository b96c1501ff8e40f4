"""Enterprises as people look them up."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    RowMapping,
    ScalarSelect,
    Select,
    and_,
    func,
    or_,
    select,
    type_coerce,
)

from core.jurisdiction import Scope
from core.records import Dossier, ListedEnterprise, NumberedMeter, Page
from core.registry import Enterprise
from stores.sql.alarm_rows import is_active
from stores.sql.engine import Database
from stores.sql.paging import bounded, page_of, read_cursor
from stores.sql.scoping import within
from stores.sql.shelves import ENTERPRISES, FACILITIES, FILINGS, LINES, METERS, THRESHOLDS, Shelf
from stores.sql.tables import alarms, enterprises, facilities, filings, lines, meters, thresholds


class SqlDossierBook:
    """core.ports.DossierBook."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def enterprises(
        self,
        scope: Scope,
        *,
        limit: int,
        cursor: str | None = None,
        district: str | None = None,
        search: str | None = None,
    ) -> Page[ListedEnterprise]:
        """In order of import; `search` is part of an id, a name or a permit, letter case aside."""
        query = within(_listing(), scope, enterprises.c.id).limit(bounded(limit) + 1)
        if cursor is not None:
            # A cursor may be forged: compared as the largest kind of number, it is at worst past the end.
            query = query.where(type_coerce(enterprises.c.position, BigInteger) > read_cursor(cursor)[0])
        if district is not None:
            query = query.where(enterprises.c.district == district)
        if search:
            query = query.where(_matches(search))
        with self._db.read() as connection:
            rows = connection.execute(query).all()
        page = page_of(rows, limit, lambda row: str(row.position))
        return Page(tuple(_listed(row) for row in page.rows), page.cursor)

    def dossier(self, scope: Scope, enterprise: str) -> Dossier | None:
        """None where the scope has no such enterprise."""
        query = within(ENTERPRISES.all.where(enterprises.c.id == enterprise), scope, enterprises.c.id)
        with self._db.read() as connection:
            row = connection.execute(query).mappings().one_or_none()
            return None if row is None else _dossier(connection, ENTERPRISES.record_of(row))

    def districts(self, scope: Scope) -> list[tuple[str, int, int]]:
        """(district, enterprises, active alarms), districts in order of import."""
        active = and_(alarms.c.enterprise == enterprises.c.id, is_active())
        query = (
            select(
                enterprises.c.district,
                func.count(enterprises.c.id.distinct()),
                func.count(alarms.c.id),
            )
            .join_from(enterprises, alarms, active, isouter=True)
            .group_by(enterprises.c.district)
            .order_by(func.min(enterprises.c.position))
        )
        with self._db.read() as connection:
            rows = connection.execute(within(query, scope, enterprises.c.id)).all()
        return [(district, count, open_alarms) for district, count, open_alarms in rows]


def _listing() -> Select[Any]:
    return ENTERPRISES.all.add_columns(
        _meters_of().label("meter_count"),
        _of_active(func.count()).label("open_alarms"),
        _of_active(func.coalesce(func.max(alarms.c.severity), 0)).label("highest"),
    )


def _meters_of() -> ScalarSelect[Any]:
    joined = select(func.count()).select_from(meters.join(facilities))
    return joined.where(facilities.c.enterprise == enterprises.c.id).correlate(enterprises).scalar_subquery()


def _of_active(measure: ColumnElement[Any]) -> ScalarSelect[Any]:
    active = select(measure).select_from(alarms).where(is_active())
    return active.where(alarms.c.enterprise == enterprises.c.id).correlate(enterprises).scalar_subquery()


def _matches(search: str) -> ColumnElement[bool]:
    searched = (enterprises.c.id, enterprises.c.name, enterprises.c.permit)
    return or_(*(column.icontains(search[:100], autoescape=True) for column in searched))


def _listed(row: Row[Any]) -> ListedEnterprise:
    enterprise = ENTERPRISES.record_of(row._mapping)
    return ListedEnterprise(enterprise, meters=row.meter_count, open_alarms=row.open_alarms, severity=row.highest)


def _dossier(connection: Connection, enterprise: Enterprise) -> Dossier:
    def rows(shelf: Shelf, condition: ColumnElement[bool]) -> Sequence[RowMapping]:
        return connection.execute(shelf.all.where(condition)).mappings().all()

    def records(shelf: Shelf, condition: ColumnElement[bool]) -> tuple[Any, ...]:
        return tuple(shelf.record_of(row) for row in rows(shelf, condition))

    on_facilities = select(facilities.c.id).where(facilities.c.enterprise == enterprise.id)
    on_meters = select(meters.c.id).where(meters.c.facility.in_(on_facilities))
    numbered = rows(METERS, meters.c.facility.in_(on_facilities))
    return Dossier(
        enterprise,
        lines=records(LINES, lines.c.enterprise == enterprise.id),
        facilities=records(FACILITIES, facilities.c.enterprise == enterprise.id),
        meters=tuple(NumberedMeter(row[meters.c.number], METERS.record_of(row)) for row in numbered),
        thresholds=records(THRESHOLDS, thresholds.c.meter.in_(on_meters)),
        filings=records(FILINGS, filings.c.enterprise == enterprise.id),
    )
