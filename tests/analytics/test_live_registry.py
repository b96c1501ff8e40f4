"""Judging history anew and going on under another registry: states that both know are kept."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.alarm import AlarmState
from core.interval import MINUTE_MS
from core.readings import concatenate
from core.records import AlarmFilter
from core.registry import Registry
from stores.sql.alarms import SqlAlarmBook
from stores.sql.engine import open_database
from stores.sql.registry import SqlRegistryBook
from tests.analytics.test_live import ALARM, PRE_WARNING, RUNS, SUBJECT, T1, Works, at
from tests.cases import CITY, NOON, city


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    database = open_database(f"sqlite:///{tmp_path / 'nightwatt.db'}")
    SqlRegistryBook(database).save(city(), by="test", now=NOON)
    made = Works(database)
    made.live.start(now=NOON)
    yield made
    database.close()


def test_judging_history_anew_finds_what_came_too_late_and_tells_nobody_of_it(works: Works) -> None:
    works.series.append(concatenate([at(i) for i in range(11)] + [at(i, treatment=RUNS) for i in range(11, 15)]))
    now = NOON + 3 * 60 * MINUTE_MS
    works.live.recompute(start=NOON - MINUTE_MS, clock=lambda: now)
    assert works.told() == [PRE_WARNING, (13, 1, "normal", 0)]
    assert works.outcomes() == ["late", "never-told"]


def test_after_judging_anew_the_episode_goes_on_as_one(works: Works) -> None:
    works.series.append(concatenate([at(i) for i in range(6)]))
    works.live.recompute(start=NOON - MINUTE_MS, clock=lambda: NOON + 6 * MINUTE_MS)
    works.minutes(6, 16)
    works.minutes(17, 20, treatment=RUNS)
    assert works.told() == [PRE_WARNING, ALARM, (19, 2, "normal", 0)]
    [alarm] = SqlAlarmBook(works.db).alarms(CITY, AlarmFilter(), limit=10).rows
    assert alarm.alarm.state is AlarmState.RETURNED_UNACKNOWLEDGED


def test_readings_that_come_while_history_is_judged_anew_are_not_lost(works: Works) -> None:
    works.minutes(0, 3)
    works.live.recompute(
        start=NOON - MINUTE_MS, clock=lambda: NOON + 4 * MINUTE_MS, on_progress=lambda _: works.minutes(4, 5)
    )
    works.minutes(6, 15)
    assert works.told() == [PRE_WARNING, ALARM]


def test_a_registry_loaded_while_history_is_judged_anew_stays(works: Works) -> None:
    works.minutes(0, 3)
    newer = with_limit(works.registry, "print-T1-m")
    works.live.recompute(
        start=NOON - MINUTE_MS, clock=lambda: NOON + 4 * MINUTE_MS, on_progress=lambda _: works.live.reload(newer)
    )
    works.minutes(4, 5)
    subjects = {row.subject for row in SqlAlarmBook(works.db).transitions(CITY)}
    assert subjects == {SUBJECT, "print-T1-m/p/below"}


def test_another_registry_keeps_the_states_that_both_know(works: Works) -> None:
    works.minutes(0, 4)
    works.live.reload(with_limit(works.registry, "print-P1-m"))
    works.minutes(5, 15)
    assert works.told() == [PRE_WARNING, ALARM]


def test_a_restart_under_another_registry_keeps_them_too(works: Works) -> None:
    works.minutes(0, 10)
    # New rows push the others to other positions.
    newer = with_limit(replace(works.registry, enterprises=works.registry.enterprises[::-1]), "foundry-P1-m")
    works.restart(now=NOON + 11 * MINUTE_MS, registry=newer)
    works.minutes(11, 15)
    assert works.told() == [PRE_WARNING, ALARM]


def test_a_meter_that_is_new_in_the_registry_starts_fresh(works: Works) -> None:
    without = replace(works.registry, meters=works.registry.meters[:T1], thresholds=())
    works.restart(now=NOON, registry=without)
    for i in range(3):
        batch = at(i).take(np.array([0]))
        works.series.append(batch)
        works.take(batch, now=NOON + i * MINUTE_MS)
    works.live.reload(works.registry)
    works.minutes(3, 8)
    assert works.told() == [(8, 1, "active", 3)]


def with_limit(registry: Registry, meter: str) -> Registry:
    """One more threshold, in force at once."""
    limit = replace(registry.thresholds[0], meter=meter, value=2.5, side="below", on_delay_s=0, window=None)
    return replace(registry, thresholds=(limit, *registry.thresholds), version=registry.version + 1)
