"""When which period is screened: the running one every hour, months when they are over or readings come late."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.screening.lists.history import MONTHS, history
from analytics.screening.settings import Screening
from analytics.screening.survey import Survey, survey
from core.interval import DAY_MS, HOUR_MS, local_date, local_ms
from core.interval import clock as wall_time
from core.ports import FocusBook, ScreeningBook, SeriesStore
from core.readings import FloatArray, IntArray, Readings
from core.registry import DEFAULT_ZONE, Registry
from core.screening import Period, ScreeningList

MIDNIGHT = wall_time("00:00")
MARGIN_MS = 12 * HOUR_MS
"""How far a month's readings reach over its ends: its last night is over by then."""

SETTLES_MS = 2 * HOUR_MS
"""A month is screened this long after that: stragglers should be in."""


def month_of(first: date, tz: str) -> Period:
    """The calendar month that begins on that date, with a margin at both ends."""
    after = _next(first)
    return Period(local_ms(first, MIDNIGHT, tz) - MARGIN_MS, local_ms(after, MIDNIGHT, tz) + MARGIN_MS, first)


def months_between(from_at: int, to_at: int, tz: str) -> list[date]:
    """First dates of the months that [from_at, to_at) touches."""
    month, last = local_date(from_at, tz).replace(day=1), local_date(max(from_at, to_at - 1), tz)
    found = []
    while month <= last:
        found.append(month)
        month = _next(month)
    return found


def zone_of(registry: Registry) -> str:
    """The zone that all enterprises share, else China's."""
    zones = {row.timezone for row in registry.enterprises}
    return zones.pop() if len(zones) == 1 else DEFAULT_ZONE


def _next(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


@dataclass(frozen=True, slots=True)
class Screenings:
    """Screens periods and puts the results into the books. `days` is the length of the running period."""

    series: SeriesStore
    book: ScreeningBook
    focus: FocusBook
    settings: Screening
    days: int

    def running(self, registry: Registry, *, now: int) -> Survey:
        """The last days up to now: all lists, and the focus list."""
        tz = zone_of(registry)
        period = Period(now - (self.days + 1) * DAY_MS, now)
        today = local_date(now, tz)
        first = local_date(period.from_at + DAY_MS, tz)
        past = history(self.book.former_months(f"{first:%Y-%m}"), self.book.running(ScreeningList.GROWTH))
        found = survey(registry, self.series, period, past=past, settings=self.settings)
        self.focus.save(found.imbalances, now=now)
        self.book.save(period, found.findings, day=today.isoformat(), now=now)
        return found

    def due(self, registry: Registry, *, now: int) -> list[Period]:
        """The months of the last year that are over and were not screened, and all stale ones; the oldest first."""
        tz, stale = zone_of(registry), self.book.stale()
        known = {row.period.name for row in self.book.periods()} - set(stale)
        first = now - (MONTHS * 31 + 1) * DAY_MS
        over = [month_of(month, tz) for month in months_between(first, now, tz)]
        due = {row.name: row for row in over if row.to_at + SETTLES_MS <= now and row.name not in known}
        for name in stale:
            due.setdefault(name, month_of(date.fromisoformat(f"{name}-01"), tz))
        return [due[name] for name in sorted(due)]

    def month(self, registry: Registry, period: Period, *, now: int) -> Survey:
        """Screen a calendar month and keep what was found."""
        past = history(self.book.former_months(period.name))
        found = survey(registry, self.series, period, past=past, settings=self.settings)
        # A month without readings is remembered as screened; readings that come for it make it stale.
        self.book.save(period, [] if found.is_empty else found.findings, day="", now=now)
        return found


class WatchedSeries:
    """A SeriesStore that tells the screening's book of readings for months that were screened.

    A month is told of once, until it is screened again: beyond that it costs one look a batch.
    """

    def __init__(self, series: SeriesStore, book: ScreeningBook) -> None:
        self._series, self._book = series, book
        months = [row.period for row in book.periods() if row.period.month and not row.stale]
        self._untold = {period.name: period for period in months}

    @contextmanager
    def screening(self, period: Period) -> Iterator[None]:
        """Around the screening of a month: readings that come meanwhile make its result stale at once."""
        self._untold[period.name] = period
        yield
        if period.name not in self._untold:
            self._book.touch(period.name)

    def append(self, batch: Readings) -> int:
        """Told first: a month that is screened once too often costs less than one that is wrong."""
        if len(batch):
            self._tell(int(batch.ts.min()), batch.ts)
        return self._series.append(batch)

    def _tell(self, first: int, ts: IntArray) -> None:
        for name, period in list(self._untold.items()):
            if first < period.to_at and ((ts >= period.from_at) & (ts < period.to_at)).any():
                self._book.touch(name)
                self._untold.pop(name, None)

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        return self._series.scan(start, end, meters=meters, quantities=quantities)

    def buckets(
        self, meter: int, start: int, end: int, width: int, quantity: str = "p"
    ) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
        return self._series.buckets(meter, start, end, width, quantity)

    def latest(self, since: int) -> Readings:
        return self._series.latest(since)

    def count(self, *, meter: int | None = None) -> int:
        return self._series.count(meter=meter)

    def close(self) -> None:
        self._series.close()
