"""Silence is judged as time passes, and never for what failed on our side."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from analytics.live import Live
from core.interval import MINUTE_MS
from core.readings import readings
from core.records import AlarmFilter
from nightwatt.passing import ON_ITS_WAY_MS, SETTLES_MS, Passing
from stores.memory import MemorySeries
from stores.sql.alarms import SqlAlarmBook
from stores.sql.engine import open_database
from stores.sql.registry import SqlRegistryBook
from stores.sql.transitions import SqlTransitionLog
from tests.cases import CITY, NOON, city

REGISTRY = city()
ALL = frozenset(meter.id for meter in REGISTRY.meters)


@dataclass
class Town:
    """A service that judges three works whose meters report every minute, on a clock that is moved by hand."""

    live: Live
    alarms: SqlAlarmBook
    series: MemorySeries = field(default_factory=MemorySeries)
    minute: int = 0
    connected: bool = True

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """As after a start."""
        self.passing = Passing(
            lambda at: self.live.tick(now=at),
            hears=lambda: self.connected,
            clock=lambda: self.now,
            wall=lambda: self.now,
        )

    @property
    def now(self) -> int:
        return NOON + self.minute * MINUTE_MS

    def lives(self, minutes: int, *, quiet: frozenset[str] = frozenset()) -> None:
        """Minutes in which all but the quiet meters report, and time passes after each."""
        for _ in range(minutes):
            self.minute += 1
            meters = [n for n, row in enumerate(REGISTRY.meters) if row.id not in quiet]
            if meters and self.connected:
                batch = readings(meters, [self.now] * len(meters), p=[1.0] * len(meters))
                self.live.evaluate(batch, now=self.now)
            self.passing.round()

    def tickets(self) -> set[str]:
        found = self.alarms.alarms(CITY, AlarmFilter(ticket=True), limit=100)
        return {row.alarm.subject for row in found.rows}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    database = open_database(f"sqlite:///{tmp_path / 'nightwatt.db'}")
    SqlRegistryBook(database).save(REGISTRY, by="test", now=NOON)
    log = SqlTransitionLog(database)
    live = Live(REGISTRY, log=log, history=MemorySeries(), on_commit=lambda: None)
    live.start(now=NOON)
    yield Town(live, SqlAlarmBook(database))
    database.close()


def test_a_meter_that_falls_silent_among_others_gets_a_ticket(town: Town) -> None:
    town.lives(30)
    town.lives(30, quiet=frozenset({"print-T1-m"}))
    assert town.tickets() == {"print-T1-m"}


def test_a_broker_that_is_away_opens_no_tickets_neither_meanwhile_nor_after(town: Town) -> None:
    town.lives(30)
    town.connected = False
    town.lives(90)
    assert town.tickets() == set()
    town.connected = True
    town.lives(60)
    assert town.tickets() == set()


def test_readings_that_stop_for_all_meters_at_once_are_our_own_failure(town: Town) -> None:
    town.lives(30)
    town.lives(90, quiet=ALL)
    assert town.tickets() == set()
    town.lives(60)
    assert town.tickets() == set()


def test_a_meter_that_stays_away_after_an_outage_of_ours_gets_its_ticket_then(town: Town) -> None:
    town.lives(30)
    town.connected = False
    town.lives(60)
    town.connected = True
    town.lives(40, quiet=frozenset({"print-T1-m"}))
    assert town.tickets() == {"print-T1-m"}


def test_time_passes_only_after_hearing_for_three_minutes_and_less_what_is_on_its_way() -> None:
    told: list[int] = []
    at, hears = [NOON], [True]
    passing = Passing(told.append, hears=lambda: hears[0], clock=lambda: at[0], wall=lambda: at[0])
    passing.round()
    at[0] += SETTLES_MS - 1
    passing.round()
    assert told == []
    at[0] += 1
    passing.round()
    assert told == [at[0] - ON_ITS_WAY_MS]
    hears[0] = False
    passing.round()
    hears[0] = True
    passing.round()
    assert len(told) == 1


def test_a_wall_clock_that_is_put_back_begins_the_wait_anew() -> None:
    told: list[int] = []
    at = [NOON]
    passing = Passing(told.append, hears=lambda: True, clock=lambda: at[0], wall=lambda: at[0])
    passing.round()
    at[0] -= 10 * MINUTE_MS
    passing.round()
    at[0] += SETTLES_MS
    passing.round()
    assert told == [at[0] - ON_ITS_WAY_MS]
