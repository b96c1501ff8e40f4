"""When a line produces: its intensity, 0 or about 0.2–1, for each minute of a local day.

A *day* is the number of local days since 1970-01-01; minutes count from local midnight. China has had
no daylight saving since 1991, so that local days are all 1440 minutes long and a constant offset does.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from core.interval import DAY_MS, HOUR_MS, MINUTE_MS
from core.readings import FloatArray
from nightwatt.simulate.works import STANDBY, Habit, Works

OFFSET_MS = 8 * HOUR_MS
DAY_MINUTES = 1440
LEAD_MINUTES, LAG_MINUTES = 6, 10
"""Treatment starts so long before production and stops so long after it."""

Span = tuple[float, float, float]
"""From minute, to minute (past 1440 it is of the next day), level."""


def day_of(at: int) -> int:
    """The local day that an instant (ms UTC) lies in."""
    return (at + OFFSET_MS) // DAY_MS


def start_of(day: int) -> int:
    """The instant (ms UTC) of local midnight."""
    return day * DAY_MS - OFFSET_MS


def minutes_of(day: int, from_at: int, to_at: int) -> FloatArray:
    """Share of each minute of the day that [from, to) covers, shape (1440,)."""
    edges = np.arange(DAY_MINUTES, dtype=np.float64)
    first, last = (from_at - start_of(day)) / MINUTE_MS, (to_at - start_of(day)) / MINUTE_MS
    share: FloatArray = np.clip(np.minimum(edges + 1, last) - np.maximum(edges, first), 0, 1)
    return share


def _minute(rng: np.random.Generator, low: int, high: int) -> int:
    return int(rng.integers(low, high))


def _day(rng: np.random.Generator, weekday: int, works: Works) -> list[Span]:
    if weekday == 6 or (weekday == 5 and rng.random() < 0.5):
        return []
    start, end = 480 + _minute(rng, -15, 20), 1080 + _minute(rng, -20, 40)
    return [(start, 720, 1.0), (720, 810, 0.55), (810, end, 1.0)]


def _two(rng: np.random.Generator, weekday: int, works: Works) -> list[Span]:
    return [] if weekday == 6 else [(370 + _minute(rng, -8, 9), 1300 + _minute(rng, -10, 9), 1.0)]


def _three(rng: np.random.Generator, weekday: int, works: Works) -> list[Span]:
    return [] if weekday == 6 else [(480, 480 + DAY_MINUTES, 1.0)]


def _continuous(rng: np.random.Generator, weekday: int, works: Works) -> list[Span]:
    return [(0, DAY_MINUTES, 1.0)]


def _night(rng: np.random.Generator, weekday: int, works: Works) -> list[Span]:
    return [] if weekday == 5 else [(1260 + _minute(rng, 0, 25), DAY_MINUTES + 335 + _minute(rng, 0, 14), 1.0)]


def _hidden_night(rng: np.random.Generator, weekday: int, works: Works) -> list[Span]:
    night: Span = (1325 + _minute(rng, 0, 20), DAY_MINUTES + 325 + _minute(rng, 0, 20), 1.0)
    spans: list[Span] = [night] if rng.random() < 0.93 else []
    if works.day_level and weekday < 6:
        spans.append((490 + _minute(rng, 0, 20), 1050 + _minute(rng, 0, 20), works.day_level))
    return spans


def _night_only(rng: np.random.Generator, weekday: int, works: Works) -> list[Span]:
    return [(1340 + _minute(rng, 0, 20), DAY_MINUTES + 310 + _minute(rng, 0, 15), 1.0)]


def _valley(rng: np.random.Generator, weekday: int, works: Works) -> list[Span]:
    return [(0, DAY_MINUTES, 0.38), (1380, DAY_MINUTES + 420, 1.0)]


SPANS: dict[Habit, Callable[[np.random.Generator, int, Works], list[Span]]] = {
    Habit.DAY: _day,
    Habit.TWO: _two,
    Habit.THREE: _three,
    Habit.CONTINUOUS: _continuous,
    Habit.NIGHT: _night,
    Habit.HIDDEN_NIGHT: _hidden_night,
    Habit.NIGHT_ONLY: _night_only,
    Habit.VALLEY: _valley,
}


class Schedule:
    """Pure functions of (seed, works, line, day), remembered for a while."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.intensity = lru_cache(maxsize=1024)(self._intensity)

    def _spans(self, works: Works, line: int, day: int) -> list[Span]:
        weekday = (day + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
        return SPANS[works.habit](np.random.default_rng([self._seed, 3, works.number, line, day]), weekday, works)

    def _intensity(self, works: Works, line: int, day: int) -> FloatArray:
        minute = np.arange(DAY_MINUTES, dtype=np.float64)
        level = np.zeros(DAY_MINUTES)
        for shift_day, moved in ((day - 1, DAY_MINUTES), (day, 0)):
            for start, end, height in self._spans(works, line, shift_day):
                since = minute - (start - moved)
                # Machines come up within a quarter of an hour; what runs round the clock never starts.
                ramp = 1.0 if start == 0 else np.clip(0.6 + since / 40, 0.6, 1.0)
                level = np.maximum(level, np.where((since >= 0) & (minute < end - moved), height * ramp, 0.0))
        level.setflags(write=False)
        return level

    def first_minute(self, works: Works, line: int, day: int) -> int:
        """The first minute of the day in which the line produces; of a day on which it does."""
        return int(np.flatnonzero(self.intensity(works, line, day) > 0)[0])

    def last_minute(self, works: Works, line: int, day: int) -> int:
        """The minute of the day by which the line has stopped; of a day on which it produces."""
        return int(np.flatnonzero(self.intensity(works, line, day) > 0)[-1]) + 1

    def runs(self, works: Works, line: int, *, from_at: int, to_at: int) -> bool:
        """Whether the line produces without a break over [from, to), instants in ms UTC."""
        return all(
            bool(np.all(self.intensity(works, line, day)[minutes_of(day, from_at, to_at) > 0] > 0))
            for day in range(day_of(from_at), day_of(to_at - 1) + 1)
        )

    def treats(self, works: Works, line: int, day: int) -> FloatArray:
        """1 where the line's treatment has to run (before, during and after production), else 0."""
        around = np.concatenate([self.intensity(works, line, day + i) for i in (-1, 0, 1)]) > 0
        edges = np.concatenate([[0], np.cumsum(around)])
        minute = np.arange(DAY_MINUTES, 2 * DAY_MINUTES)
        return (edges[minute + LEAD_MINUTES + 1] > edges[minute - LAG_MINUTES]).astype(np.float64)


def duty_shares(works: Works, day: int) -> tuple[FloatArray, FloatArray]:
    """Whether the duty and the standby facility are in use: one day a week the standby is run, with an overlap."""
    duty, standby = np.ones(DAY_MINUTES), np.zeros(DAY_MINUTES)
    if works.number in STANDBY and day % 7 == works.number % 7:
        standby[600:840], duty[610:830] = 1.0, 0.0
    return duty, standby
