"""What is gathered of many facilities at once, reading by reading, in memory that does not grow with time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.learning.sums import Sums
from core.interval import DAY_MS
from core.readings import FloatArray, IntArray, Readings
from core.registry import Registry

LOWEST_DECADE, DECADES, PER_DECADE = -3, 8, 64
BINS = DECADES * PER_DECADE + 1
"""Bins of log10 kW from 1 W to 100 MW, 3.7 % wide each; the first holds what is less, zero with it."""


def edges_kw() -> FloatArray:
    """Lower edge of every bin in kW, shape (BINS,); that of the first is 0."""
    found: FloatArray = np.concatenate([[0.0], 10.0 ** (LOWEST_DECADE + np.arange(BINS - 1) / PER_DECADE)])
    return found


def bins_of(power_kw: FloatArray) -> IntArray:
    """The bin of each absolute power; what is beyond the last edge counts in the last bin."""
    with np.errstate(divide="ignore"):
        place = np.floor((np.log10(power_kw) - LOWEST_DECADE) * PER_DECADE)
    found: IntArray = (np.clip(place, -1, BINS - 2) + 1).astype(np.int64)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """Of one facility: how often it drew how much."""

    facility: str
    counts: IntArray  # (BINS,) readings
    days: int  # local to the period: days of 24 h of which enough was read
    interval_ms: int
    readings: int
    unsound: int  # frozen, invalid or of a wrong time: left out
    negative: int
    lowest_kw: float
    highest_kw: float


class Gathered:
    """Takes in batches of [start, end), in order of time, of the facilities named, or of all."""

    def __init__(
        self, registry: Registry, *, start: int, end: int, facilities: Sequence[str] | None, day_covered: float = 0.8
    ) -> None:
        self._registry, self._start, self._day_covered = registry, start, day_covered
        wanted = registry.facility_number if facilities is None else facilities
        numbers = np.array(sorted(registry.facility_number[id] for id in wanted), dtype=np.int64)
        row = np.full(len(registry.facilities), -1, dtype=np.int64)
        row[numbers] = np.arange(len(numbers))
        self._numbers = numbers
        self._row = row[registry.facility_of_meter] if len(registry.meters) else np.zeros(0, dtype=np.int64)
        self.meters: IntArray = np.flatnonzero(self._row >= 0)
        f, self._days = len(numbers), max(1, -(-(end - start) // DAY_MS))
        self._interval = np.full(f, 1000, dtype=np.int64)
        np.maximum.at(self._interval, self._row[self.meters], registry.interval_ms[self.meters])
        self._sums = Sums(self._row, self._interval)
        self._counts = np.zeros((f, BINS), dtype=np.int64)
        self._per_day = np.zeros((f, self._days), dtype=np.int64)
        self._unsound, self._negative = np.zeros(f, dtype=np.int64), np.zeros(f, dtype=np.int64)
        self._lowest, self._highest = np.full(f, np.inf), np.zeros(f)

    def add(self, batch: Readings) -> None:
        """Count a batch; only what is sound, and |P|: a reversed transformer's minus is counted and told."""
        known = batch.meter < len(self._row)
        batch = batch.take(known) if not known.all() else batch
        row, f = self._row[batch.meter], len(self._numbers)
        given = (row >= 0) & np.isfinite(batch.p)
        power = batch.sound().p
        sound = given & np.isfinite(power)
        self._unsound += np.bincount(row[given & ~sound], minlength=f)
        self._negative += np.bincount(row[sound & (power < 0)], minlength=f)
        row, ts, power = self._sums.of(batch.meter[sound], batch.ts[sound], np.abs(power[sound]))
        self._counts += np.bincount(row * BINS + bins_of(power), minlength=f * BINS).reshape(f, BINS)
        day = np.clip((ts - self._start) // DAY_MS, 0, self._days - 1)
        self._per_day += np.bincount(row * self._days + day, minlength=f * self._days).reshape(f, self._days)
        np.minimum.at(self._lowest, row, power)
        np.maximum.at(self._highest, row, power)

    def draws(self) -> list[Draw]:
        """One for each facility that has a meter, in the registry's order."""
        expected = DAY_MS / self._interval
        days = (self._per_day >= self._day_covered * expected[:, None]).sum(axis=1)
        metered = np.isin(np.arange(len(self._numbers)), self._row)
        return [
            Draw(
                facility=self._registry.facilities[self._numbers[i]].id,
                counts=self._counts[i],
                days=int(days[i]),
                interval_ms=int(self._interval[i]),
                readings=int(self._counts[i].sum()),
                unsound=int(self._unsound[i]),
                negative=int(self._negative[i]),
                lowest_kw=float(self._lowest[i]),
                highest_kw=float(self._highest[i]),
            )
            for i in np.flatnonzero(metered).tolist()
        ]
