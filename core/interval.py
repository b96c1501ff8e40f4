"""Calendars: spans of UTC time, daily windows in local time, and where daylight saving bites."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name; ValueError where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone {name!r}") from error


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970 UTC of an aware instant."""
    if at.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return round(at.timestamp() * 1000)


def to_datetime(ms: int) -> datetime:
    """The aware UTC instant of milliseconds since 1970."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


def to_text(ms: int) -> str:
    """RFC 3339 in UTC, to the second unless there is a fraction."""
    at = to_datetime(ms)
    return at.isoformat(timespec="milliseconds" if ms % 1000 else "seconds").replace("+00:00", "Z")


@lru_cache(maxsize=65536)
def local_ms(day: date, clock: time, tz: str) -> int:
    """The instant at which a local wall clock shows `clock` on `day`.

    In the hour that daylight saving skips the clock never shows it: the same distance past the gap is
    meant. In the hour that it repeats, the first pass is meant (fold 0).
    """
    return to_ms(datetime.combine(day, clock, tzinfo=zone(tz)))


def local_date(ms: int, tz: str) -> date:
    """The date that a calendar on the wall shows at that instant."""
    return to_datetime(ms).astimezone(zone(tz)).date()


@dataclass(frozen=True, slots=True)
class Window:
    """A daily span of local wall time; one that ends at or before its start crosses midnight."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "Window":
        """Read `22:00-06:00`; 24:00 is midnight. ValueError says what is wrong."""
        try:
            start, end = (clock(part) for part in text.split("-"))
        except ValueError as error:
            raise ValueError(f"{text!r} is not a window like 22:00-06:00") from error
        return cls(start, end)

    def on(self, day: date, tz: str) -> tuple[int, int]:
        """[from, to) in ms UTC of the window that starts on that local date."""
        last = day if self.end > self.start else day + timedelta(days=1)
        return local_ms(day, self.start, tz), local_ms(last, self.end, tz)

    def holds(self, minute_of_day: int) -> bool:
        """Whether a local minute of the day lies in the window."""
        start, end = _minutes(self.start), _minutes(self.end)
        if start < end:
            return start <= minute_of_day < end
        return minute_of_day >= start or minute_of_day < end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def clock(text: str) -> time:
    """A wall-clock time `HH:MM`; 24:00 is 00:00."""
    hours, minutes = text.strip().split(":")
    return time(int(hours) % 24 if hours == "24" and minutes == "00" else int(hours), int(minutes))


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def dates(start_ms: int, end_ms: int, tz: str) -> Iterator[date]:
    """The local dates that [start, end) touches, in order."""
    day, last = local_date(start_ms, tz), local_date(max(start_ms, end_ms - 1), tz)
    while day <= last:
        yield day
        day += timedelta(days=1)
