"""Notes of late readings, and corrections that are written with a revision each, and told to nobody."""

from dataclasses import replace

import pytest

from core.alarm import TAKEN_BACK, AlarmState, State
from core.interval import HOUR_MS, MINUTE_MS
from core.late import Correction, Found, LateNote
from core.records import AlarmFilter
from stores.sql.alarms import SqlAlarmBook
from stores.sql.engine import Database
from stores.sql.late import SqlLateBook
from stores.sql.outbox import SqlOutbox
from stores.sql.transitions import SqlTransitionLog
from tests.cases import CITY, NOON, transition

SINCE, END = NOON - 3 * HOUR_MS, NOON - 2 * HOUR_MS
RAISED = transition(at=SINCE + 5 * MINUTE_MS, since=SINCE)
ENDED = replace(RAISED, at=END, state=State.NORMAL, reason="back to normal")
FOUND = Found("interlock", "foundry-L1", "foundry", SINCE, END, 2, (RAISED, ENDED))
NOTE = LateNote("foundry", SINCE, NOON, 1, NOON)


@pytest.fixture
def book(db: Database) -> SqlLateBook:
    made = SqlLateBook(db)
    made.note({"foundry": SINCE}, now=NOON, due_at=NOON)
    return made


def record(db: Database, *story) -> None:
    SqlTransitionLog(db).record(story, snapshot=None, now=END)


def only(db: Database):
    ((listed),) = SqlAlarmBook(db).alarms(CITY, AlarmFilter(), limit=10).rows
    return listed.alarm, SqlAlarmBook(db).revisions(CITY, listed.alarm.id)


def test_of_an_enterprise_noted_twice_the_older_instant_and_the_earlier_time_to_judge_count(book):
    book.note({"foundry": SINCE + 1, "print": SINCE}, now=NOON + 1, due_at=NOON + 7)
    book.note({"foundry": SINCE - 1}, now=NOON + 2, due_at=NOON + 8)
    assert book.waiting() == [
        LateNote("foundry", SINCE - 1, NOON + 2, 3, NOON),
        LateNote("print", SINCE, NOON + 1, 1, NOON + 7),
    ]
    assert [row.enterprise for row in book.due(NOON + 6)] == ["foundry"]


def test_what_was_found_is_recorded_as_over_with_its_story_and_waits_for_no_phone(db, book):
    assert book.put_right(NOTE, [Correction(None, FOUND, "found by late readings")], again_at=None, now=NOON)
    alarm, (revision,) = only(db)
    assert (alarm.state, alarm.since, alarm.cleared_at) == (AlarmState.NORMAL, SINCE, END)
    assert (revision.before, revision.after["since"]) == ({}, SINCE)
    assert [row.notify_outcome for row in SqlAlarmBook(db).transitions(CITY)] == ["late", "late"]
    assert SqlOutbox(db).claim(now=NOON, lease_for=1, limit=9) == []
    assert book.waiting() == []


def test_what_is_not_borne_out_is_taken_back_and_asks_for_no_attention_any_more(db, book):
    record(db, RAISED, ENDED)
    (known,) = book.recorded("foundry", SINCE, NOON)
    assert book.put_right(NOTE, [Correction(known.alarm, None, TAKEN_BACK)], again_at=None, now=NOON)
    alarm, (revision,) = only(db)
    assert (alarm.state, revision.before["state"]) == (AlarmState.NORMAL, "returned-unacknowledged")
    (after,) = book.recorded("foundry", SINCE, NOON)
    assert (after.taken_back, after.revised) == (True, True)


def test_what_was_taken_back_and_is_borne_out_is_known_again(db, book):
    record(db, RAISED, ENDED)
    (known,) = book.recorded("foundry", SINCE, NOON)
    book.put_right(NOTE, [Correction(known.alarm, None, TAKEN_BACK)], again_at=NOON, now=NOON)
    (gone,) = book.recorded("foundry", SINCE, NOON)
    book.put_right(NOTE, [Correction(gone.alarm, FOUND, "borne out")], again_at=None, now=NOON)
    (back,) = book.recorded("foundry", SINCE, NOON)
    assert not back.taken_back


def test_what_began_and_ended_otherwise_is_moved(db, book):
    record(db, RAISED, ENDED)
    (known,) = book.recorded("foundry", SINCE, NOON)
    moved = replace(FOUND, since=SINCE + 1, cleared_at=END - 1, severity=3)
    assert book.put_right(NOTE, [Correction(known.alarm, moved, "lasted")], again_at=None, now=NOON)
    alarm, _ = only(db)
    assert (alarm.since, alarm.cleared_at, alarm.severity) == (SINCE + 1, END - 1, 3)


@pytest.mark.parametrize("name", ["since", "cleared_at", "severity"])
def test_nothing_is_written_where_an_alarm_is_not_any_more_as_it_was_compared(db, book, name):
    record(db, RAISED, ENDED)
    (known,) = book.recorded("foundry", SINCE, NOON)
    stale = replace(known.alarm, **{name: 1})
    other = replace(FOUND, subject="foundry-L2")
    corrections = [Correction(None, other, "found"), Correction(stale, None, TAKEN_BACK)]
    assert not book.put_right(NOTE, corrections, again_at=None, now=NOON)
    assert only(db) == (known.alarm, [])
    assert book.waiting() == [NOTE]


def test_a_name_that_another_episode_has_is_not_given_again(db, book):
    record(db, RAISED, ENDED)
    assert not book.put_right(NOTE, [Correction(None, FOUND, "found")], again_at=None, now=NOON)


def test_a_note_that_was_renewed_meanwhile_stays(book):
    book.note({"foundry": SINCE}, now=NOON + 1, due_at=NOON + 1)
    assert book.put_right(NOTE, (), again_at=None, now=NOON)
    book.forget([NOTE])
    assert [row.times for row in book.waiting()] == [2]


def test_a_note_may_be_put_off(book):
    book.put_right(NOTE, (), again_at=NOON + HOUR_MS, now=NOON)
    assert (book.due(NOON), len(book.due(NOON + HOUR_MS))) == ([], 1)


def test_only_what_overlaps_and_is_no_device_ticket_is_compared(db, book):
    record(db, RAISED, ENDED, replace(RAISED, rule="silent", ticket=True))
    assert [row.alarm.rule for row in book.recorded("foundry", END, NOON)] == ["interlock"]
    assert book.recorded("foundry", END + 1, NOON) == book.recorded("foundry", 0, SINCE - 1) == []
    assert book.recorded("print", 0, NOON) == []
