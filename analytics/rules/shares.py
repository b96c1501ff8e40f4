"""The part of a feeder that no sub-meter shows, as it usually is: by load level as a share, by time of day in kW.

A share says little by itself: where production stops and the office stays, it goes up by right. So it is compared
with hours of a similar load, and the kW behind it with the same part of the day; only what leaves both is unusual. The
load is the sub-meters' and the feeder's: an unmetered load brings the one to a level that was never seen, a moved
clamp the other, and then that one is left out.
Centre: median; σ = 1.4826 × MAD (of a normal distribution), at least a floor.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.readings import FloatArray, IntArray

BoolArray = NDArray[np.bool_]

LEVELS = 8
BLOCKS = 6
BLOCK_H = 24 // BLOCKS
FEWEST = 6
"""Hours of a load level, or of a part of the day, from which on there is a usual [D]."""
SCALE = 1.4826
FLOOR = 0.02
MORE = 1.1
"""A load so many times the most that was seen is of no level."""
LEAST_LOAD = 0.2
"""A share is of the feeder, or of this part of its usual load where that is more: standby loads swing [D]."""


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Centre and σ, shape (n, k): NaN where too few hours are known."""

    centre: FloatArray
    sigma: FloatArray

    @classmethod
    def none(cls, n: int, k: int) -> "Band":
        return cls(np.full((n, k), np.nan), np.full((n, k), np.nan))

    def distance(self, rows: IntArray, column: IntArray, values: FloatArray) -> FloatArray:
        """How many σ values are away from the centre, without sign; NaN where no usual is known."""
        found: FloatArray = np.abs(values - self.centre[rows, column]) / self.sigma[rows, column]
        return found


class Shares:
    """Of n enterprises.

    usual_kw  float64 (n,)    median of the feeder
    most_kw   float64 (2, n)  highest hours of the sub-meters and of the feeder: levels are parts of them
    days      int64 (n,)      days that had data
    share     by load level of the sub-meters, and by that of the feeder; rest_kw: by part of the day
    """

    def __init__(self, n: int) -> None:
        self.usual_kw, self.most_kw, self.days = (
            np.full(n, np.nan),
            np.full((2, n), np.nan),
            np.zeros(n, dtype=np.int64),
        )
        self.share, self.rest_kw = (Band.none(n, LEVELS), Band.none(n, LEVELS)), Band.none(n, BLOCKS)

    def learn(self, rows: IntArray, feeder: FloatArray, subs: FloatArray, hour: IntArray) -> None:
        """From the hours of some days: kW (hours, rows), NaN where not covered, and the local hour since 1970 of each
        (hours, rows)."""
        known = np.isfinite(feeder) & np.isfinite(subs)
        feeder, subs = np.where(known, feeder, np.nan), np.where(known, subs, np.nan)
        self.usual_kw[rows], _ = _middle(feeder)
        day = hour // 24
        self.days[rows] = [len(np.unique(day[known[:, i], i])) for i in range(len(rows))]
        share = self.share_of(rows, feeder, subs)
        for by, load in enumerate((subs, feeder)):
            self.most_kw[by, rows] = np.fmax.reduce(load, axis=0)
            level = self.level(by, rows, load)
            # Levels overlap with their neighbours: near a border there is no cliff.
            for k in range(LEVELS):
                self._put(self.share[by], rows, k, np.where(np.abs(level - k) <= 1, share, np.nan), FLOOR)
        rest, block = feeder - subs, hour % 24 // BLOCK_H
        for k in range(BLOCKS):
            floor = FLOOR * self.usual_kw[rows]
            self._put(self.rest_kw, rows, k, np.where(block == k, rest, np.nan), floor)

    def share_of(self, rows: IntArray, feeder: FloatArray, subs: FloatArray) -> FloatArray:
        """Share of kW (…, rows) that no sub-meter shows."""
        load = np.maximum(feeder, LEAST_LOAD * self.usual_kw[rows])
        found: FloatArray = (feeder - subs) / np.where(load > 0, load, np.nan)
        return found

    def level(self, by: int, rows: IntArray, load: FloatArray) -> IntArray:
        """Load level of kW (…, rows), of the sub-meters (0) or the feeder (1)."""
        most = self.most_kw[by, rows]
        part = np.nan_to_num(load / np.where(most > 0, most, np.nan))
        found: IntArray = np.clip(part * LEVELS, 0, LEVELS - 1).astype(np.int64)
        return found

    def usual(self, row: int, feeder: float, subs: float) -> tuple[float, float]:
        """(share, σ) that is usual at such a load of one enterprise; NaN where it is not known."""
        rows = np.array([row])
        for by, load in enumerate((subs, feeder)):
            level = int(self.level(by, rows, np.array([load]))[0])
            if load <= MORE * self.most_kw[by, row] and np.isfinite(self.share[by].centre[row, level]):
                return float(self.share[by].centre[row, level]), float(self.share[by].sigma[row, level])
        return float("nan"), float("nan")

    def distance(self, rows: IntArray, feeder: FloatArray, subs: FloatArray, hour: IntArray) -> FloatArray:
        """σ by which both the share and the rest are away from usual, the smallest of them; NaN where unknown."""
        share, away = self.share_of(rows, feeder, subs), []
        for by, load in enumerate((subs, feeder)):
            found = self.share[by].distance(rows, self.level(by, rows, load), share)
            away.append(np.where(load > MORE * self.most_kw[by, rows], np.nan, found))
        by_rest = self.rest_kw.distance(rows, hour % 24 // BLOCK_H, feeder - subs)
        smallest: FloatArray = np.minimum(np.fmin(*away), by_rest)
        return smallest

    def _put(self, band: Band, rows: IntArray, k: int, values: FloatArray, floor: FloatArray | float) -> None:
        centre, count = _middle(values)
        deviation, _ = _middle(np.abs(values - centre))
        enough = count >= FEWEST
        band.centre[rows, k] = np.where(enough, centre, np.nan)
        band.sigma[rows, k] = np.where(enough, np.maximum(SCALE * deviation, floor), np.nan)


def _middle(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """(median, count) of each column, absent values aside; NaN where there are none."""
    ordered, count = np.sort(values, axis=0), np.isfinite(values).sum(axis=0)
    columns, last = np.arange(values.shape[1]), np.maximum(count - 1, 0)
    if not len(values):
        return np.full(values.shape[1], np.nan), count
    return (ordered[last // 2, columns] + ordered[(last + 1) // 2, columns]) / 2, count
