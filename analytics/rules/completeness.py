"""How complete the readings of a meter are, by local day of its enterprise."""

from datetime import time, timedelta

import numpy as np

from analytics.plant import Plant
from analytics.states import NEVER
from core.interval import local_date, local_ms
from core.readings import IntArray, Readings
from core.registry import Registry


class Completeness:
    """Time lost in gaps that are too short for a ticket of their own; arrays have room for more subjects than meters.

    end      int64 (s,)    ms UTC, end of the day being counted; NEVER before the first reading
    start    int64 (s,)    and its beginning; later where the meter was not yet watched
    lost     int64 (s, 2)  ms lost in that day, and in the one after it
    judged   int64 (s,)    beginning of the last full day; NEVER before the first
    share    float64 (s,)  its completeness, 0–1; NaN before the first
    """

    def __init__(self, registry: Registry, subjects: int) -> None:
        self.interval_ms = registry.interval_ms
        self.zones = np.array([registry.enterprises[e].timezone for e in registry.enterprise_of_meter], dtype=np.str_)
        self.start, self.end = np.full(subjects, NEVER), np.full(subjects, NEVER)
        self.lost = np.zeros((subjects, 2), dtype=np.int64)
        self.judged = np.full(subjects, NEVER)
        self.share = np.full(subjects, np.nan)

    def watch(self, meters: IntArray, at: int) -> None:
        """Count from that instant on. A day that is watched in part only is not judged."""
        self.start[meters] = at
        for tz in np.unique(self.zones[meters]).tolist():
            self.end[meters[self.zones[meters] == tz]] = _days_around(at, tz)[1]

    def count(self, late: Readings, plant: Plant) -> None:
        """Readings that came after more than an interval, before the plant takes them in."""
        meter, before = late.meter, plant.last_ts[late.meter]
        counts = (before != NEVER) & ~plant.powerless[plant.enterprise_of_meter[meter]]
        counts &= late.ts - np.where(counts, before, late.ts) <= plant.meter_validity[meter]
        meter, end = meter[counts], late.ts[counts]
        start = before[counts] + self.interval_ms[meter]
        border = np.clip(self.end[meter], start, end)
        self.lost[meter, 0] += border - start
        self.lost[meter, 1] += end - border

    def close(self, plant: Plant) -> IntArray:
        """End the days whose last gap can't come any more; the meters whose day that was."""
        m = len(self.interval_ms)
        over = np.flatnonzero((self.end[:m] != NEVER) & (plant.clock > self.end[:m] + plant.meter_validity))
        for tz in np.unique(self.zones[over]).tolist():
            here = over[self.zones[over] == tz]
            for end in np.unique(self.end[here]).tolist():
                self._close(here[self.end[here] == end], end, tz)
        return over

    def _close(self, meters: IntArray, end: int, tz: str) -> None:
        midnight = _days_around(end - 1, tz)[0]
        full = meters[self.start[meters] <= midnight]
        self.share[full] = 1 - self.lost[full, 0] / (end - midnight)
        self.judged[full] = midnight
        self.lost[meters, 0], self.lost[meters, 1] = self.lost[meters, 1], 0
        self.start[meters], self.end[meters] = end, _days_around(end, tz)[1]


def _days_around(at: int, tz: str) -> tuple[int, int]:
    """[from, to) of the local day that an instant lies in."""
    day = local_date(at, tz)
    return local_ms(day, time(), tz), local_ms(day + timedelta(days=1), time(), tz)
