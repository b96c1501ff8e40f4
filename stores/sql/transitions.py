"""The engine's findings become rows, alarms and outbox entries in one transaction."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, case, exists, func, insert, or_, select, update

from core.alarm import GOES_ON, OPEN, TAKEN_BACK, Alarm, AlarmState, State, Transition, opened, reopened, resumed, step
from stores.sql.alarm_rows import one_alarm, open_key, store_alarm
from stores.sql.engine import Database
from stores.sql.revisions import revise, write_revision
from stores.sql.tables import alarms, engine_snapshots, transitions

WAITING: str = ""
"""The outcome of a transition that nobody has dealt with yet."""

TICKET = "device-ticket"
"""The outcome of a transition about a device: it is work for the maintainer, no alarm on a phone."""

_SNAPSHOT_ROW = 1


class SqlTransitionLog:
    """core.ports.TransitionLog.

    notify_within  ms; transitions older than that at the time of recording are not told to anyone
    """

    def __init__(self, db: Database, notify_within: int = 15 * 60_000) -> None:
        self._db = db
        self._notify_within = notify_within

    def record(self, transitions: Sequence[Transition], *, snapshot: bytes | None, now: int) -> int:
        """All of it or nothing; StoreAway where the database can't take it now."""
        with self._db.write() as connection:
            count = sum(self._record(connection, transition, now) for transition in transitions)
            if snapshot is not None:
                _keep(connection, snapshot, now)
        return count

    def snapshot(self) -> bytes | None:
        """None before the first one was recorded."""
        query = select(engine_snapshots.c.snapshot).where(engine_snapshots.c.id == _SNAPSHOT_ROW)
        with self._db.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def _record(self, connection: Connection, transition: Transition, now: int) -> bool:
        """Whether the transition was new."""
        if transition.revises is not None:
            if _episode(connection, transition) is None:
                return revise(connection, transition, now)
            # An episode of the new name is known, and goes on: the other one never was.
            since, state = transition.revises, State.NORMAL
            transition = replace(transition, since=since, state=state, reason=TAKEN_BACK, revises=None)
        known = _episode(connection, transition)
        if transition.reason == GOES_ON:
            if known is None:
                return False
            transition = replace(transition, evidence=known.evidence)
        moved = opened(transition) if known is None else _moved(connection, known, transition)
        if moved is None:
            return False
        opens = known is None or known.state not in OPEN
        other = _open_alarm(connection, transition) if opens and moved.state in OPEN else None
        if other is not None and other.since > transition.since:
            self._write_past(connection, moved, transition, now)
            return True
        if other is not None:
            _close(connection, other, transition, now)
        id = store_alarm(connection, moved)
        if known is not None and transition.corrects:
            write_revision(connection, known, moved, reason=transition.reason, now=now)
        write_transition(connection, transition, id, now=now, outcome=self._outcome(connection, transition, id, now))
        return True

    def _write_past(self, connection: Connection, alarm: Alarm, transition: Transition, now: int) -> None:
        """Write an episode that late readings brought to light, already ended: a newer one is open and stays so.

        People are told of it like of any other that is not too old, but not that it is over.
        """
        end = _end_of(alarm, transition)
        id = store_alarm(connection, step(alarm, end) or alarm)
        write_transition(connection, transition, id, now=now, outcome=self._outcome(connection, transition, id, now))
        write_transition(connection, end, id, now=now, outcome="superseded")

    def _outcome(self, connection: Connection, transition: Transition, alarm: int, now: int) -> str:
        """WAITING where people are to be told, else why not."""
        if transition.ticket:
            return TICKET
        if transition.state is State.SUPPRESSED:
            return "suppressed"
        if transition.state is State.NORMAL and not _was_told(connection, alarm):
            return "never-told"
        return WAITING if transition.at >= now - self._notify_within else "late"


def _episode(connection: Connection, transition: Transition) -> Alarm | None:
    columns = alarms.c
    return one_alarm(
        connection,
        columns.rule == transition.rule,
        columns.subject == transition.subject,
        columns.since == transition.since,
    )


def _moved(connection: Connection, known: Alarm, transition: Transition) -> Alarm | None:
    columns = transitions.c
    last = select(columns.reason).where(columns.alarm == known.id).order_by(columns.id.desc()).limit(1)
    if connection.execute(last).scalar_one_or_none() == TAKEN_BACK:
        return reopened(known, transition)
    if transition.reason == GOES_ON:
        return resumed(known, transition)
    if transition.reason == TAKEN_BACK and known.state not in OPEN:  # raised and over, and it never was
        return replace(known, state=AlarmState.NORMAL)
    # What is taken back may have been so before, and have been borne out since.
    if transition.reason != TAKEN_BACK and _is_recorded(connection, known.id, transition):
        return None
    return step(known, transition)


def _is_recorded(connection: Connection, alarm: int, transition: Transition) -> bool:
    """Whether the episode has been there before: judging again finds the same (state, severity) once more.

    An alarm whose filing has ended must not be suppressed by that again, nor be raised anew.
    """
    columns = transitions.c
    mine = columns.alarm == alarm
    same = (columns.state == transition.state) & (columns.severity == transition.severity)
    taken_back = select(func.max(columns.id)).where(mine, columns.reason == TAKEN_BACK).scalar_subquery()
    story = mine & (columns.id > func.coalesce(taken_back, 0))  # what was taken back and is borne out begins anew
    newest, known = connection.execute(
        select(func.max(columns.at), func.max(case((same, 1), else_=0))).where(story)
    ).one()
    return bool(known) and transition.at <= newest


def _open_alarm(connection: Connection, transition: Transition) -> Alarm | None:
    return one_alarm(connection, alarms.c.open_key == open_key(transition.rule, transition.subject))


def _end_of(alarm: Alarm, by: Transition) -> Transition:
    return Transition(
        at=by.at,
        rule=alarm.rule,
        subject=alarm.subject,
        enterprise=alarm.enterprise,
        severity=alarm.severity,
        state=State.NORMAL,
        since=alarm.since,
        reason="superseded by a new episode",
        ticket=alarm.ticket,
    )


def _close(connection: Connection, alarm: Alarm, by: Transition, now: int) -> None:
    """End the episode that is still open for the same rule and subject: a newer one has begun."""
    end = _end_of(alarm, by)
    store_alarm(connection, step(alarm, end) or alarm)
    write_transition(connection, end, alarm.id, now=now, outcome="superseded")


def _was_told(connection: Connection, alarm: int) -> bool:
    """Whether people know of the alarm, or are about to."""
    columns = transitions.c
    told = or_(columns.notify_outcome == "sent", columns.processed_at.is_(None))
    return connection.execute(select(exists().where(columns.alarm == alarm, told))).scalar_one()


def write_transition(connection: Connection, transition: Transition, alarm: int, *, now: int, outcome: str) -> None:
    """Append to the story of an alarm; `outcome` is WAITING or why nobody is told."""
    connection.execute(
        insert(transitions).values(
            alarm=alarm,
            at=transition.at,
            since=transition.since,
            recorded_at=now,
            rule=transition.rule,
            subject=transition.subject,
            enterprise=transition.enterprise,
            severity=transition.severity,
            state=transition.state,
            reason=transition.reason,
            evidence=transition.evidence,
            ticket=transition.ticket,
            processed_at=None if outcome == WAITING else now,
            notify_outcome=outcome,
            next_try_at=0,
        )
    )


def _keep(connection: Connection, snapshot: bytes, now: int) -> None:
    values = {"saved_at": now, "snapshot": snapshot}
    kept = update(engine_snapshots).where(engine_snapshots.c.id == _SNAPSHOT_ROW).values(values)
    if connection.execute(kept).rowcount == 0:
        connection.execute(insert(engine_snapshots).values(id=_SNAPSHOT_ROW, **values))
