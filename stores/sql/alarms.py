"""Alarms as people see, filter and acknowledge them."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from core.alarm import OPEN, Alarm, Revision, acknowledge
from core.jurisdiction import Scope, User
from core.records import AlarmFilter, ListedAlarm, Notification, Page, RecordedTransition
from stores.sql.alarm_rows import alarm_of, is_active, list_alarms, listed_alarm_of, read_alarms, store_alarm
from stores.sql.engine import Database
from stores.sql.paging import bounded, page_of, read_cursor
from stores.sql.revisions import revisions_of
from stores.sql.scoping import within
from stores.sql.tables import alarms, enterprises, notifications, transitions

_RECORDED = tuple(transitions.c[name] for name in RecordedTransition.__dataclass_fields__)
_NOTIFICATION = tuple(notifications.c[name] for name in Notification.__dataclass_fields__)


class SqlAlarmBook:
    """core.ports.AlarmBook."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def alarms(self, scope: Scope, wanted: AlarmFilter, *, limit: int, cursor: str | None = None) -> Page[ListedAlarm]:
        """By the instant at which they were raised, newest first."""
        query = within(list_alarms(), scope, alarms.c.enterprise).where(*_conditions(wanted))
        if cursor is not None:
            query = query.where(_older_than(cursor))
        query = query.order_by(alarms.c.raised_at.desc(), alarms.c.id.desc()).limit(bounded(limit) + 1)
        with self._db.read() as connection:
            rows = [listed_alarm_of(row) for row in connection.execute(query).mappings()]
        return page_of(rows, limit, lambda listed: f"{listed.alarm.raised_at}:{listed.alarm.id}")

    def alarm(self, scope: Scope, id: int) -> ListedAlarm | None:
        """None where the scope has no such alarm."""
        with self._db.read() as connection:
            return _listed(connection, scope, id)

    def acknowledge(self, scope: Scope, id: int, *, by: User, now: int) -> ListedAlarm | None:
        """Read and moved in one transaction, so that of two people one comes first."""
        with self._db.write() as connection:
            listed = _listed(connection, scope, id)
            if listed is None:
                return None
            store_alarm(connection, acknowledge(listed.alarm, by=by.username, now=now))
            return _listed(connection, scope, id)

    def transitions(
        self, scope: Scope, *, alarm: int | None = None, after: int | None = None, limit: int = 100
    ) -> list[RecordedTransition]:
        """In order of writing."""
        query = within(select(*_RECORDED), scope, transitions.c.enterprise)
        if alarm is not None:
            query = query.where(transitions.c.alarm == alarm)
        if after is not None:
            query = query.where(transitions.c.id > after)
        with self._db.read() as connection:
            rows = connection.execute(query.order_by(transitions.c.id).limit(bounded(limit))).all()
        return [RecordedTransition(*row) for row in rows]

    def revisions(self, scope: Scope, alarm: int) -> list[Revision]:
        """Oldest first; none of an alarm outside the scope."""
        with self._db.read() as connection:
            return [] if _listed(connection, scope, alarm) is None else revisions_of(connection, alarm)

    def last_transition(self) -> int:
        """For whoever wants to follow from now on."""
        with self._db.read() as connection:
            return connection.execute(select(func.max(transitions.c.id))).scalar_one() or 0

    def active(self) -> dict[tuple[str, int], int]:
        """By (rule, severity); without scope, for the metrics."""
        grouped = select(alarms.c.rule, alarms.c.severity, func.count()).where(is_active())
        with self._db.read() as connection:
            rows = connection.execute(grouped.group_by(alarms.c.rule, alarms.c.severity)).all()
        return {(rule, severity): count for rule, severity, count in rows}

    def open_tickets(self) -> dict[str, int]:
        """By rule; without scope, for the metrics."""
        grouped = select(alarms.c.rule, func.count()).where(alarms.c.state.in_(OPEN), alarms.c.ticket)
        with self._db.read() as connection:
            rows = connection.execute(grouped.group_by(alarms.c.rule)).all()
        return {rule: count for rule, count in rows}  # noqa: C416

    def open_alarms(self, scope: Scope, enterprise: str) -> list[Alarm]:
        """Alarms whose condition still holds, suppressed ones among them, oldest first; no device tickets."""
        query = read_alarms().where(alarms.c.enterprise == enterprise, alarms.c.state.in_(OPEN), ~alarms.c.ticket)
        query = within(query, scope, alarms.c.enterprise).order_by(alarms.c.raised_at, alarms.c.id)
        with self._db.read() as connection:
            return [alarm_of(row) for row in connection.execute(query).mappings()]

    def notifications(self, scope: Scope, *, alarm: int | None = None, limit: int = 100) -> list[Notification]:
        """Newest first."""
        query = select(*_NOTIFICATION).join_from(notifications, alarms, alarms.c.id == notifications.c.alarm)
        query = within(query, scope, alarms.c.enterprise)
        if alarm is not None:
            query = query.where(notifications.c.alarm == alarm)
        with self._db.read() as connection:
            rows = connection.execute(query.order_by(notifications.c.id.desc()).limit(bounded(limit))).all()
        return [Notification(*row) for row in rows]


def _listed(connection: Connection, scope: Scope, id: int) -> ListedAlarm | None:
    query: Select[Any] = within(list_alarms(), scope, alarms.c.enterprise).where(alarms.c.id == id)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else listed_alarm_of(row)


def _conditions(wanted: AlarmFilter) -> list[ColumnElement[bool]]:
    columns = alarms.c
    possible: list[tuple[Any, Callable[[Any], ColumnElement[bool]]]] = [
        (wanted.district, lambda district: enterprises.c.district == district),
        (wanted.enterprise, lambda enterprise: columns.enterprise == enterprise),
        (wanted.rule, lambda rule: columns.rule == rule),
        (wanted.min_severity, lambda severity: columns.severity >= severity),
        (wanted.states, lambda states: columns.state.in_(states)),
        (wanted.from_at, lambda at: columns.raised_at >= at),
        (wanted.to_at, lambda at: columns.raised_at < at),
        (wanted.ticket, lambda ticket: columns.ticket.is_(ticket)),
    ]
    return [narrowed_to(given) for given, narrowed_to in possible if given is not None]


def _older_than(cursor: str) -> ColumnElement[bool]:
    raised_at, id = read_cursor(cursor, parts=2)
    same = (alarms.c.raised_at == raised_at) & (alarms.c.id < id)
    return or_(alarms.c.raised_at < raised_at, same)
