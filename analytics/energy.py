"""Energy of every meter by quarter and by hour, summed as readings come.

Dense power (readings at most five minutes apart) is integrated by the trapezoid; otherwise the register's difference
counts where it is sound, spread evenly over its time. The sums are of UTC quarters and hours: an hour of the day is an
hour of the day in every zone whose offset is whole hours, and a constant half of one elsewhere.

What is added stays added: a reading that comes out of order is left out here, as the register's next difference has its
energy already. Memory: 3.6 KB a meter, for 21 days of hours and one day of quarters.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from analytics.members import by_meter
from analytics.states import NEVER
from core.interval import HOUR_MS
from core.readings import EP, FloatArray, IntArray, P, Quality, Readings
from core.records import EnergyHour
from core.registry import Registry

QUARTER_MS = 900_000
DAYS = 21
HOURS = 24 * DAYS
QUARTERS = 104
"""A day and a bit: a batch of one UTC day must leave the last quarters before it their places."""
QUARTERLY_MS = QUARTER_MS + 60_000
"""A meter that reports each quarter of an hour does so within some seconds: steps up to this long go into quarters."""
DENSE_MS = 300_000
"""Readings of power at most so far apart are integrated."""
SPREAD_MS = 2 * HOUR_MS
"""A hole up to this long is bridged by its register; a longer one has energy that nobody can place."""
MOST_CELLS = 20_000_000
COVERED = 0.8
"""Share of an hour or quarter that readings must cover for its sum to count [D]."""

_JUMPED = int(Quality.REGISTER_JUMP)
BoolArray = NDArray[np.bool_]


class Ring:
    """Sums of m meters over the newest slots of `width` ms; an older slot is lost when a newer one needs its place."""

    def __init__(self, slots: int, meters: int, width: int) -> None:
        self.width = width
        self.number = np.full(slots, NEVER)  # which quarter or hour a slot holds, since 1970
        self.kwh = np.zeros((slots, meters), dtype=np.float32)
        self.seconds = np.zeros((slots, meters), dtype=np.uint16)

    def add(self, meter: IntArray, start: IntArray, end: IntArray, kwh: FloatArray) -> None:
        """Put energies over [start, end) into their slots, by time."""
        cursor, length = start.copy(), np.maximum(end - start, 1)
        while len(meter):
            number = cursor // self.width
            border = np.minimum((number + 1) * self.width, end)
            taken = border - cursor
            self._put(number, meter, kwh * (taken / length), taken // 1000)
            left = border < end
            if not left.any():
                return
            meter, end, kwh, length, cursor = meter[left], end[left], kwh[left], length[left], border[left]

    def of(self, number: int) -> tuple[FloatArray, FloatArray]:
        """(kWh, covered share 0–1) of every meter in one quarter or hour; nothing where the slot has gone."""
        slot = number % len(self.number)
        if self.number[slot] != number:
            return np.zeros(self.kwh.shape[1]), np.zeros(self.kwh.shape[1])
        return self.kwh[slot].astype(np.float64), np.minimum(self.seconds[slot] / (self.width / 1000), 1.0)

    def _put(self, number: IntArray, meter: IntArray, kwh: FloatArray, seconds: IntArray) -> None:
        first, meters = int(number.min()), self.kwh.shape[1]
        count = int(number.max()) - first + 1
        if count * meters > MOST_CELLS:  # a batch that reaches over years: one quarter or hour after the other
            for each in np.unique(number).tolist():
                rows = np.flatnonzero(number == each)
                self._put(number[rows], meter[rows], kwh[rows], seconds[rows])
            return
        cell = (number - first) * meters + meter
        sums = np.bincount(cell, kwh, count * meters).reshape(count, meters)
        covered = np.bincount(cell, seconds, count * meters).reshape(count, meters)
        for each in np.flatnonzero(covered.any(axis=1)).tolist():
            slot = self._slot(first + each)
            if slot is not None:
                self.kwh[slot] += sums[each].astype(np.float32)
                self.seconds[slot] += covered[each].astype(np.uint16)

    def _slot(self, number: int) -> int | None:
        """Where a quarter or hour is kept, cleared for a new one; None where it is too long ago."""
        slot = number % len(self.number)
        if self.number[slot] > number:
            return None
        if self.number[slot] != number:
            self.number[slot], self.kwh[slot], self.seconds[slot] = number, 0, 0
        return slot


class Energy:
    """Sums by quarter and hour, and the newest reading of every meter that is in them."""

    def __init__(self, registry: Registry) -> None:
        m = len(registry.meters)
        self.ids = tuple(row.id for row in registry.meters)
        self.quarters = Ring(QUARTERS, m, QUARTER_MS)
        self.hours = Ring(HOURS, m, HOUR_MS)
        self.last_ts = np.full(m, NEVER)
        self.last_p = np.full(m, np.nan)
        self.last_ep = np.full(m, np.nan)

    def add(self, batch: Readings, order: IntArray | None = None) -> None:
        """Take in sound readings in order of time; those not newer than their meter's last are left out.

        `order` is `by_meter` of the batch, where it is known already.
        """
        new = batch.ts > self.last_ts[batch.meter]
        if not new.all():
            batch, order = batch.take(new), None
        if not len(batch):
            return
        order = by_meter(batch.meter) if order is None else order
        meter, ts = batch.meter[order], batch.ts[order]
        p, ep = batch.values[order, P], batch.values[order, EP]
        first = np.r_[True, meter[1:] != meter[:-1]]
        before_ts, before_p, before_ep = np.r_[0, ts[:-1]], np.r_[0.0, p[:-1]], np.r_[0.0, ep[:-1]]
        before_ts[first], before_p[first] = self.last_ts[meter[first]], self.last_p[meter[first]]
        before_ep[first] = self.last_ep[meter[first]]
        known = before_ts != NEVER
        gap = np.where(known, ts - np.where(known, before_ts, 0), -1)
        jumped = (batch.quality[order] & _JUMPED) != 0
        kwh = _energies(gap, (before_p, p), (before_ep, ep), jumped=jumped)
        counted = np.isfinite(kwh)
        self._count(meter[counted], ts[counted] - gap[counted], ts[counted], kwh[counted])
        last = np.r_[first[1:], True]
        self.last_ts[meter[last]], self.last_p[meter[last]] = ts[last], p[last]
        self.last_ep[meter[last]] = ep[last]

    def closed(self, meters: IntArray, starts: IntArray, width: int) -> IntArray:
        """The newest quarter or hour that every meter of each group (laid end to end) is past; -1 where none is."""
        newest = np.minimum.reduceat(self.last_ts[meters], starts)
        found: IntArray = np.where(newest == NEVER, 0, newest) // width - 1
        return found

    def _count(self, meter: IntArray, start: IntArray, end: IntArray, kwh: FloatArray) -> None:
        self.hours.add(meter, start, end, kwh)
        short = end - start <= QUARTERLY_MS
        if short.all():
            self.quarters.add(meter, start, end, kwh)
        else:
            self.quarters.add(meter[short], start[short], end[short], kwh[short])

    def moved(self, registry: Registry) -> "Energy":
        """The same sums for the meters of another registry, found by their ids."""
        ids = tuple(row.id for row in registry.meters)
        if ids == self.ids:
            return self
        found, number = Energy(registry), {id: i for i, id in enumerate(self.ids)}
        here = np.array([i for i, id in enumerate(ids) if id in number], dtype=np.int64)
        there = np.array([number[ids[i]] for i in here.tolist()], dtype=np.int64)
        for name in _LAST:
            getattr(found, name)[here] = getattr(self, name)[there]
        for name, mine in self._rings().items():
            theirs = found._rings()[name]
            if mine.ndim == 1:
                theirs[:] = mine
            else:
                theirs[:, here] = mine[:, there]
        return found

    def start_from(self, batch: Readings) -> None:
        """Take these readings, in order of time, for the last ones that are in the sums already."""
        self.last_ts[batch.meter], self.last_p[batch.meter], self.last_ep[batch.meter] = batch.ts, batch.p, batch.ep

    def saved(self, *, after: int) -> list[EnergyHour]:
        """The hours that are over, numbered higher than `after`, ascending."""
        newest = int(self.hours.number.max())
        slots = [slot for slot, hour in enumerate(self.hours.number.tolist()) if after < hour < newest]
        found = [
            EnergyHour(int(self.hours.number[s]), self.hours.kwh[s].copy(), self.hours.seconds[s].copy()) for s in slots
        ]
        return sorted(found, key=lambda row: row.hour)

    def restore(self, rows: Iterable[EnergyHour]) -> None:
        """Put back what was saved; a meter that is new since has nothing."""
        for row in rows:
            slot = row.hour % HOURS
            if self.hours.number[slot] <= row.hour:
                n = min(len(row.kwh), self.hours.kwh.shape[1])
                self.hours.number[slot] = row.hour
                self.hours.kwh[slot], self.hours.seconds[slot] = 0, 0
                self.hours.kwh[slot, :n], self.hours.seconds[slot, :n] = row.kwh[:n], row.seconds[:n]

    def _rings(self) -> dict[str, np.ndarray]:
        rings = {"quarters": self.quarters, "hours": self.hours}
        return {f"{name}_{part}": getattr(ring, part) for name, ring in rings.items() for part in _PARTS}


_LAST = ("last_ts", "last_p", "last_ep")
_PARTS = ("number", "kwh", "seconds")


def _energies(
    gap: IntArray, p: tuple[FloatArray, FloatArray], ep: tuple[FloatArray, FloatArray], *, jumped: BoolArray
) -> FloatArray:
    """kWh since the reading before, NaN where nobody can tell; power that is exported (negative) counts as none."""
    hours = gap / HOUR_MS
    by_power = (np.maximum(p[0], 0) + np.maximum(p[1], 0)) / 2 * hours
    step = ep[1] - ep[0]
    # Also a register whose step nobody marked can't move faster than ten times what the power says.
    sound = (step >= 0) & ~jumped & ~(step > 10 * by_power + 2)
    dense = (gap > 0) & (gap <= DENSE_MS) & np.isfinite(by_power)
    usable = (gap > 0) & (gap <= SPREAD_MS)
    sparse = np.where(sound, step, np.where(gap <= QUARTERLY_MS, by_power, np.nan))
    found: FloatArray = np.where(dense, by_power, np.where(usable, sparse, np.nan))
    return found
