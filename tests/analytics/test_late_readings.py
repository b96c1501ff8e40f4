"""Readings that come hours late: they correct the record, tell nobody, and outlive a kill."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.engine import Engine
from analytics.late import found_in
from analytics.late_notes import SETTLES_MS, LateNotes
from analytics.live import Live
from analytics.replay import replay
from core.alarm import TAKEN_BACK, Alarm, AlarmState
from core.errors import StoreAway
from core.interval import HOUR_MS, MINUTE_MS
from core.readings import readings
from core.records import AlarmFilter
from core.registry import Registry
from nightwatt.late import LateReadings
from stores.duckdb import DuckSeries
from stores.memory import MemorySeries
from stores.sql.alarms import SqlAlarmBook
from stores.sql.engine import Database, open_database
from stores.sql.late import SqlLateBook
from stores.sql.outbox import SqlOutbox
from stores.sql.registry import SqlRegistryBook
from stores.sql.transitions import SqlTransitionLog
from tests.analytics.test_live import T1, minute
from tests.analytics.test_out_of_order import LIMIT, SUBJECT
from tests.cases import CITY, NOON, city

CALM, HIGH = 50.0, 150.0


class Works:
    """The print shop's treatment meter with a limit, over real books; everything survives `restart` but the service."""

    def __init__(self, folder: Path, series: MemorySeries | DuckSeries) -> None:
        self.db: Database = open_database(f"sqlite:///{folder / 'nightwatt.db'}")
        self.series = series
        self.registry: Registry = replace(city(), thresholds=(LIMIT,))
        SqlRegistryBook(self.db).save(self.registry, by="test", now=NOON)
        self.now = NOON
        self.restart()

    def restart(self) -> None:
        self.notes = LateNotes(SqlLateBook(self.db))
        self.live = Live(
            self.registry,
            log=SqlTransitionLog(self.db),
            history=self.series,
            on_commit=lambda: None,
            late=self.notes,
        )
        self.live.start(now=self.now)
        self.stopping = threading.Event()
        self.late = LateReadings(
            self.notes,
            SqlRegistryBook(self.db),
            self.series,
            live=self.live,
            registry=lambda: self.registry,
            clock=lambda: self.now,
            stopping=self.stopping,
        )

    def says(self, minutes: Sequence[float], powers: Sequence[float], *, at: float, judged: bool = True) -> None:
        """Readings of these minutes after noon arrive at another."""
        self.now = NOON + int(at * MINUTE_MS)
        ts = [NOON + int(m * MINUTE_MS) for m in minutes]
        batch = readings([T1] * len(ts), ts, p=list(powers), received_at=self.now)
        self.series.append(batch)
        if judged:
            self.live.evaluate(batch, now=self.now)

    def calm(self, first: int, last: int) -> None:
        """In time, minute by minute."""
        for m in range(first, last + 1):
            self.says([m], [CALM], at=m)

    def later(self, *, by: int = SETTLES_MS) -> int:
        """Time passes, and the round comes."""
        self.now += by
        return self.late.round()

    def alarms(self) -> list[Alarm]:
        rows = SqlAlarmBook(self.db).alarms(CITY, AlarmFilter(), limit=100).rows
        return sorted((r.alarm for r in rows if r.alarm.subject == SUBJECT), key=lambda alarm: alarm.since)

    def known(self) -> list[tuple[float, float | None]]:
        """Episodes that are on record and not taken back."""
        book = SqlAlarmBook(self.db)
        return [
            (minute(row.since), None if row.cleared_at is None else minute(row.cleared_at))
            for row in self.alarms()
            if book.transitions(CITY, alarm=row.id)[-1].reason != TAKEN_BACK
        ]

    def reasons(self) -> list[str]:
        return [r.reason for a in self.alarms() for r in SqlAlarmBook(self.db).revisions(CITY, a.id)]

    def waits_for_phones(self) -> int:
        return len(SqlOutbox(self.db).claim(now=self.now, lease_for=1, limit=100))


@pytest.fixture(params=["memory", "duckdb"])
def works(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Works]:
    series = MemorySeries() if request.param == "memory" else DuckSeries(tmp_path / "series.duckdb")
    made = Works(tmp_path, series)
    yield made
    made.db.close()
    series.close()


def test_an_episode_that_late_readings_bring_to_light_is_recorded_and_told_to_nobody(works):
    works.calm(0, 2)
    works.calm(60, 62)
    works.says([30, 31, 32], [CALM, HIGH, CALM], at=62)
    works.calm(63, 95)
    assert works.known() == []
    assert works.later() == 1
    assert works.known() == [(31, 32)]
    assert works.reasons() == ["found by late readings"]
    (alarm,) = works.alarms()
    assert (alarm.state, alarm.acknowledged_at) == (AlarmState.NORMAL, None)
    assert {row.notify_outcome for row in SqlAlarmBook(works.db).transitions(CITY, alarm=alarm.id)} == {"late"}
    assert works.waits_for_phones() == 0
    assert works.notes.waiting() == []


def test_an_alarm_that_ended_otherwise_is_moved_and_the_revision_says_what_was_known_before(works):
    works.calm(0, 1)
    works.says([2], [HIGH], at=2)
    works.calm(50, 52)
    assert works.known() == [(2, 50)]
    works.says([1.5, 3, 4], [HIGH, HIGH, CALM], at=53)
    works.calm(54, 90)
    works.later()
    assert works.known() == [(1.5, 4)]
    (alarm,) = works.alarms()
    (revision,) = SqlAlarmBook(works.db).revisions(CITY, alarm.id)
    assert (minute(revision.before["cleared_at"]), minute(revision.after["cleared_at"])) == (50, 4)
    assert alarm.state is AlarmState.RETURNED_UNACKNOWLEDGED


def test_an_alarm_on_which_nothing_came_late_is_left_alone(works):
    works.calm(0, 1)
    works.says([2], [HIGH], at=2)
    works.calm(3, 50)
    works.says([30.5], [CALM], at=51)
    works.calm(52, 90)
    works.later()
    assert (works.known(), works.reasons()) == ([(2, 3)], [])


def test_a_second_back_fill_takes_back_what_the_first_one_brought(works):
    works.registry = replace(works.registry, thresholds=(replace(LIMIT, on_delay_s=180),))
    SqlRegistryBook(works.db).save(works.registry, by="test", now=NOON)
    works.restart()
    works.calm(0, 2)
    works.calm(60, 62)
    works.says([30, 31, 33, 35, 36], [CALM, HIGH, HIGH, HIGH, CALM], at=62)
    works.calm(63, 95)
    works.later()
    assert [since for since, _ in works.known()] == [31]
    works.says([32, 34], [CALM, CALM], at=130)
    works.later()
    assert works.known() == []
    assert works.reasons() == ["found by late readings", TAKEN_BACK]
    assert works.waits_for_phones() == 0


def test_the_beginning_of_what_stands_is_moved_and_its_end_is_the_engines(works):
    works.calm(0, 1)
    works.says([40], [HIGH], at=40)
    for m in range(41, 80):
        works.says([m], [HIGH], at=m)
    assert works.known() == [(40, None)]
    works.says([35], [HIGH], at=80)
    for m in range(81, 115):
        works.says([m], [HIGH], at=m)
    told = works.waits_for_phones()
    works.later(by=MINUTE_MS)
    assert works.known() == [(35, None)]
    works.says([118], [CALM], at=118)
    assert works.known() == [(35, 118)]
    assert told + 1 >= works.waits_for_phones()


def test_a_kill_after_the_note_and_before_the_round_loses_nothing(works):
    works.calm(0, 2)
    works.calm(60, 62)
    works.says([30, 31, 32], [CALM, HIGH, CALM], at=62)
    works.restart()
    works.calm(63, 95)
    works.later()
    assert works.known() == [(31, 32)]


def test_a_kill_before_the_note_is_made_good_by_the_message_that_is_delivered_again(works):
    works.calm(0, 2)
    works.calm(60, 62)
    works.says([30, 31, 32], [CALM, HIGH, CALM], at=62, judged=False)
    works.restart()
    works.says([30, 31, 32], [CALM, HIGH, CALM], at=63)
    works.calm(64, 95)
    works.later()
    assert works.known() == [(31, 32)]


def test_a_round_that_is_stopped_leaves_its_note(works):
    works.calm(0, 2)
    works.calm(60, 62)
    works.says([31], [HIGH], at=62)
    works.stopping.set()
    assert works.later() == 0
    assert [note.enterprise for note in works.notes.waiting()] == ["print"]


def test_messages_delivered_again_are_no_reason_to_judge_again(works):
    works.calm(0, 40)
    works.says([3, 4], [CALM, CALM], at=40)
    assert works.notes.waiting() == []


def test_a_note_is_renewed_by_what_comes_while_it_is_judged(works):
    works.calm(0, 2)
    works.says([0.5], [CALM], at=60)
    works.now += SETTLES_MS
    (note,) = works.notes.due(works.now)
    works.says([1.5], [CALM], at=91)
    assert works.notes.book.put_right(note, (), again_at=None, now=works.now)
    assert [row.times for row in works.notes.waiting()] == [2]


def test_while_the_store_is_away_the_round_ends_quietly_and_the_note_stays(tmp_path):
    class Away(MemorySeries):
        closed = False

        def scan(self, *span, **wanted):
            if self.closed:
                raise StoreAway("readings wait in the spool")
            return super().scan(*span, **wanted)

    works = Works(tmp_path, Away())
    works.calm(0, 2)
    works.says([0.5], [HIGH], at=60)
    works.series.closed = True
    assert works.later() == 0
    works.series.closed = False
    assert works.later() == 1
    works.db.close()


STORY = st.lists(st.tuples(st.sampled_from([CALM, HIGH]), st.booleans()), min_size=20, max_size=45)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STORY, st.integers(1, 3), st.booleans())
def test_in_the_end_the_record_is_what_all_readings_in_their_order_say(tmp_path_factory, story, parts, killed):
    works = Works(tmp_path_factory.mktemp("late"), MemorySeries())
    for m, (power, late) in enumerate(story):
        if not late:
            works.says([m], [power], at=m)
    end = len(story)
    works.calm(end, end + 20)
    missing = [(m, power) for m, (power, late) in enumerate(story) if late]
    for part in range(parts):
        mine = missing[part::parts]
        works.says([m for m, _ in mine], [power for _, power in mine], at=end + 21 + part * 40)
        if killed:
            works.restart()
        works.calm(end + 22 + part * 40, end + 60 + part * 40)
        works.later(by=HOUR_MS if part + 1 == parts else 0)
    works.later(by=HOUR_MS)
    engine = Engine(works.registry)
    batches = replay(engine, works.series, start=NOON, end=works.now, now=works.now)
    whole = found_in((row for found in batches for row in found), since=0)
    expected = [(minute(r.since), r.cleared_at and minute(r.cleared_at)) for r in whole if r.subject == SUBJECT]
    assert works.known() == sorted(expected)
    works.db.close()
