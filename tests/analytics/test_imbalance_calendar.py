"""Nights, days, zones and daylight saving."""

import math
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from analytics.screening.calendar import calendar
from analytics.screening.settings import Screening, Season
from core.filing import Filing
from core.imbalance import LoadClass
from core.interval import HOUR_MS, Window
from core.readings import concatenate
from core.registry import Order, Registry
from core.screening import Period
from tests.analytics.loads import MONDAY, at, days_of, registry, screened, two_levels, without

BERLIN = "Europe/Berlin"
TUESDAY = MONDAY + timedelta(days=1)


def windows(tz: str, first: date, days: int, settings: Screening | None = None, *seasons: Season) -> dict[str, float]:
    """Hours of each day and night by date."""
    last = first + timedelta(days=days + 1)
    found = calendar(
        tz, seasons, period=Period(at(first, "00:00", tz), at(last, "00:00", tz)), settings=settings or Screening()
    )
    names = [f"{kind} {day}" for day in found.dates for kind in ("day", "night")]
    return dict(zip(names, found.hours.tolist(), strict=True))


def test_a_night_belongs_to_the_evenings_date() -> None:
    def kw(local: datetime) -> float:
        evening = (local - timedelta(hours=6)).date()
        at_night = not 6 <= local.hour < 22
        return 300 if at_night and evening == TUESDAY else 100

    only_tuesday = screened(
        days_of(kw),
        period=(at(TUESDAY, "06:00"), at(TUESDAY, "06:00") + 24 * HOUR_MS),
        settings=Screening(min_valid_days=1),
    )
    assert only_tuesday.days == ("2024-03-05",)
    assert (only_tuesday.night_kw, only_tuesday.day_kw) == (pytest.approx(300), pytest.approx(100))


def test_only_dates_whose_day_and_night_lie_inside_the_period_are_considered() -> None:
    load = days_of(two_levels(night=2, day=1), days=6)
    period = (at(MONDAY, "06:01"), at(MONDAY + timedelta(days=5), "06:00"))
    assert screened(load, period=period).days == ("2024-03-05", "2024-03-06", "2024-03-07", "2024-03-08")


def test_the_first_segment_may_begin_before_the_period() -> None:
    load = days_of(two_levels(night=2, day=1), days=5)
    later = load.take(load.ts != at(TUESDAY, "06:00"))
    period = (at(TUESDAY, "06:00"), at(TUESDAY, "06:00") + 3 * 24 * HOUR_MS)
    assert screened(later, period=period).coverage == pytest.approx(1)


@pytest.mark.parametrize(
    ("evening", "hours"),
    [(date(2024, 3, 29), 8), (date(2024, 3, 30), 7), (date(2024, 10, 25), 8), (date(2024, 10, 26), 9)],
)
def test_the_night_of_a_clock_change_has_its_true_length(evening: date, hours: float) -> None:
    found = windows(BERLIN, evening, 1)
    assert (found[f"night {evening}"], found[f"day {evening}"]) == (hours, 16)


@pytest.mark.parametrize("first", [date(2024, 3, 29), date(2024, 10, 25)])
def test_a_steady_load_is_balanced_over_a_clock_change(first: date) -> None:
    result = screened(days_of(lambda _: 80, days=4, first=first, tz=BERLIN), of=registry(tz=BERLIN))
    assert result.coverage == pytest.approx(1)
    assert result.ratio == pytest.approx(1)
    assert (result.valid_days, result.night_kw) == (4, pytest.approx(80))


@pytest.mark.parametrize(
    "tz", ["Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Asia/Seoul"]
)
def test_zones_off_the_full_hour_have_their_own_hours(tz: str) -> None:
    load = days_of(lambda local: 100 + local.hour, tz=tz)
    result = screened(load, of=registry(tz=tz))
    assert result.profile_kw == pytest.approx([100 + hour for hour in range(24)])
    assert result.night_kw == pytest.approx(100 + np.mean([22, 23, 0, 1, 2, 3, 4, 5]))


@pytest.mark.parametrize(("gone_h", "counts"), [(3.15, True), (3.25, False)])
def test_a_day_counts_from_eighty_per_cent_on(gone_h: float, counts: bool) -> None:
    load = days_of(two_levels(night=20, day=10), days=4)
    # The hole begins at a reading and lasts until the next one, so it is as long as stated.
    start = at(TUESDAY, "10:00")
    end = start + round(gone_h * HOUR_MS)
    resumed = load.take(load.ts == start)
    resumed.ts[:] = end
    resumed.values[:] += [0, 10 * gone_h, *[0] * 9]
    holed = concatenate([without(load, start + 1, end), resumed])
    result = screened(holed)
    assert ("2024-03-05" in result.days) == counts
    assert result.coverage == pytest.approx(1 - gone_h / 96)


def test_seasons_have_windows_of_their_own() -> None:
    season = Season("12-15", "01-15", Window.parse("20:30-05:30"), Window.parse("05:30-20:30"))
    own = Screening(overrides={"E": (season,)})
    assert [
        own.plan(day, own.seasons("E")).night for day in (date(2024, 12, 14), date(2024, 12, 15), date(2025, 1, 15))
    ] == [own.night, season.night, season.night]
    assert own.plan(date(2025, 1, 15), own.seasons("X")).night == own.night
    load = days_of(two_levels(night=20, day=10), first=date(2025, 1, 4))
    result = screened(load, settings=own)
    assert (result.night_window, result.day_window) == ("20:30-05:30", "05:30-20:30")
    assert result.night_kw == pytest.approx((20 * 7.5 + 10 * 1.5) / 9)


def test_a_night_that_begins_after_midnight_still_follows_its_day() -> None:
    settings = Screening(night=Window.parse("00:00-08:00"), day=Window.parse("08:00-24:00"))
    found = calendar("Asia/Shanghai", (), period=Period(at(MONDAY, "00:00"), at(TUESDAY, "12:00")), settings=settings)
    assert found.dates == (MONDAY,)
    assert found.start.tolist() == [at(MONDAY, "08:00"), at(TUESDAY, "00:00")]


def test_time_outside_both_windows_shows_in_the_profile_only() -> None:
    settings = Screening(day=Window.parse("08:00-20:00"))
    result = screened(days_of(lambda local: 500 if local.hour in (6, 7, 20, 21) else 10), settings=settings)
    assert (result.night_kw, result.day_kw) == (pytest.approx(10), pytest.approx(10))
    assert result.profile_kw[20] == pytest.approx(500)


def filed(status: str, first: str, last: str) -> Registry:
    base = registry()
    filing = Filing("f", "E", "shutdown", at(TUESDAY, first), at(TUESDAY, last), status=status)
    return Registry(base.enterprises, base.lines, base.facilities, base.meters, filings=(filing,))


@pytest.mark.parametrize(
    ("status", "first", "last", "excluded"),
    [
        ("approved", "10:00", "12:00", ("2024-03-05",)),
        ("approved", "05:00", "06:00", ("2024-03-04",)),
        ("approved", "05:00", "06:01", ("2024-03-04", "2024-03-05")),
        ("pending", "10:00", "12:00", ()),
        ("rejected", "10:00", "12:00", ()),
    ],
)
def test_an_approved_filing_takes_its_dates_out(status: str, first: str, last: str, excluded: tuple[str, ...]) -> None:
    result = screened(days_of(two_levels(night=2, day=1)), of=filed(status, first, last))
    assert result.excluded_days == excluded
    assert result.valid_days == 5 - len(excluded)
    assert not set(result.days) & set(excluded)


@pytest.mark.parametrize(("scope", "excluded"), [("E", 1), ("F0", 1), ("another", 0)])
def test_an_order_takes_its_dates_out(scope: str, excluded: int) -> None:
    base = registry()
    order = Order("o", scope, "stop", at(TUESDAY, "10:00"), at(TUESDAY, "11:00"))
    result = screened(
        days_of(two_levels(night=2, day=1)),
        of=Registry(base.enterprises, base.lines, base.facilities, base.meters, orders=(order,)),
    )
    assert len(result.excluded_days) == excluded


def test_excluded_dates_do_not_lower_the_coverage() -> None:
    load = without(days_of(two_levels(night=2, day=1)), at(TUESDAY, "06:00") + 1, at(TUESDAY, "21:45") + 1)
    assert screened(load, of=filed("approved", "06:00", "22:00")).coverage == pytest.approx(1)
    assert screened(load).coverage < 0.9


def test_without_valid_days_there_is_no_profile() -> None:
    result = screened(days_of(two_levels(night=2, day=1)), settings=Screening(min_coverage=1.1))
    assert result.load_class is LoadClass.INSUFFICIENT
    assert all(math.isnan(kw) for kw in result.profile_kw)
