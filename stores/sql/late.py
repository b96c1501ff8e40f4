"""Late readings in the database: the notes of them, and the corrections of the record that come of judging again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, insert, or_, select, update

from core.alarm import TAKEN_BACK, Alarm, AlarmState, State, Transition, opened, step
from core.late import Correction, Found, LateNote, Recorded
from stores.sql.alarm_rows import alarm_of, one_alarm, read_alarms, store_alarm
from stores.sql.engine import Database
from stores.sql.revisions import write_revision
from stores.sql.tables import alarm_revisions, alarms, late_readings, transitions
from stores.sql.transitions import write_transition

LATE = "late"
"""The outcome of a transition that nobody is told of, as its hour is long past."""

_NOTE = tuple(late_readings.c[name] for name in LateNote.__dataclass_fields__)


class SqlLateBook:
    """core.ports.LateBook."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def note(self, oldest: Mapping[str, int], *, now: int, due_at: int) -> None:
        with self._db.write() as connection:
            for enterprise, since in oldest.items():
                _note(connection, LateNote(enterprise, since, now, 1, due_at))

    def due(self, now: int) -> list[LateNote]:
        return self._notes(select(*_NOTE).where(late_readings.c.due_at <= now))

    def waiting(self) -> list[LateNote]:
        return self._notes(select(*_NOTE))

    def recorded(self, enterprise: str, from_at: int, to_at: int) -> list[Recorded]:
        columns = alarms.c
        query = read_alarms().where(columns.enterprise == enterprise, ~columns.ticket, columns.since <= to_at)
        query = query.where(or_(columns.cleared_at.is_(None), columns.cleared_at >= from_at))
        with self._db.read() as connection:
            found = [alarm_of(row) for row in connection.execute(query.order_by(columns.since)).mappings()]
            return [Recorded(row, _is_taken_back(connection, row.id), _is_revised(connection, row.id)) for row in found]

    def put_right(self, note: LateNote, corrections: Sequence[Correction], *, again_at: int | None, now: int) -> bool:
        with self._db.write() as connection:
            if not all(_still_holds(connection, row) for row in corrections):
                return False
            for row in corrections:
                _correct(connection, row, now)
            _take_off(connection, note, again_at)
        return True

    def forget(self, notes: Sequence[LateNote]) -> None:
        with self._db.write() as connection:
            for note in notes:
                _take_off(connection, note, None)

    def _notes(self, query: Select[Any]) -> list[LateNote]:
        with self._db.read() as connection:
            return [LateNote(*row) for row in connection.execute(query.order_by(late_readings.c.due_at))]


def _note(connection: Connection, note: LateNote) -> None:
    columns = late_readings.c
    same = columns.enterprise == note.enterprise
    known = connection.execute(select(*_NOTE).where(same)).one_or_none()
    if known is None:
        connection.execute(insert(late_readings).values({name: getattr(note, name) for name in _FIELDS}))
        return
    before = LateNote(*known)
    since, due_at = min(before.since, note.since), min(before.due_at, note.due_at)
    renewed = {"since": since, "noted_at": note.noted_at, "times": before.times + 1, "due_at": due_at}
    connection.execute(update(late_readings).where(same).values(renewed))


_FIELDS = tuple(LateNote.__dataclass_fields__)


def _take_off(connection: Connection, note: LateNote, again_at: int | None) -> None:
    columns = late_readings.c
    same = (columns.enterprise == note.enterprise) & (columns.times == note.times)
    change = delete(late_readings) if again_at is None else update(late_readings).values(due_at=again_at)
    connection.execute(change.where(same))


def _is_taken_back(connection: Connection, alarm: int) -> bool:
    columns = transitions.c
    last = select(columns.reason).where(columns.alarm == alarm).order_by(columns.id.desc()).limit(1)
    return connection.execute(last).scalar_one_or_none() == TAKEN_BACK


def _is_revised(connection: Connection, alarm: int) -> bool:
    return bool(connection.execute(select(exists().where(alarm_revisions.c.alarm == alarm))).scalar_one())


def _still_holds(connection: Connection, row: Correction) -> bool:
    """Whether the alarm is as it was when it was compared, and nothing else has the name that it is to get."""
    if row.recorded is not None and _same_as(connection, row.recorded) is None:
        return False
    if row.found is None:
        return True
    columns, found = alarms.c, row.found
    same = (columns.rule == found.rule, columns.subject == found.subject, columns.since == found.since)
    other = one_alarm(connection, *same)
    return other is None or (row.recorded is not None and other.id == row.recorded.id)


def _same_as(connection: Connection, alarm: Alarm) -> Alarm | None:
    now = one_alarm(connection, alarms.c.id == alarm.id)
    told = ("since", "cleared_at", "severity")
    return now if now and all(getattr(now, name) == getattr(alarm, name) for name in told) else None


def _correct(connection: Connection, row: Correction, now: int) -> None:
    known = None if row.recorded is None else _same_as(connection, row.recorded)
    if known is None and row.found is not None:
        _record(connection, row.found, row.reason, now)
    elif known is not None and row.found is None:
        _take_back(connection, known, row.reason, now)
    elif known is not None and row.found is not None:
        _move(connection, known, row.found, reason=row.reason, now=now)


def _record(connection: Connection, found: Found, reason: str, now: int) -> None:
    """An episode that nobody knew of: over already, and nothing that anybody has to take note of."""
    alarm = _told_by(found)
    if alarm is None:
        return
    id = store_alarm(connection, alarm)
    for transition in found.story:
        write_transition(connection, transition, id, now=now, outcome=LATE)
    write_revision(connection, None, replace(alarm, id=id), reason=reason, now=now)


def _told_by(found: Found) -> Alarm | None:
    alarm = opened(found.story[0])
    for transition in found.story[1:]:
        alarm = alarm and (step(alarm, transition) or alarm)
    return alarm and replace(alarm, state=AlarmState.NORMAL, cleared_at=found.cleared_at)


def _take_back(connection: Connection, alarm: Alarm, reason: str, now: int) -> None:
    after = replace(alarm, state=AlarmState.NORMAL)
    store_alarm(connection, after)
    end = Transition(
        at=alarm.cleared_at or now,
        rule=alarm.rule,
        subject=alarm.subject,
        enterprise=alarm.enterprise,
        severity=alarm.severity,
        state=State.NORMAL,
        since=alarm.since,
        reason=TAKEN_BACK,
        ticket=alarm.ticket,
    )
    write_transition(connection, end, alarm.id, now=now, outcome=LATE)
    write_revision(connection, alarm, after, reason=reason, now=now)


def _move(connection: Connection, alarm: Alarm, found: Found, *, reason: str, now: int) -> None:
    """Of an episode that had been taken back the story begins anew."""
    after = replace(alarm, since=found.since, cleared_at=found.cleared_at, severity=found.severity)
    if _is_taken_back(connection, alarm.id):
        for transition in found.story:
            write_transition(connection, transition, alarm.id, now=now, outcome=LATE)
    store_alarm(connection, after)
    write_revision(connection, alarm, after, reason=reason, now=now)
