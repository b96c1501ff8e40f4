"""Filings: lists, and the moves of their life, each in one transaction with its step."""

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select

from core.errors import NotAllowed, Unfit
from core.filing import ANNOUNCES, Filing
from core.filing_hours import FiledHours, beyond_cap, filed_hours
from core.filing_life import FILE, FilingMove, Step, handed_in, moved
from core.jurisdiction import Role, Scope, User
from core.measures import FilingFilter, ListedFiling
from core.records import Page
from stores.sql import shelf_rows
from stores.sql.engine import Database
from stores.sql.paging import bounded, page_of, read_cursor
from stores.sql.scoping import within
from stores.sql.shelves import ENTERPRISES, FILINGS
from stores.sql.steps import grow, note, read_steps, replace_if
from stores.sql.tables import enterprises, facilities, filing_steps, filings

_GROWS = frozenset({FilingMove.APPROVE, FilingMove.REVOKE})
"""Moves that change what the engine believes."""


class SqlFilingBook:
    """core.ports.FilingBook."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def filings(
        self, scope: Scope, wanted: FilingFilter, *, limit: int, cursor: str | None = None
    ) -> Page[ListedFiling]:
        """The last entered first."""
        query = _narrowed(within(_listing(), scope, filings.c.enterprise), wanted)
        query = query.order_by(filings.c.position.desc()).limit(bounded(limit) + 1)
        if cursor is not None:
            query = query.where(filings.c.position < read_cursor(cursor)[0])
        with self._db.read() as connection:
            rows = connection.execute(query).mappings().all()
        page = page_of(rows, limit, lambda row: str(row[filings.c.position]))
        return Page(tuple(_listed(row) for row in page.rows), page.cursor)

    def count(self, scope: Scope, wanted: FilingFilter) -> int:
        query = select(func.count()).select_from(filings.join(enterprises))
        with self._db.read() as connection:
            found: int = connection.execute(_narrowed(within(query, scope, filings.c.enterprise), wanted)).scalar_one()
        return found

    def filing(self, scope: Scope, id: str) -> ListedFiling | None:
        with self._db.read() as connection:
            return _one(connection, scope, id)

    def steps(self, scope: Scope, id: str) -> list[Step]:
        with self._db.read() as connection:
            return read_steps(connection, filing_steps, id) if _one(connection, scope, id) else []

    def hours(self, scope: Scope, enterprises: Collection[str]) -> dict[str, list[FiledHours]]:
        with self._db.read() as connection:
            zones = _zones(connection, scope, enterprises)
            return {
                id: filed_hours(_filings_of(connection, id), facilities=_facilities_of(connection, id), tz=tz)
                for id, tz in zones.items()
            }

    def hand_in(self, scope: Scope, filing: Filing, *, by: User, now: int, reason: str = "") -> ListedFiling | None:
        """Its id must be new."""
        with self._db.write() as connection:
            if not _zones(connection, scope, [filing.enterprise]):
                return None
            made = handed_in(filing, now=now)
            if made.kind not in ANNOUNCES:
                raise Unfit("kind", f"is none of {', '.join(ANNOUNCES)}")
            unknown = sorted(made.facilities - set(_facilities_of(connection, made.enterprise)))
            if unknown:
                raise Unfit("facilities", f"the enterprise has no {', '.join(unknown)}; name its own, or none for all")
            shelf_rows.add(connection, FILINGS, [made])
            note(connection, filing_steps, [made.id], Step(now, by.username, FILE, reason.strip()))
            return _one(connection, scope, made.id)

    def move(
        self, scope: Scope, id: str, move: FilingMove, *, by: User, now: int, reason: str, cap_hours: float
    ) -> ListedFiling | None:
        with self._db.write() as connection:
            found = _one(connection, scope, id)
            if found is None:
                return None
            after, step = moved(found.filing, move, by=by.username, applicant=found.applicant, now=now, reason=reason)
            if move is FilingMove.APPROVE and by.role is not Role.CITY_ADMINISTRATOR:
                _check_cap(connection, found, cap_hours)
            replace_if(connection, FILINGS, found.filing, after)
            note(connection, filing_steps, [id], step)
            if move in _GROWS:
                grow(connection, by=by.username, now=now)
            return _one(connection, scope, id)


def _check_cap(connection: Connection, found: ListedFiling, cap: float) -> None:
    id = found.enterprise.id
    over = beyond_cap(
        found.filing,
        _filings_of(connection, id),
        facilities=_facilities_of(connection, id),
        tz=found.enterprise.timezone,
        cap=cap,
    )
    if over:
        reason = f"{over.facility} would have {over.hours:g} h filed in {over.month}, more than {cap:g} h"
        raise NotAllowed(f"{reason}: a city administrator can approve it", allowed=(FilingMove.REJECT.value,))


def _listing() -> Select[Any]:
    applicant = (
        select(filing_steps.c.actor)
        .where(filing_steps.c.subject == filings.c.id, filing_steps.c.move == FILE)
        .correlate(filings)
        .scalar_subquery()
        .label("applicant")
    )
    return select(*FILINGS.columns, filings.c.position, *ENTERPRISES.columns, applicant).join_from(filings, enterprises)


def _narrowed(query: Select[Any], wanted: FilingFilter) -> Select[Any]:
    columns = filings.c
    conditions: dict[str, Callable[[Any], Any]] = {
        "district": lambda value: enterprises.c.district == value,
        "enterprise": lambda value: columns.enterprise == value,
        "status": lambda value: columns.status == value,
        "overdue": lambda value: (func.coalesce(columns.filed_at, 0) > columns.from_at) == value,
        "from_at": lambda value: columns.to_at > value,
        "to_at": lambda value: columns.from_at < value,
    }
    for name, condition in conditions.items():
        if (value := getattr(wanted, name)) is not None:
            query = query.where(condition(value))
    return query


def _one(connection: Connection, scope: Scope, id: str) -> ListedFiling | None:
    query = within(_listing().where(filings.c.id == id), scope, filings.c.enterprise)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _listed(row)


def _listed(row: RowMapping) -> ListedFiling:
    return ListedFiling(FILINGS.record_of(row), ENTERPRISES.record_of(row), row["applicant"])


def _zones(connection: Connection, scope: Scope, ids: Collection[str]) -> dict[str, str]:
    query = select(enterprises.c.id, enterprises.c.timezone).where(enterprises.c.id.in_(sorted(ids)))
    rows = connection.execute(within(query, scope, enterprises.c.id))
    return {row.id: row.timezone for row in rows}


def _filings_of(connection: Connection, enterprise: str) -> list[Filing]:
    rows = connection.execute(FILINGS.all.where(filings.c.enterprise == enterprise)).mappings()
    return [FILINGS.record_of(row) for row in rows]


def _facilities_of(connection: Connection, enterprise: str) -> list[str]:
    return list(connection.execute(select(facilities.c.id).where(facilities.c.enterprise == enterprise)).scalars())
