"""The part of a feeder that no sub-meter shows, as it usually is at a time of day and at a load.

Two things move it in a sound plant. Offices, lamps and pumps without a meter follow the hour and the kind of day; line
losses, errors of transformers and small drives without a meter follow production. So for each local hour, of workdays
and of weekends, the medians of the sub-meters' and of the unmetered kW are learnt, and how much the one grows with the
other: rest = usual rest + slope × (sub-meters − usual sub-meters).

History can mostly be read in more than one way. A holiday is a workday by the calendar and a weekend by its lamps;
where offices and production begin together, nobody can tell which of them the rest follows. So every reading that the
history allows is asked: both kinds of day, the slope of the deviations within an hour of the day and the slope over all
hours. Only what lies outside all of them is unusual. At a usual load on a usual day they agree, and nothing is lost.

Centre: median. Slope: Tukey's resistant line, through the medians of the lowest and the highest third of the loads, so
that a sixth of the hours may be wrong. σ: 1.4826 × MAD (of a normal distribution) of a part of the day of four hours,
at least 2 % of the load, as classes of meters and transformers add up to that much.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.readings import FloatArray, IntArray

BoolArray = NDArray[np.bool_]

KINDS = 2
"""Workday, weekend."""
FEWEST_DAYS = 3
"""Days of a kind, with data in that hour, from which on it has a usual of its own; before, it is that of all [D]."""
BLOCK_H = 4
FEWEST = 6
"""Hours of a part of the day from which on there is a σ [D]."""
SCALE = 1.4826
FLOOR = 0.02
MORE = 1.1
"""A load of the sub-meters so many times the most that was seen is not judged."""
LEAST_SPREAD = 0.1
"""Thirds of the loads that are nearer to each other than this part of the mean feeder tell no slope [D]."""
STEEPEST = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """What is usual in the hours asked for, kW; NaN where nothing is known. Each (n,).

    low, high   lowest and highest rest that a reading of the history allows
    sigma       of the rest
    """

    low: FloatArray
    high: FloatArray
    sigma: FloatArray

    def distance(self, rest: FloatArray) -> FloatArray:
        """How many σ the rest, kW, is outside; 0 inside."""
        found: FloatArray = np.maximum(np.maximum(self.low - rest, rest - self.high), 0) / self.sigma
        return found

    def nearest(self, rest: FloatArray) -> FloatArray:
        """The usual rest, kW, that is nearest to this one."""
        found: FloatArray = np.clip(rest, self.low, self.high)
        return found


class Shares:
    """Of n enterprises.

    mean_kw  float64 (n,)         mean of the feeder
    most_kw  float64 (n,)         highest hour of the sub-meters
    days     int64 (n,)           days that had data
    subs_kw, rest_kw  float64 (n, 2, 24)  medians by kind of day and local hour
    slope    float64 (n, 2)       kW of rest a kW of sub-meters: within hours of the day, over all hours
    sigma    float64 (n, 6)       kW by part of the day
    """

    def __init__(self, n: int) -> None:
        self.mean_kw, self.most_kw, self.days = np.full(n, np.nan), np.full(n, np.nan), np.zeros(n, dtype=np.int64)
        self.subs_kw, self.rest_kw = np.full((2, n, KINDS, 24), np.nan)
        self.slope, self.sigma = np.zeros((n, 2)), np.full((n, 24 // BLOCK_H), np.nan)

    def learn(self, rows: IntArray, feeder: FloatArray, subs: FloatArray, day: IntArray) -> None:
        """From whole local days: kW (days, 24, rows), NaN where not covered, and the number of each day since 1970."""
        known = np.isfinite(feeder) & np.isfinite(subs)
        count = known.sum(axis=(0, 1))
        self.days[rows] = known.any(axis=1).sum(axis=0)
        subs, rest = np.where(known, subs, np.nan), np.where(known, feeder - subs, np.nan)
        self.mean_kw[rows] = np.where(known, feeder, 0).sum(axis=(0, 1)) / np.where(count, count, np.nan)
        self.most_kw[rows] = np.fmax.reduce(subs, axis=(0, 1))
        kind = _weekend(day).astype(np.int64)
        usual_subs, usual_rest = _by_kind(subs, kind), _by_kind(rest, kind)
        self.subs_kw[rows], self.rest_kw[rows] = usual_subs.transpose(2, 0, 1), usual_rest.transpose(2, 0, 1)
        off_subs, off_rest = subs - usual_subs[kind], rest - usual_rest[kind]
        within = _slope(off_subs, off_rest, LEAST_SPREAD * self.mean_kw[rows])
        self.slope[rows, 0], self.slope[rows, 1] = within, _slope(subs, rest, LEAST_SPREAD * self.mean_kw[rows])
        for block in range(24 // BLOCK_H):
            there = slice(block * BLOCK_H, (block + 1) * BLOCK_H)
            left = np.abs(off_rest[:, there] - within * off_subs[:, there]).reshape(-1, len(rows))
            deviation, some = _middle(left)
            self.sigma[rows, block] = np.where(some >= FEWEST, SCALE * deviation, np.nan)

    def usual(self, rows: IntArray, feeder: FloatArray, subs: FloatArray, hour: IntArray) -> Usual:
        """At such kW in such a local hour since 1970, each (rows,)."""
        at, n = hour % 24, np.arange(len(rows))
        centre, load = self.rest_kw[rows][n, :, at], self.subs_kw[rows][n, :, at]
        more = subs[:, None] - load
        rests = (centre[:, :, None] + more[:, :, None] * self.slope[rows][:, None, :]).reshape(len(rows), -1)
        floor = FLOOR * np.maximum(np.maximum(feeder, subs), self.mean_kw[rows])
        sigma = np.maximum(self.sigma[rows, at // BLOCK_H], floor)
        seen = subs <= MORE * self.most_kw[rows]
        return Usual(rests.min(axis=1), rests.max(axis=1), np.where(seen, sigma, np.nan))

    @staticmethod
    def share(feeder: FloatArray, subs: FloatArray) -> FloatArray:
        """Part of kW of a feeder that no sub-meter shows; NaN where it has no load."""
        found: FloatArray = (feeder - subs) / np.where(feeder > 0, feeder, np.nan)
        return found


def _weekend(day: IntArray) -> BoolArray:
    found: BoolArray = (day + 3) % 7 >= 5  # 1970 began on a Thursday
    return found


def _by_kind(kw: FloatArray, kind: IntArray) -> FloatArray:
    """(2, 24, rows) medians of kW (days, 24, rows) by the kind of each day."""
    everyday, _ = _middle(kw)
    found = np.empty((KINDS, *everyday.shape))
    for each in range(KINDS):
        own, count = _middle(kw[kind == each])
        found[each] = np.where(count >= FEWEST_DAYS, own, everyday)
    return found


def _slope(load: FloatArray, rest: FloatArray, least: FloatArray) -> FloatArray:
    """(rows,) Tukey's resistant slope of kW (days, 24, rows); 0 where the loads are less than `least` apart."""
    hours = load.reshape(-1, load.shape[2])
    ordered, known = _ordered(hours)
    low = _ranked(ordered, known // 3)
    high = _ranked(ordered, known - 1 - known // 3)
    thirds = (hours <= low, hours >= high)
    ends = [[_middle(np.where(third, kw.reshape(hours.shape), np.nan))[0] for third in thirds] for kw in (load, rest)]
    apart, rise = ends[0][1] - ends[0][0], ends[1][1] - ends[1][0]
    told = apart > least
    found: FloatArray = np.where(told, np.clip(rise / np.where(told, apart, 1), -STEEPEST, STEEPEST), 0.0)
    return found


def _middle(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """(median, count) over the first axis, absent values aside; NaN where there are none."""
    ordered, count = _ordered(values)
    if not len(values):
        return np.full(values.shape[1:], np.nan), count
    last = np.maximum(count - 1, 0)
    return (_ranked(ordered, last // 2) + _ranked(ordered, (last + 1) // 2)) / 2, count


def _ordered(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """(values in order along the last axis, which was the first, absent ones at the end; how many there are)."""
    # Sorting is several times as fast where the values of a sort lie side by side.
    ordered = np.array(np.moveaxis(values, 0, -1), order="C")
    ordered.sort(axis=-1)
    return ordered, np.isfinite(values).sum(axis=0)


def _ranked(ordered: FloatArray, rank: IntArray) -> FloatArray:
    found: FloatArray = np.take_along_axis(ordered, np.maximum(rank, 0)[..., None], axis=-1)[..., 0]
    return found
