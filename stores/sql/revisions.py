"""What readings that came late changed about alarms that were recorded."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, insert, select

from core.alarm import Alarm, Revision, Transition
from stores.sql.alarm_rows import one_alarm, store_alarm
from stores.sql.tables import alarm_revisions, alarms


def revise(connection: Connection, transition: Transition, now: int) -> bool:
    """Move the beginning of an episode to where none of the same name is; False where it is not known."""
    columns = alarms.c
    same = (columns.rule == transition.rule, columns.subject == transition.subject)
    known = one_alarm(connection, *same, columns.since == transition.revises)
    if known is None:
        return False
    moved = replace(known, since=transition.since)
    store_alarm(connection, moved)
    write_revision(connection, known, moved, reason=transition.reason, now=now)
    return True


def write_revision(connection: Connection, before: Alarm | None, after: Alarm, *, reason: str, now: int) -> None:
    """Keep what an alarm was (None: nobody knew of it) and what it is now."""
    values = {"alarm": after.id, "recorded_at": now, "reason": reason}
    known = {} if before is None else _shown(before)
    connection.execute(insert(alarm_revisions).values(**values, before=known, after=_shown(after)))


def revisions_of(connection: Connection, alarm: int) -> list[Revision]:
    """Of one alarm, the oldest first."""
    columns = alarm_revisions.c
    query = select(alarm_revisions).where(columns.alarm == alarm).order_by(columns.id)
    return [
        Revision(row["alarm"], row["recorded_at"], row["reason"], row["before"], row["after"])
        for row in connection.execute(query).mappings()
    ]


def _shown(alarm: Alarm) -> dict[str, Any]:
    return {
        "since": alarm.since,
        "cleared_at": alarm.cleared_at,
        "severity": alarm.severity,
        "state": alarm.state.value,
    }
