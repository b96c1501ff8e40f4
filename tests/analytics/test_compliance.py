"""Baseline hours and the compliance of an order."""

import math

import numpy as np
import pytest

from analytics.baseline_hours import baseline_hours, supporting_days
from analytics.compliance import Hours, compliance
from core.interval import DAY_MS, HOUR_MS, Window
from core.order import Order

TZ = "Asia/Shanghai"
MONDAY = 1_773_590_400_000
"""2026-03-16 00:00 in Shanghai, ms UTC: a Monday."""


def days(count: int, kwh: float = 10.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    weekend = np.array([(day + 7) % 7 > 4 for day in range(-count, 0)])
    return np.full((count, 24), kwh), np.ones((count, 24), dtype=bool), weekend


def test_the_baseline_is_the_median_of_days_of_the_same_type() -> None:
    kwh, valid, weekend = days(14)
    kwh[weekend] = 2.0
    kwh[0] = 500.0
    assert baseline_hours(kwh, valid, weekend, weekend_wanted=False).tolist() == [10.0] * 24
    assert baseline_hours(kwh, valid, weekend, weekend_wanted=True).tolist() == [2.0] * 24
    assert supporting_days(kwh, valid, weekend, weekend_wanted=True) == 4


@pytest.mark.parametrize(("count", "known"), [(0, False), (2, False), (3, True)])
def test_three_days_are_needed(count: int, known: bool) -> None:
    found = baseline_hours(*days(count)[:2], np.zeros(count, dtype=bool), weekend_wanted=False)
    assert np.isfinite(found).tolist() == [known] * 24


def test_only_the_last_fourteen_valid_days_count_hour_by_hour() -> None:
    kwh, valid, _ = days(20)
    kwh[:6] = 99.0
    same = np.zeros(20, dtype=bool)
    assert baseline_hours(kwh, valid, same, weekend_wanted=False)[3] == 10.0
    valid[6:17, 3] = False
    assert baseline_hours(kwh, valid, same, weekend_wanted=False)[3] == 99.0
    assert baseline_hours(kwh, valid, same, weekend_wanted=False)[4] == 10.0


def test_what_is_not_known_does_not_count_as_a_day() -> None:
    kwh, valid, weekend = days(3)
    kwh[1, 5] = math.nan
    found = baseline_hours(kwh, valid, weekend * False, weekend_wanted=False)
    assert np.isnan(found).nonzero()[0].tolist() == [5]


def hours(before_kwh: float, during_kwh: float, *, back: int = 14, length: int = 24) -> Hours:
    """Two weeks before Monday and the hours of the order from then on."""
    start = MONDAY - back * DAY_MS + np.arange(back * 24 + length) * HOUR_MS
    kwh = np.where(start < MONDAY, before_kwh, during_kwh).astype(float)
    return Hours(start, kwh, np.ones(len(start), dtype=bool))


def order(kind: str, value: float | None = None, *, length: int = 24, window: Window | None = None) -> Order:
    return Order("o", "E", kind, MONDAY, MONDAY + length * HOUR_MS, value, window)


@pytest.mark.parametrize(
    ("given", "ordered"), [(order("limit", 30.0), 30.0), (order("stop"), 100.0), (order("cap", 5.0), math.nan)]
)
def test_the_reduction_is_measured_against_the_baseline(given: Order, ordered: float) -> None:
    found = compliance(given, hours(10.0, 6.0), tz=TZ, now=given.to_at)
    assert (found.expected_kwh, found.used_kwh, found.baseline_day_kwh) == (240.0, 144.0, 240.0)
    assert found.reduction_percent == pytest.approx(40.0)
    assert found.ordered_percent == ordered or math.isnan(ordered)
    assert (found.coverage, found.baseline_days, found.why_not) == (1.0, 10, "")


def test_an_order_in_force_is_judged_by_the_hours_that_are_over() -> None:
    found = compliance(order("stop"), hours(10.0, 0.0), tz=TZ, now=MONDAY + 6 * HOUR_MS + 1)
    assert (found.expected_kwh, found.used_kwh, found.coverage) == (60.0, 0.0, 1.0)


def test_a_window_order_is_judged_inside_its_window() -> None:
    found = compliance(
        order("window", window=Window.parse("22:00-06:00")), hours(10.0, 1.0), tz=TZ, now=MONDAY + DAY_MS
    )
    assert (found.expected_kwh, found.used_kwh) == (80.0, 8.0)


def test_hours_without_readings_are_not_judged_and_lower_the_coverage() -> None:
    seen = hours(10.0, 6.0)
    seen.kwh[-12:] = math.nan
    found = compliance(order("stop"), seen, tz=TZ, now=MONDAY + DAY_MS)
    assert (found.expected_kwh, found.used_kwh, found.coverage) == (120.0, 72.0, 0.5)


@pytest.mark.parametrize(
    ("seen", "now", "why"),
    [
        (hours(10.0, 6.0, back=2), DAY_MS, "no baseline, 0 valid days"),
        (hours(10.0, math.nan), DAY_MS, "no readings of its hours"),
        (hours(0.0, 6.0), DAY_MS, "the baseline is zero"),
        (hours(10.0, 6.0), HOUR_MS - 1, "no whole hour of it is over yet"),
    ],
)
def test_what_can_not_be_judged_says_why(seen: Hours, now: int, why: str) -> None:
    found = compliance(order("stop"), seen, tz=TZ, now=MONDAY + now)
    assert found.why_not == why
    assert math.isnan(found.reduction_percent)


def test_days_under_another_order_or_filing_are_left_out_of_the_baseline() -> None:
    seen = hours(10.0, 6.0)
    ordered = seen.start >= MONDAY - 5 * DAY_MS
    seen.kwh[ordered & (seen.start < MONDAY)] = 1.0
    seen.free[ordered] = False
    found = compliance(order("stop"), seen, tz=TZ, now=MONDAY + DAY_MS)
    assert (found.expected_kwh, found.baseline_days) == (240.0, 7)


def test_an_hour_that_daylight_saving_repeats_counts_once_and_a_skipped_one_is_missing() -> None:
    berlin = 1_792_879_200_000  # 2026-10-25 00:00 in Berlin, a Sunday of 25 hours
    monday = berlin + 25 * HOUR_MS
    start = monday - (14 * 24 + 1) * HOUR_MS + np.arange(14 * 24 + 1 + 24) * HOUR_MS
    seen = Hours(start, np.full(len(start), 10.0), np.ones(len(start), dtype=bool))
    found = compliance(Order("o", "E", "stop", monday, monday + DAY_MS), seen, tz="Europe/Berlin", now=monday + DAY_MS)
    assert (found.expected_kwh, found.used_kwh, found.coverage) == (240.0, 240.0, 1.0)
