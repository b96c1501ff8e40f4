"""The engine at work over a real database: nothing is forgotten, restarted, lost or told twice."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from analytics import snapshot
from analytics.engine import Engine
from analytics.live import LATENESS_MS, SNAPSHOT_EVERY_MS, Live
from core.alarm import Transition
from core.errors import StoreAway
from core.interval import MINUTE_MS
from core.readings import Readings, concatenate, readings
from core.registry import Registry
from stores.memory import MemorySeries
from stores.sql.alarms import SqlAlarmBook
from stores.sql.engine import Database, open_database
from stores.sql.registry import SqlRegistryBook
from stores.sql.transitions import SqlTransitionLog
from tests.cases import CITY, NOON, city

SUBJECT = "print-L1/dust"
P1, T1 = city().meter_number["print-P1-m"], city().meter_number["print-T1-m"]
RUNS, STOPPED = 30.0, 0.0


class LogThatGoesAway:
    """The real log behind a line that can be cut."""

    def __init__(self, log: SqlTransitionLog) -> None:
        self.log, self.away = log, False

    def record(self, transitions: Sequence[Transition], *, snapshot: bytes | None, now: int) -> int:
        self._check()
        return self.log.record(transitions, snapshot=snapshot, now=now)

    def snapshot(self) -> bytes | None:
        self._check()
        return self.log.snapshot()

    def _check(self) -> None:
        if self.away:
            raise StoreAway("the database was told to be away")


class Works:
    """The print shop, a service that judges it and what the service wrote."""

    def __init__(self, db: Database) -> None:
        self.db, self.series, self.registry = db, MemorySeries(), city()
        self.log = LogThatGoesAway(SqlTransitionLog(db))
        self.woken = 0
        self.live = self.service()

    def service(self, registry: Registry | None = None) -> Live:
        registry, still = registry or self.registry, lambda: 0.0  # judging again costs nothing here
        return Live(registry, log=self.log, history=self.series, on_commit=self._wake, stopwatch=still)

    def restart(self, *, now: int, registry: Registry | None = None) -> None:
        """As after a crash: the old service writes nothing more."""
        self.live = self.service(registry)
        self.live.start(now=now)

    def minutes(self, first: int, last: int, *, production: float = RUNS, treatment: float = STOPPED) -> None:
        """Readings of the minutes first … last, each stored and judged as it comes."""
        for minute in range(first, last + 1):
            self.take(at(minute, production, treatment), now=NOON + minute * MINUTE_MS)

    def take(self, batch: Readings, *, now: int) -> None:
        """As the pipeline does: store, then judge."""
        self.series.append(batch)
        self.live.evaluate(batch, now=now)

    def told(self) -> list[tuple[float, int, str, float]]:
        """(at, severity, state, since) in minutes after noon of every transition written."""
        rows = [row for row in SqlAlarmBook(self.db).transitions(CITY) if row.subject == SUBJECT]
        return [(minute(t.at), t.severity, t.state.value, minute(t.since)) for t in rows]

    def outcomes(self) -> list[str]:
        return [row.notify_outcome or "waiting" for row in SqlAlarmBook(self.db).transitions(CITY)]

    def _wake(self) -> None:
        self.woken += 1


def at(minute: int, production: float = RUNS, treatment: float = STOPPED) -> Readings:
    return readings([P1, T1], [NOON + minute * MINUTE_MS] * 2, p=[production, treatment])


def minute(ms: int) -> float:
    return (ms - NOON) / MINUTE_MS


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    database = open_database(f"sqlite:///{tmp_path / 'nightwatt.db'}")
    SqlRegistryBook(database).save(city(), by="test", now=NOON)
    made = Works(database)
    made.live.start(now=NOON)
    yield made
    database.close()


PRE_WARNING, ALARM = (5, 1, "active", 0), (15, 2, "active", 0)


def test_findings_are_written_and_the_notifier_is_woken_for_them_only(works: Works) -> None:
    works.minutes(0, 4)
    assert (works.told(), works.woken) == ([], 0)
    works.minutes(5, 20)
    assert (works.told(), works.woken) == ([PRE_WARNING, ALARM], 2)


@pytest.mark.parametrize("crash_after", [0, 1, 2, 3, 4, 5, 10, 14, 15])
def test_a_restart_in_the_middle_of_a_delay_neither_forgets_nor_restarts_it(works: Works, crash_after: int) -> None:
    works.minutes(0, crash_after)
    works.restart(now=NOON + (crash_after + 1) * MINUTE_MS)
    works.minutes(crash_after + 1, 20)
    assert works.told() == [PRE_WARNING, ALARM]


def test_a_restart_catches_up_with_what_was_stored_and_never_judged(works: Works) -> None:
    works.minutes(0, 3)
    for late in range(4, 18):
        works.series.append(at(late))
    works.restart(now=NOON + 18 * MINUTE_MS)
    assert works.told() == [PRE_WARNING, ALARM]


def test_a_first_start_reads_the_last_day_of_the_store(works: Works) -> None:
    for late in range(8):
        works.series.append(at(late))
    works.restart(now=NOON + 8 * MINUTE_MS)
    assert works.told() == [PRE_WARNING]


def test_starting_again_and_again_tells_nothing_twice(works: Works) -> None:
    works.minutes(0, 16)
    for _ in range(3):
        works.restart(now=NOON + 17 * MINUTE_MS)
    assert works.told() == [PRE_WARNING, ALARM]


def test_what_was_found_while_the_log_was_away_is_written_first_when_it_is_back(works: Works) -> None:
    works.minutes(0, 4)
    works.log.away = True
    for missed in range(5, 16):
        with pytest.raises(StoreAway):
            works.take(at(missed), now=NOON + missed * MINUTE_MS)
    works.log.away = False
    works.take(at(15), now=NOON + 15 * MINUTE_MS)
    assert works.told() == [PRE_WARNING, ALARM]


def test_repeating_a_batch_that_could_not_be_written_is_harmless(works: Works) -> None:
    works.minutes(0, 4)
    works.log.away = True
    with pytest.raises(StoreAway):
        works.take(at(5), now=NOON + 5 * MINUTE_MS)
    works.log.away = False
    for _ in range(2):
        works.take(at(5), now=NOON + 5 * MINUTE_MS)
    assert works.told() == [PRE_WARNING]


def test_a_crash_while_the_log_was_away_loses_nothing(works: Works) -> None:
    works.minutes(0, 4)
    works.log.away = True
    works.series.append(at(5))
    with pytest.raises(StoreAway):
        works.take(at(5), now=NOON + 5 * MINUTE_MS)
    works.log.away = False
    works.restart(now=NOON + 6 * MINUTE_MS)
    assert works.told() == [PRE_WARNING]


def test_a_start_that_found_the_log_away_can_be_repeated(works: Works) -> None:
    works.minutes(0, 3)
    works.series.append(concatenate([at(4), at(5)]))
    live = works.service()
    works.log.away = True
    with pytest.raises(StoreAway):
        live.start(now=NOON + 6 * MINUTE_MS)
    works.log.away = False
    live.start(now=NOON + 6 * MINUTE_MS)
    assert works.told() == [PRE_WARNING]


def test_the_state_is_saved_from_time_to_time_even_if_nothing_happens(works: Works) -> None:
    works.minutes(0, 1, treatment=RUNS)
    before = works.log.snapshot()
    works.minutes(2, 60, treatment=RUNS)
    assert works.told() == []
    assert works.log.snapshot() != before
    assert reached(works) >= NOON + 60 * MINUTE_MS - LATENESS_MS - SNAPSHOT_EVERY_MS - MINUTE_MS


def test_a_stop_leaves_a_state_to_go_on_from(works: Works) -> None:
    works.minutes(0, 14)
    works.live.close(now=NOON + 14 * MINUTE_MS)
    works.restart(now=NOON + 15 * MINUTE_MS)
    works.minutes(15, 16)
    assert works.told() == [PRE_WARNING, ALARM]


def test_readings_that_come_too_late_raise_nothing(works: Works) -> None:
    now = NOON + 20 * MINUTE_MS + LATENESS_MS + 1
    works.take(concatenate([at(i) for i in range(21)]), now=now)
    assert works.told() == []


def test_readings_that_come_late_but_in_time_do(works: Works) -> None:
    works.take(concatenate([at(i) for i in range(6)]), now=NOON + LATENESS_MS)
    assert works.told() == [PRE_WARNING]


def test_a_reading_that_comes_in_time_but_after_a_newer_one_is_judged_in_its_order(works: Works) -> None:
    works.minutes(0, 2)
    works.take(concatenate([at(i) for i in (8, 9)]), now=NOON + 9 * MINUTE_MS)
    works.take(concatenate([at(i, treatment=RUNS) for i in (3, 4, 5)]), now=NOON + 10 * MINUTE_MS)
    works.minutes(10, 14)
    assert [told for told in works.told() if told[2] == "active"][-1] == (13, 1, "active", 8)


def test_what_was_told_and_late_readings_disprove_is_taken_back(works: Works) -> None:
    works.minutes(0, 2)
    works.take(concatenate([at(i) for i in (8, 9)]), now=NOON + 9 * MINUTE_MS)
    assert works.told() == [(8, 1, "active", 0)]
    works.take(concatenate([at(i, treatment=RUNS) for i in (3, 4, 5)]), now=NOON + 10 * MINUTE_MS)
    states = [(severity, state, since) for _, severity, state, since in works.told()]
    assert states == [(1, "active", 0), (1, "normal", 0)]


def test_readings_delivered_again_after_newer_ones_change_nothing(works: Works) -> None:
    works.minutes(0, 16)
    for again in (3, 10, 16):
        works.take(at(again), now=NOON + 17 * MINUTE_MS)
    works.minutes(17, 18)
    assert works.told() == [PRE_WARNING, ALARM]


def reached(works: Works) -> int:
    """The newest reading of the state that was saved."""
    engine, saved = Engine(works.registry), works.log.snapshot()
    assert saved is not None
    assert snapshot.restore(engine, saved)
    return engine.newest
