"""When lines produce if nothing comes in between: runs in minutes since the city's first (Monday's) midnight."""

from collections.abc import Callable

import numpy as np

from nightwatt.simulate.truth.site import Site
from nightwatt.simulate.truth.spans import DAY, Span, union, without
from nightwatt.simulate.works import Habit

Random = np.random.Generator


def _day(rng: Random, weekday: int) -> list[Span]:
    if weekday == 6 or (weekday == 5 and rng.random() < 0.5):
        return []
    return [(480 + int(rng.integers(-15, 20)), 1080 + int(rng.integers(-20, 60)))]


def _two(rng: Random, weekday: int) -> list[Span]:
    return [] if weekday == 6 else [(370 + int(rng.integers(-8, 9)), 1310 + int(rng.integers(-10, 9)))]


def _three(rng: Random, weekday: int) -> list[Span]:
    if weekday == 6:
        return []
    # From Monday morning to Sunday morning without a break.
    return [(480 + int(rng.integers(0, 30)) * (weekday == 0), 480 + DAY)]


def _continuous(rng: Random, weekday: int) -> list[Span]:
    return [(0, DAY)]


def _night(rng: Random, weekday: int) -> list[Span]:
    return [] if weekday == 5 else [(1260 + int(rng.integers(0, 25)), DAY + 335 + int(rng.integers(0, 14)))]


HABITS: dict[Habit, Callable[[Random, int], list[Span]]] = {
    Habit.DAY: _day,
    Habit.TWO: _two,
    Habit.THREE: _three,
    Habit.CONTINUOUS: _continuous,
    Habit.NIGHT: _night,
}


def usual_runs(site: Site, line: int, *, days: int, seed: int, holidays: frozenset[int]) -> list[Span]:
    """Runs of a line over the city's days, holidays and the weekly repair of what never else stops left out."""
    rng = np.random.default_rng([seed, 103, site.number, line])
    found = [
        (day * DAY + begin, day * DAY + end)
        for day in range(-1, days + 1)
        for begin, end in HABITS[site.habit](rng, day % 7)
        if day not in holidays or site.habit in (Habit.CONTINUOUS, Habit.THREE)
    ]
    runs = union(found, bridging=1)
    if site.habit is Habit.CONTINUOUS:
        runs = without(runs, _repairs(rng, days))
    return [(begin, end) for begin, end in runs if end - begin >= 60]


def _repairs(rng: Random, days: int) -> list[Span]:
    """Four to eight hours once a week, on a day of the line's own."""
    weekday = int(rng.integers(7))
    starts = [day * DAY + int(rng.integers(7 * 60, 12 * 60)) for day in range(days) if day % 7 == weekday]
    return [(start, start + int(rng.integers(240, 480))) for start in starts]


def draw_holidays(days: int, seed: int) -> frozenset[int]:
    """One to three days in a row in every four weeks, on which works of one or two shifts stand."""
    rng = np.random.default_rng([seed, 104])
    found: set[int] = set()
    for month in range(0, days, 28):
        first = month + int(rng.integers(2, 26))
        found |= set(range(first, first + int(rng.integers(1, 4))))
    return frozenset(found)
