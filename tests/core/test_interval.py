"""Windows and local days, also where daylight saving skips or repeats an hour."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.interval import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    Window,
    clock,
    dates,
    local_date,
    local_ms,
    to_datetime,
    to_ms,
    to_text,
    zone,
)

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # in Berlin 02:00 → 03:00, and 03:00 → 02:00
ZONES = [SHANGHAI, BERLIN, "America/St_Johns", "Australia/Lord_Howe", "UTC"]


def utc(text: str) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("window", "day", "tz", "start", "end"),
    [
        ("08:00-20:00", date(2026, 3, 20), SHANGHAI, "2026-03-20T00:00", "2026-03-20T12:00"),
        ("22:00-06:00", date(2026, 3, 20), SHANGHAI, "2026-03-20T14:00", "2026-03-20T22:00"),
        ("00:00-24:00", date(2026, 3, 20), SHANGHAI, "2026-03-19T16:00", "2026-03-20T16:00"),
        ("06:00-06:00", date(2026, 3, 20), SHANGHAI, "2026-03-19T22:00", "2026-03-20T22:00"),
        ("22:00-06:00", SPRING - timedelta(1), BERLIN, "2026-03-28T21:00", "2026-03-29T04:00"),  # seven hours
        ("22:00-06:00", AUTUMN - timedelta(1), BERLIN, "2026-10-24T20:00", "2026-10-25T05:00"),  # nine hours
        ("02:30-04:00", SPRING, BERLIN, "2026-03-29T01:30", "2026-03-29T02:00"),  # begins in the gap
        ("01:00-02:30", AUTUMN, BERLIN, "2026-10-24T23:00", "2026-10-25T00:30"),  # ends in the first pass
        ("02:30-04:00", AUTUMN, BERLIN, "2026-10-25T00:30", "2026-10-25T03:00"),  # begins in the first pass
    ],
)
def test_a_window_on_a_day(window: str, day: date, tz: str, start: str, end: str) -> None:
    assert Window.parse(window).on(day, tz) == (utc(start), utc(end))


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        ("08:00-20:00", ["08:00", "19:59"], ["07:59", "20:00", "00:00"]),
        ("22:00-06:00", ["22:00", "23:59", "00:00", "05:59"], ["06:00", "21:59", "12:00"]),
        ("00:00-24:00", ["00:00", "12:00", "23:59"], []),
        ("20:00-24:00", ["20:00", "23:59"], ["00:00", "19:59"]),
    ],
)
def test_a_window_holds_from_its_start_up_to_but_not_at_its_end(
    window: str, inside: list[str], outside: list[str]
) -> None:
    parsed = Window.parse(window)
    assert all(parsed.holds(minute_of(text)) for text in inside)
    assert not any(parsed.holds(minute_of(text)) for text in outside)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "22:00",
        "22:00-",
        "22-06",
        "25:00-06:00",
        "22:60-06:00",
        "24:01-06:00",
        "a:b-c:d",
        "1:2:3-4:5",
        "22:00-06:00-07:00",
    ],
)
def test_what_is_no_window_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="is not a window like 22:00-06:00"):
        Window.parse(text)


@given(start=st.times(), end=st.times())
def test_a_window_written_down_is_read_back(start: time, end: time) -> None:
    window = Window(start.replace(second=0, microsecond=0, fold=0), end.replace(second=0, microsecond=0, fold=0))
    assert Window.parse(str(window)) == window


@given(start=st.times(), end=st.times(), minute=st.integers(0, 1439))
def test_a_minute_is_in_the_window_exactly_if_it_is_in_its_span(start: time, end: time, minute: int) -> None:
    window = Window(start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0))
    day = date(2026, 3, 20)
    at = local_ms(day, time(0), SHANGHAI) + minute * MINUTE_MS
    spans = [window.on(day - timedelta(1), SHANGHAI), window.on(day, SHANGHAI)]
    assert window.holds(minute) == any(begin <= at < end for begin, end in spans)


@given(day=st.dates(date(2020, 1, 1), date(2035, 12, 31)), tz=st.sampled_from(ZONES), start=st.times(), end=st.times())
def test_windows_of_successive_days_never_overlap(day: date, tz: str, start: time, end: time) -> None:
    window = Window(start.replace(second=0, microsecond=0, fold=0), end.replace(second=0, microsecond=0, fold=0))
    begin, over = window.on(day, tz)
    following, _ = window.on(day + timedelta(1), tz)
    assert begin <= over <= following + HOUR_MS  # an end in the hour that is skipped lies past the gap
    assert over - begin <= DAY_MS + HOUR_MS


@given(ms=st.integers(946_684_800_000, 4_102_444_799_999), tz=st.sampled_from(ZONES))
def test_an_instant_lies_in_its_local_day(ms: int, tz: str) -> None:
    day = local_date(ms, tz)
    assert local_ms(day, time(0), tz) <= ms < local_ms(day + timedelta(1), time(0), tz)
    assert to_ms(to_datetime(ms)) == ms


@pytest.mark.parametrize(
    ("start", "end", "tz", "found"),
    [
        ("2026-03-19T16:00", "2026-03-20T16:00", SHANGHAI, ["2026-03-20"]),
        ("2026-03-19T15:59", "2026-03-20T16:01", SHANGHAI, ["2026-03-19", "2026-03-20", "2026-03-21"]),
        ("2026-03-20T12:00", "2026-03-20T12:00", SHANGHAI, ["2026-03-20"]),
        ("2026-03-28T23:00", "2026-03-29T22:00", BERLIN, ["2026-03-29"]),  # a day of 23 hours
    ],
)
def test_the_dates_that_a_span_touches(start: str, end: str, tz: str, found: list[str]) -> None:
    assert [day.isoformat() for day in dates(utc(start), utc(end), tz)] == found


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_773_979_200_000, "2026-03-20T04:00:00Z"),
        (1_773_979_200_050, "2026-03-20T04:00:00.050Z"),
    ],
)
def test_an_instant_in_words(ms: int, text: str) -> None:
    assert to_text(ms) == text


def test_an_instant_needs_an_offset() -> None:
    with pytest.raises(ValueError, match="offset"):
        to_ms(datetime(2026, 3, 20))
    assert to_ms(datetime(2026, 3, 20, 12, tzinfo=timezone(timedelta(hours=8)))) == 1_773_979_200_000


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Asia"])
def test_a_zone_that_does_not_exist_is_named(name: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        zone(name)


def test_midnight_may_be_written_as_24() -> None:
    assert clock("24:00") == clock("00:00") == time(0)


def minute_of(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
