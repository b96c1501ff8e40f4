"""Alarms between their rows and core.alarm."""

from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, insert, select, update

from core.alarm import OPEN, Alarm, AlarmState
from core.notification import Outcome
from core.records import ListedAlarm
from core.registry import DEFAULT_ZONE
from stores.sql.tables import alarms, enterprises, notifications

ACTIVE = frozenset({AlarmState.ACTIVE_UNACKNOWLEDGED, AlarmState.ACTIVE_ACKNOWLEDGED})
"""Open and not explained by a filing."""

_NAMES = tuple(field.name for field in fields(Alarm))
_COLUMNS = tuple(alarms.c[name] for name in _NAMES)


def is_active() -> ColumnElement[bool]:
    """Active alarms against enterprises: what devices have is a ticket, and counted apart."""
    return alarms.c.state.in_(ACTIVE) & ~alarms.c.ticket


def open_key(rule: str, subject: str) -> str:
    """What an open alarm holds alone; a rule's id has no blanks."""
    return f"{rule} {subject}"


def alarm_of(row: RowMapping) -> Alarm:
    """The alarm of a row that was read with all columns of `alarms`."""
    return Alarm(**{name: row[column] for name, column in zip(_NAMES, _COLUMNS, strict=True)})


def read_alarms() -> Select[Any]:
    """All alarms, to be narrowed."""
    return select(*_COLUMNS)


def one_alarm(connection: Connection, *conditions: ColumnElement[bool]) -> Alarm | None:
    """The only alarm of which all that is true."""
    row = connection.execute(read_alarms().where(*conditions)).mappings().one_or_none()
    return None if row is None else alarm_of(row)


def store_alarm(connection: Connection, alarm: Alarm) -> int:
    """Insert an alarm whose id is 0, update any other; return its id."""
    values = {name: getattr(alarm, name) for name in _NAMES if name != "id"}
    values["open_key"] = open_key(alarm.rule, alarm.subject) if alarm.state in OPEN else None
    if alarm.id:
        connection.execute(update(alarms).where(alarms.c.id == alarm.id).values(values))
        return alarm.id
    return int(connection.execute(insert(alarms).values(values).returning(alarms.c.id)).scalar_one())


def list_alarms() -> Select[Any]:
    """All alarms with what ListedAlarm adds, to be narrowed and ordered."""
    accepted = (
        select(func.count())
        .where(notifications.c.alarm == alarms.c.id, notifications.c.outcome == Outcome.ACCEPTED)
        .correlate(alarms)
        .scalar_subquery()
    )
    return select(
        *_COLUMNS,
        func.coalesce(enterprises.c.name, alarms.c.enterprise).label("enterprise_name"),
        func.coalesce(enterprises.c.district, "").label("district"),
        func.coalesce(enterprises.c.timezone, DEFAULT_ZONE).label("zone"),
        accepted.label("accepted"),
    ).join_from(alarms, enterprises, enterprises.c.id == alarms.c.enterprise, isouter=True)


def listed_alarm_of(row: RowMapping) -> ListedAlarm:
    """The listed alarm of a row of `list_alarms`."""
    return ListedAlarm(
        alarm_of(row),
        enterprise_name=row["enterprise_name"],
        district=row["district"],
        timezone=row["zone"],
        accepted=row["accepted"],
    )
