"""The outbox: transitions that wait to be told, claimed by lease; and the routes by which they are told."""

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, insert, or_, select, update

from core.notification import Due, Outcome, Route
from core.registry import DEFAULT_ZONE
from stores.sql.engine import Database
from stores.sql.paging import bounded
from stores.sql.tables import enterprises, notifications, routes, transitions

ANSWER_LENGTH = 500
"""Characters of a provider's answer that are kept."""

_ROUTE = tuple(routes.c[name] for name in Route.__dataclass_fields__)


class SqlOutbox:
    """core.ports.Outbox."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def claim(self, *, now: int, lease_for: int, limit: int) -> list[Due]:
        """In order of writing; what others hold or what is put off until later is left out."""
        columns = transitions.c
        with self._db.write() as connection:
            rows = connection.execute(_waiting(now).limit(bounded(limit))).all()
            claimed = update(transitions).where(columns.id.in_([row.id for row in rows]), *_free(now))
            if rows:
                connection.execute(claimed.values(claimed_until=now + lease_for))
        return [_due(row) for row in rows]

    def expire_claims(self, *, now: int) -> None:
        """End all leases at once, for a process that knows itself alone: its predecessor died holding them."""
        columns = transitions.c
        held = (columns.processed_at.is_(None)) & (columns.claimed_until > now)
        with self._db.write() as connection:
            connection.execute(update(transitions).where(held).values(claimed_until=now))

    def attempt(self, due: Due, route: Route, *, repeat: bool, now: int) -> int:
        """Durable before the message goes out."""
        row = {
            "transition": due.transition,
            "alarm": due.alarm,
            "route": route.id,
            "channel": route.name,
            "family": route.family,
            "attempted_at": now,
            "outcome": Outcome.SENDING,
            "answer": "",
            "repeat": repeat,
        }
        with self._db.write() as connection:
            written = connection.execute(insert(notifications).values(row).returning(notifications.c.id))
            return int(written.scalar_one())

    def answer(self, notification: int, *, accepted: bool, answer: str, now: int) -> None:
        """The answer is cut to ANSWER_LENGTH characters."""
        outcome = Outcome.ACCEPTED if accepted else Outcome.FAILED
        values = {"outcome": outcome, "outcome_at": now, "answer": answer[:ANSWER_LENGTH]}
        with self._db.write() as connection:
            connection.execute(update(notifications).where(notifications.c.id == notification).values(values))

    def accepted(self, transition: int) -> frozenset[int]:
        """Ids of routes."""
        columns = notifications.c
        query = select(columns.route).where(columns.transition == transition, columns.outcome == Outcome.ACCEPTED)
        with self._db.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def done(self, transition: int, *, outcome: str, now: int) -> None:
        """The first outcome stays."""
        self._set(transition, processed_at=now, notify_outcome=outcome, claimed_until=None)

    def release(self, transition: int, *, retry_at: int) -> None:
        """No change where it is done already."""
        self._set(transition, claimed_until=None, next_try_at=retry_at)

    def routes(self) -> list[Route]:
        """In the order in which they were set up."""
        query = select(*_ROUTE).where(routes.c.switched_on).order_by(routes.c.id)
        with self._db.read() as connection:
            return [Route(*row) for row in connection.execute(query)]

    def _set(self, transition: int, **values: object) -> None:
        waiting = (transitions.c.id == transition, transitions.c.processed_at.is_(None))
        with self._db.write() as connection:
            connection.execute(update(transitions).where(*waiting).values(values))


class SqlRouteBook:
    """core.ports.RouteBook."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save_route(self, route: Route) -> None:
        """Insert or replace by name, switched on; the route's own id is not looked at."""
        values = {name: getattr(route, name) for name in Route.__dataclass_fields__ if name != "id"}
        values["switched_on"] = True
        with self._db.write() as connection:
            same = update(routes).where(routes.c.name == route.name).values(values)
            if connection.execute(same).rowcount == 0:
                connection.execute(insert(routes).values(values))

    def keep_only(self, names: frozenset[str]) -> None:
        with self._db.write() as connection:
            connection.execute(update(routes).where(routes.c.name.not_in(names)).values(switched_on=False))

    def counts(self) -> dict[tuple[str, str], int]:
        """By (family, outcome)."""
        columns = notifications.c
        query = select(columns.family, columns.outcome, func.count()).group_by(columns.family, columns.outcome)
        with self._db.read() as connection:
            return {(family, outcome.value): count for family, outcome, count in connection.execute(query)}


def _free(now: int) -> tuple[ColumnElement[bool], ...]:
    columns = transitions.c
    return (
        columns.processed_at.is_(None),
        columns.next_try_at <= now,
        or_(columns.claimed_until.is_(None), columns.claimed_until <= now),
    )


def _waiting(now: int) -> Select[Any]:
    columns = transitions.c
    joined = transitions.outerjoin(enterprises, enterprises.c.id == columns.enterprise)
    return (
        select(
            *(columns[name] for name in ("id", "alarm", "at", "since", "rule", "subject", "severity", "state")),
            *(columns.reason, columns.evidence, columns.enterprise, columns.claimed_until),
            func.coalesce(enterprises.c.name, columns.enterprise).label("enterprise_name"),
            func.coalesce(enterprises.c.district, "").label("district"),
            func.coalesce(enterprises.c.timezone, DEFAULT_ZONE).label("zone"),
        )
        .select_from(joined)
        .where(*_free(now))
        .order_by(columns.id)
        # SQLite's writer is alone anyway; on PostgreSQL this keeps notifiers out of each other's way.
        .with_for_update(skip_locked=True, of=transitions)
    )


def _due(row: Row[Any]) -> Due:
    return Due(
        transition=row.id,
        alarm=row.alarm,
        at=row.at,
        since=row.since,
        rule=row.rule,
        subject=row.subject,
        severity=row.severity,
        state=row.state,
        reason=row.reason,
        enterprise=row.enterprise,
        enterprise_name=row.enterprise_name,
        district=row.district,
        timezone=row.zone,
        claimed_before=row.claimed_until is not None,
        # A JSON column may hold any JSON; what is no object says nothing that a message could use.
        evidence=row.evidence if isinstance(row.evidence, dict) else {},
    )
