"""Plants with a known load, as a registry and a series to screen."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import numpy as np

from analytics.screening.imbalance import screen
from analytics.screening.settings import Screening
from core.imbalance import Imbalance
from core.interval import HOUR_MS, MINUTE_MS, local_ms, zone
from core.readings import FloatArray, IntArray, Readings, concatenate, readings
from core.registry import Enterprise, Facility, Kind, Meter, Registry

SHANGHAI = "Asia/Shanghai"
MONDAY = date(2024, 3, 4)
STEP = 15

Kw = Callable[[datetime], float]
"""Load at a local time, constant within each quarter of an hour."""


@dataclass(frozen=True)
class Columns:
    """A series in memory, handed out in slabs of ascending time as a store does."""

    held: Readings
    cuts: tuple[int, ...] = ()

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        rows = np.lexsort((self.held.meter, self.held.ts))
        inside = (self.held.ts[rows] >= start) & (self.held.ts[rows] < end)
        if meters is not None:
            inside &= np.isin(self.held.meter[rows], meters)
        batch = self.held.take(rows[inside])
        edges = [0, *np.searchsorted(batch.ts, sorted(self.cuts)).tolist(), len(batch)]
        for first, last in pairwise(edges):
            yield batch.take(slice(first, last))


def at(day: date, clock: str, tz: str = SHANGHAI) -> int:
    return local_ms(day, time.fromisoformat(clock), tz)


def registry(*kinds: Kind, tz: str = SHANGHAI, interval_s: int = STEP * 60, **fields: object) -> Registry:
    """One enterprise E with a facility F0, F1 … of each kind and a meter M0, M1 … on each."""
    kinds = kinds or (Kind.FEEDER,)
    return Registry(
        enterprises=(replace(Enterprise("E", "Plant", "Shifeng", timezone=tz), **fields),),
        facilities=tuple(Facility(f"F{i}", "E", kind) for i, kind in enumerate(kinds)),
        meters=tuple(Meter(f"M{i}", f"F{i}", interval_s=interval_s) for i in range(len(kinds))),
    )


def days_of(kw: Kw, *, days: int = 5, first: date = MONDAY, tz: str = SHANGHAI, meter: int = 0) -> Readings:
    """Quarter-hourly readings from 06:00 of `first` to 06:00 after the last night, of register and power.

    Both are exact: the register holds the integral, and power is the mean of the quarter before, so that
    only where the load changes the trapezoid differs.
    """
    start, end = at(first, "06:00", tz), at(first + timedelta(days=days), "06:00", tz)
    ts = np.arange(start, end + 1, STEP * MINUTE_MS, dtype=np.int64)
    middle = [datetime.fromtimestamp((t - STEP * MINUTE_MS / 2) / 1000, tz=zone(tz)) for t in ts.tolist()]
    p = np.array([kw(local) for local in middle])
    ep = 1000 + np.concatenate([[0.0], np.cumsum(p[1:] * STEP * MINUTE_MS / HOUR_MS)])
    return readings(np.full(len(ts), meter, dtype=np.int64), ts, p=p, ep=ep)


def two_levels(*, night: float, day: float) -> Kw:
    return lambda local: day if 6 <= local.hour < 22 else night


def only(batch: Readings, *names: str) -> Readings:
    """The same readings with no other quantities than those."""
    columns: dict[str, FloatArray] = {name: getattr(batch, name) for name in names}
    return readings(batch.meter, batch.ts, **columns)


def without(batch: Readings, first: int, last: int) -> Readings:
    """The readings outside [first, last)."""
    return batch.take((batch.ts < first) | (batch.ts >= last))


def screened(
    *batches: Readings,
    of: Registry | None = None,
    period: tuple[int, int] | None = None,
    settings: Screening | None = None,
    cuts: tuple[int, ...] = (),
) -> Imbalance:
    """The one result of a registry with one enterprise, over the span of the readings."""
    batch = concatenate(batches)
    from_at, to_at = period or (int(batch.ts.min()), int(batch.ts.max()))
    (result,) = screen(
        of or registry(), Columns(batch, cuts), from_at=from_at, to_at=to_at, settings=settings or Screening()
    )
    return result
