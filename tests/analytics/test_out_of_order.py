"""Readings that come out of order: what they show is found all the same, and what they disprove is taken back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analytics.debt import PAY_EVERY_MS
from core.alarm import TAKEN_BACK, AlarmState
from core.errors import StoreAway
from core.interval import MINUTE_MS
from core.readings import readings
from core.records import AlarmFilter
from core.registry import Threshold
from stores.sql.alarms import SqlAlarmBook
from stores.sql.engine import open_database
from stores.sql.registry import SqlRegistryBook
from tests.analytics.test_live import P1, T1, Works, minute
from tests.cases import CITY, MONITOR, NOON, city

LIMIT = Threshold("print-T1-m", "p", "above", 100.0, on_delay_s=0, off_delay_s=0)
SUBJECT = "print-T1-m/p/above"


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    database = open_database(f"sqlite:///{tmp_path / 'nightwatt.db'}")
    made = Works(database)
    made.registry = replace(city(), thresholds=(LIMIT,))
    SqlRegistryBook(database).save(made.registry, by="test", now=NOON)
    made.restart(now=NOON)
    yield made
    database.close()


def says(works: Works, instant: float, power: float, *, now: float) -> None:
    """The treatment meter's reading of a minute arrives at another."""
    batch = readings([T1], [NOON + int(instant * MINUTE_MS)], p=[power])
    works.take(batch, now=NOON + int(now * MINUTE_MS))
    works.live.catch_up(now=NOON + int(now * MINUTE_MS) + PAY_EVERY_MS)


def episodes(works: Works, subject: str = SUBJECT) -> list[tuple[float, float | None]]:
    rows = [row.alarm for row in SqlAlarmBook(works.db).alarms(CITY, AlarmFilter(), limit=100).rows]
    found = sorted((a.since, a.cleared_at) for a in rows if a.subject == subject)
    return [(minute(since), None if cleared is None else minute(cleared)) for since, cleared in found]


def test_a_crossing_that_came_behind_newer_readings_is_found(works):
    says(works, 0, 50, now=0)
    says(works, 3, 50, now=3)
    says(works, 1, 150, now=3)
    says(works, 2, 50, now=3)
    ((since, cleared),) = episodes(works)
    assert since == 1
    assert cleared is not None


def test_a_reading_that_comes_twice_changes_nothing(works):
    for instant in (0, 1, 1, 0, 2, 1):
        says(works, instant, 150 if instant == 1 else 50, now=3)
    assert episodes(works) == [(1, 2)]


def test_a_gateway_whose_messages_overtake_each_other_costs_one_judging_again_in_a_while(works, monkeypatch):
    says(works, 0, 50, now=0)
    scans, scan = [], works.series.scan
    monkeypatch.setattr(works.series, "scan", lambda *span, **wanted: scans.append(span) or scan(*span, **wanted))
    for instant in (10, 1, 9, 2, 8, 3, 7, 4, 6, 5):
        works.take(readings([T1], [NOON + instant * MINUTE_MS], p=[50.0]), now=NOON + 10 * MINUTE_MS)
    assert len(scans) == 1
    works.live.catch_up(now=NOON + 10 * MINUTE_MS + PAY_EVERY_MS)
    assert len(scans) == 2


def test_a_crossing_older_than_the_tolerance_corrects_the_record_of_readings_only(works):
    says(works, 0, 50, now=0)
    says(works, 30, 50, now=30)
    says(works, 10, 150, now=30)
    assert episodes(works) == []
    assert works.series.count() == 3


def test_an_alarm_that_late_readings_disprove_is_taken_back(works):
    for m in (0, 1, 2, 3):
        works.take(readings([P1, T1], [NOON + m * MINUTE_MS] * 2, p=[30.0, 0.0]), now=NOON + m * MINUTE_MS)
    # The treatment meter's minutes 4–9 are delayed; its next word is 0 kW again.
    for m in range(4, 10):
        works.take(readings([P1], [NOON + m * MINUTE_MS], p=[30.0]), now=NOON + m * MINUTE_MS)
    works.take(readings([P1, T1], [NOON + 10 * MINUTE_MS] * 2, p=[30.0, 0.0]), now=NOON + 10 * MINUTE_MS)
    assert episodes(works, "print-L1/dust") == [(0, None)]
    works.take(
        readings([T1] * 6, [NOON + m * MINUTE_MS for m in range(4, 10)], p=[20.0] * 6), now=NOON + 10 * MINUTE_MS
    )
    assert episodes(works, "print-L1/dust") == [(0, 10)]


def test_an_earlier_start_that_comes_late_revises_the_episode_and_tells_nobody_anew(works):
    says(works, 0, 50, now=0)
    says(works, 3, 150, now=3)
    assert episodes(works) == [(3, None)]
    says(works, 2, 150, now=3)
    assert episodes(works) == [(2, None)]
    book = SqlAlarmBook(works.db)
    (listed,) = book.alarms(CITY, AlarmFilter(), limit=10).rows
    (revision,) = book.revisions(CITY, listed.alarm.id)
    assert (minute(revision.before["since"]), minute(revision.after["since"])) == (3, 2)
    assert revision.reason == "late readings show that it began at 2026-03-20T04:02:00Z, not at 2026-03-20T04:03:00Z"
    assert len(book.transitions(CITY)) == 1


def test_what_was_stored_but_not_judged_before_a_crash_is_judged_after_it(works):
    says(works, 0, 50, now=0)
    says(works, 5, 50, now=5)
    works.series.append(readings([T1], [NOON + 2 * MINUTE_MS], p=[150.0]))  # killed before the engine saw it
    works.restart(now=NOON + 6 * MINUTE_MS)
    assert episodes(works) == [(2, 5)]


def test_judging_again_leaves_an_acknowledged_alarm_acknowledged(works):
    says(works, 0, 50, now=0)
    says(works, 2, 150, now=2)
    book = SqlAlarmBook(works.db)
    (listed,) = book.alarms(CITY, AlarmFilter(), limit=10).rows
    book.acknowledge(CITY, listed.alarm.id, by=MONITOR, now=NOON)
    says(works, 1, 50, now=2)
    (after,) = book.alarms(CITY, AlarmFilter(), limit=10).rows
    assert after.alarm.state is AlarmState.ACTIVE_ACKNOWLEDGED


def test_an_episode_may_be_taken_back_again_and_again(works):
    for instant in (8, 1, 2, 7, 0):
        says(works, instant, 150 if instant in (0, 1, 7, 8) else 50, now=10)
    says(works, 9, 50, now=10)
    assert [since for since, cleared in episodes(works) if cleared is None] == []


def test_an_alarm_that_was_raised_and_over_and_never_was_is_taken_back(works):
    says(works, 0, 50, now=0)
    for m in (0, 1, 2, 3, 8):
        works.take(readings([P1, T1], [NOON + m * MINUTE_MS] * 2, p=[30.0, 0.0]), now=NOON + m * MINUTE_MS)
    works.take(readings([P1, T1], [NOON + 9 * MINUTE_MS] * 2, p=[30.0, 20.0]), now=NOON + 9 * MINUTE_MS)
    works.take(readings([P1, T1], [NOON + 12 * MINUTE_MS] * 2, p=[30.0, 20.0]), now=NOON + 12 * MINUTE_MS)
    (before,) = episodes(works, "print-L1/dust")
    assert before[1] is not None
    works.take(
        readings([T1] * 4, [NOON + m * MINUTE_MS for m in (4, 5, 6, 7)], p=[20.0] * 4), now=NOON + 17 * MINUTE_MS
    )
    works.live.catch_up(now=NOON + 17 * MINUTE_MS + PAY_EVERY_MS)
    book = SqlAlarmBook(works.db)
    (alarm,) = [row.alarm for row in book.alarms(CITY, AlarmFilter(), limit=10).rows if row.alarm.rule == "interlock"]
    assert alarm.state is AlarmState.NORMAL
    assert [row.reason for row in book.revisions(CITY, alarm.id)] == [TAKEN_BACK]


def test_what_was_over_and_began_earlier_is_revised(works):
    says(works, 0, 50, now=0)
    says(works, 3, 150, now=3)
    says(works, 4, 50, now=4)
    says(works, 2, 150, now=5)
    assert episodes(works) == [(2, 4)]


def borne_out(works: Works) -> set[tuple[float, float | None]]:
    """Episodes as they are known now, without those that were taken back."""
    book = SqlAlarmBook(works.db)
    rows = [row.alarm for row in book.alarms(CITY, AlarmFilter(), limit=100).rows if row.alarm.subject == SUBJECT]
    gone = {row.id for row in rows if book.transitions(CITY, alarm=row.id)[-1].reason == TAKEN_BACK}
    return {(minute(r.since), None if r.cleared_at is None else minute(r.cleared_at)) for r in rows if r.id not in gone}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(order=[8, 1, 2, 3, 4, 5, 6, 7, 0, 9], crossing={0, 1, 7, 8}, restart=0)
@given(order=st.permutations(range(10)), crossing=st.sets(st.integers(0, 9)), restart=st.integers(0, 9))
def test_whatever_the_order_the_standing_alarms_are_those_of_the_ordered_readings(
    tmp_path_factory, order, crossing, restart
):
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('order') / 'nightwatt.db'}")
    works = Works(database)
    works.registry = replace(city(), thresholds=(LIMIT,))
    SqlRegistryBook(database).save(works.registry, by="test", now=NOON)
    works.restart(now=NOON)
    for place, instant in enumerate(order):
        says(works, instant, 150 if instant in crossing else 50, now=10)
        if place == restart:
            works.restart(now=NOON + 10 * MINUTE_MS)
    found = {since for since, cleared in episodes(works) if cleared is None or cleared > since}
    # The third within an hour chatters: what follows within half an hour is part of it.
    starts = sorted(m for m in crossing if m - 1 not in crossing)[:3]
    assert set(starts) <= {since for since, _ in episodes(works)}
    standing = {since for since, cleared in episodes(works) if cleared is None}
    expected = {starts[-1]} if 9 in crossing or len(starts) == 3 else set()
    assert standing == expected
    assert found >= standing
    # What began within the tolerance and was disproved is not among what is known now.
    assert {since for since, _ in borne_out(works)} <= set(starts)
    database.close()


def test_what_is_owed_is_judged_before_a_stop(works):
    for instant, power in ((0, 50), (3, 50), (1, 150), (2, 50), (5, 50), (4, 150)):  # the second debt has to wait
        works.take(readings([T1], [NOON + instant * MINUTE_MS], p=[power]), now=NOON + 5 * MINUTE_MS)
    works.live.close(now=NOON + 5 * MINUTE_MS)
    assert [since for since, _ in episodes(works)] == [1, 4]


def test_a_stop_while_history_is_away_leaves_what_is_owed_to_the_next_start(works, monkeypatch):
    says(works, 0, 50, now=0)
    says(works, 3, 50, now=3)
    with monkeypatch.context() as away:
        away.setattr(works.series, "scan", refuses)
        works.take(readings([T1, T1], [NOON + MINUTE_MS, NOON + 2 * MINUTE_MS], p=[150, 50]), now=NOON + 4 * MINUTE_MS)
        works.live.close(now=NOON + 4 * MINUTE_MS)
    assert episodes(works) == []
    works.restart(now=NOON + 5 * MINUTE_MS)
    assert episodes(works) == [(1, 2)]


def refuses(*span, **wanted):
    raise StoreAway("away")
