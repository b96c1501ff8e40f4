"""The screening's calendar: local dates, their windows, and the grid of slots that energy is counted in.

Slots are the spans between neighbouring borders; borders are the starts and ends of all windows and
the local full hours (or quarters of hours), so that every slot lies in one window at most and in one local hour.
"""

from dataclasses import dataclass
from datetime import date, time, timedelta

import numpy as np

from analytics.screening.settings import DayPlan, Screening, Season
from core.interval import DAY_MS, HOUR_MS, dates, local_date, local_ms, to_datetime, zone
from core.readings import FloatArray, IntArray
from core.screening import Period

HOURS = tuple(time(hour) for hour in range(24))
QUARTERS = tuple(time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45))


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Windows and slots of one zone and one set of seasons. Window 2i is the day of date i, 2i + 1 its night.

    dates        the local dates whose windows lie inside the period, D of them, and `iso` their names
    start, end   int64 (2D,)  windows in ms UTC
    hours        float64 (2D,)  length of each window in hours, as the slots count it
    borders      int64 (S + 1,)  slot borders in ms UTC, ascending; empty without dates
    window       int64 (S,)  window of each slot, -1 outside all of them
    date_hour    int64 (S,)  24 × date + local hour of each slot, -1 outside all dates
    names        the windows in force, as text, night and day
    """

    dates: tuple[date, ...]
    iso: tuple[str, ...]
    start: IntArray
    end: IntArray
    hours: FloatArray
    borders: IntArray
    window: IntArray
    date_hour: IntArray
    names: tuple[str, str]


def calendar(
    tz: str, seasons: tuple[Season, ...], *, period: Period, settings: Screening, clocks: tuple[time, ...] = HOURS
) -> Calendar:
    """The calendar of a period: its dates, without those of which a window leaves it; slots end at `clocks`."""
    from_at, to_at = period.from_at, period.to_at
    named = [day for day in dates(from_at - DAY_MS, to_at, tz) if period.has(day)]
    plans = [(day, settings.plan(day, seasons)) for day in named]
    spans = [(day, plan, _spans(day, plan, tz)) for day, plan in plans]
    kept = [(day, plan, span) for day, plan, span in spans if from_at <= min(span) and max(span) <= to_at]
    days = tuple(day for day, _, _ in kept)
    bounds = np.array([span for _, _, span in kept], dtype=np.int64).reshape(-1, 2)
    start, end = bounds[:, 0].copy(), bounds[:, 1].copy()
    borders = _borders(start, end, tz, clocks)
    window = _window_of_slot(borders, start, end)
    inside = window >= 0
    hours = np.bincount(window[inside], np.diff(borders)[inside] / HOUR_MS, 2 * len(days)).astype(np.float64)
    in_force = [plan for _, plan, _ in kept] or [DayPlan(settings.night, settings.day)]
    names = (_names([str(plan.night) for plan in in_force]), _names([str(plan.day) for plan in in_force]))
    iso = tuple(day.isoformat() for day in days)
    return Calendar(days, iso, start, end, hours, borders, window, _date_hours(borders, window, days, tz), names)


def _spans(day: date, plan: DayPlan, tz: str) -> tuple[int, int, int, int]:
    """Day start and end, night start and end. A night that begins after midnight follows its day too."""
    evening = day if plan.night.start >= plan.day.start else day + timedelta(days=1)
    return plan.day.on(day, tz) + plan.night.on(evening, tz)


def _borders(start: IntArray, end: IntArray, tz: str, clocks: tuple[time, ...]) -> IntArray:
    if not len(start):
        return np.zeros(0, dtype=np.int64)
    first, last = int(start.min()), int(end.max())
    hours = [local_ms(day, at, tz) for day in dates(first, last, tz) for at in clocks]
    borders = np.unique(np.concatenate([start, end, np.array(hours, dtype=np.int64)]))
    return borders[(borders >= first) & (borders <= last)]


def _window_of_slot(borders: IntArray, start: IntArray, end: IntArray) -> IntArray:
    """Where the windows of two seasons overlap, the later one has the slot."""
    if not len(borders):
        return np.zeros(0, dtype=np.int64)
    order = np.argsort(start, kind="stable")
    latest = order[np.searchsorted(start[order], borders[:-1], side="right") - 1]
    return np.where(borders[:-1] < end[latest], latest, -1)


def _date_hours(borders: IntArray, window: IntArray, days: tuple[date, ...], tz: str) -> IntArray:
    """Hours after midnight of a night belong to the evening's date, like the night itself."""
    number = {day: i for i, day in enumerate(days)}
    found = np.full(len(window), -1, dtype=np.int64)
    for slot, at in enumerate(borders[:-1].tolist()):
        in_window = int(window[slot])
        date_number = in_window // 2 if in_window >= 0 else number.get(local_date(at, tz), -1)
        if date_number >= 0:
            found[slot] = 24 * date_number + to_datetime(at).astimezone(zone(tz)).hour
    return found


def _names(windows: list[str]) -> str:
    return ", ".join(dict.fromkeys(windows))
