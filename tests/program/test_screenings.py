"""When periods are screened, and what late readings do."""

from datetime import date
from pathlib import Path

import pytest

from analytics.screening.settings import Screening
from core.interval import DAY_MS, HOUR_MS
from core.screening import ScreeningList
from nightwatt.screening import Screenings, WatchedSeries, month_of
from stores.memory import MemorySeries
from stores.sql.engine import open_database
from stores.sql.focus import SqlFocusBook
from stores.sql.registry import SqlRegistryBook
from stores.sql.screenings import SqlScreeningBook
from tests.analytics.loads import SHANGHAI, at, days_of, registry, two_levels
from tests.cases import CITY

NOW = at(date(2024, 4, 2), "12:00")
NIGHTS = two_levels(night=300, day=100)


class Bench:
    """The books over SQLite and a series in memory."""

    def __init__(self, folder: Path) -> None:
        self.db = open_database(f"sqlite:///{folder / 'screening.db'}")
        SqlRegistryBook(self.db).save(registry(), by="test", now=NOW)
        self.book, self.store = SqlScreeningBook(self.db), MemorySeries()
        self.series = WatchedSeries(self.store, self.book)
        self.screenings = Screenings(self.series, self.book, SqlFocusBook(self.db), Screening(), 14)

    def screen_due(self, now: int = NOW) -> list[str]:
        due = self.screenings.due(registry(), now=now)
        for period in due:
            with self.series.screening(period):
                self.screenings.month(registry(), period, now=now)
        return [period.name for period in due]

    def nights_of(self, month: str) -> list[str]:
        return [
            day
            for row in self.book.findings(CITY, ScreeningList.IMBALANCE, month)
            for day in row.finding.evidence["days"]
        ]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    yield bench
    bench.db.close()


def test_months_are_screened_once_when_their_last_night_is_over(bench: Bench) -> None:
    bench.series.append(days_of(NIGHTS, days=8, first=date(2024, 3, 20)))
    early = at(date(2024, 4, 1), "13:00")
    assert "2024-03" not in {period.name for period in bench.screenings.due(registry(), now=early)}
    screened = bench.screen_due()
    assert (screened[-1], len(screened)) == ("2024-03", 13)
    assert bench.screen_due() == []
    assert bench.nights_of("2024-03") == [f"2024-03-{day}" for day in range(20, 28)]


def test_late_readings_have_their_month_screened_again(bench: Bench) -> None:
    bench.series.append(days_of(NIGHTS, days=8, first=date(2024, 3, 20)))
    bench.screen_due()
    bench.series.append(days_of(NIGHTS, days=1, first=date(2024, 2, 10)))
    bench.series.append(days_of(NIGHTS, days=4, first=date(2024, 2, 11)))
    assert bench.book.stale() == ["2024-02"]
    assert bench.screen_due() == ["2024-02"]
    assert len(bench.nights_of("2024-02")) == 5


def test_readings_of_now_make_no_month_stale(bench: Bench) -> None:
    bench.screen_due()
    bench.series.append(days_of(NIGHTS, days=1, first=date(2024, 4, 2)))
    assert bench.book.stale() == []


def test_readings_that_come_while_a_month_is_screened_make_it_stale_at_once(bench: Bench) -> None:
    bench.screen_due()
    period = month_of(date(2024, 2, 1), SHANGHAI)
    with bench.series.screening(period):
        bench.screenings.month(registry(), period, now=NOW)
        bench.series.append(days_of(NIGHTS, days=1, first=date(2024, 2, 10)))
        bench.screenings.month(registry(), period, now=NOW)
    assert bench.book.stale() == ["2024-02"]


def test_what_was_stale_before_a_restart_is_stale_after_it(bench: Bench) -> None:
    bench.screen_due()
    again = WatchedSeries(bench.store, bench.book)
    again.append(days_of(NIGHTS, days=1, first=date(2024, 2, 10)))
    assert bench.book.stale() == ["2024-02"]
    assert WatchedSeries(bench.store, bench.book).count() > 0
    assert "2024-02" in {period.name for period in bench.screenings.due(registry(), now=NOW)}


def test_the_running_period_fills_the_focus_list_and_all_lists(bench: Bench) -> None:
    bench.series.append(days_of(NIGHTS, days=10, first=date(2024, 3, 20)))
    found = bench.screenings.running(registry(), now=NOW + HOUR_MS)
    assert [row.enterprise for row in found.imbalances if row.flagged] == ["E"]
    assert [row.imbalance.enterprise for row in SqlFocusBook(bench.db).focus_list(CITY)] == ["E"]
    (row,) = bench.book.findings(CITY, ScreeningList.IMBALANCE, "running")
    assert row.finding.flagged
    demand = bench.book.running(ScreeningList.GROWTH)[0].evidence["demand_kw"]
    assert len(demand) == 10
    # A fortnight later the days that have left the period are still among the thirty.
    bench.screenings.running(registry(), now=NOW + 5 * DAY_MS)
    later = bench.book.running(ScreeningList.GROWTH)[0].evidence["demand_kw"]
    assert later.keys() == demand.keys()
