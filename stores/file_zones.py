"""Offsets of wall times, as rows that SQL can join, so that files and the rest agree on daylight saving."""

from collections.abc import Iterator
from datetime import date, time, timedelta

from core.interval import DAY_MS, MINUTE_MS, local_ms, to_datetime


def offsets(tz: str, first: int, last: int) -> Iterator[tuple[str, int, int, int]]:
    """(zone, wall from, wall to, offset) in ms for the wall times first … last, which count as if they were UTC.

    Of the hour that a clock repeats the first pass is meant, as in core.interval.local_ms.
    """
    day, end = to_datetime(first).date(), to_datetime(last).date() + timedelta(days=1)
    since, offset = _wall(day), _offset(_wall(day), tz)
    while day < end:
        day += timedelta(days=1)
        if _offset(_wall(day), tz) != offset:
            changed = _change(_wall(day) - DAY_MS, _wall(day), tz)
            yield tz, since, changed, offset
            since, offset = changed, _offset(_wall(day), tz)
    yield tz, since, _wall(end) + DAY_MS, offset


def _change(low: int, high: int, tz: str) -> int:
    """The first wall minute of (low, high] whose offset is that of `high`; halving finds it."""
    while high - low > MINUTE_MS:
        middle = (low + high) // (2 * MINUTE_MS) * MINUTE_MS
        if _offset(middle, tz) == _offset(high, tz):
            high = middle
        else:
            low = middle
    return high


def _wall(day: date) -> int:
    return (day - date(1970, 1, 1)).days * DAY_MS


def _offset(wall: int, tz: str) -> int:
    at = to_datetime(wall)
    return wall - local_ms(at.date(), time(at.hour, at.minute), tz)
