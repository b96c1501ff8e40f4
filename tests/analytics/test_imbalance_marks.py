"""Screening counts only what is sound: differences of the register between sound readings, else power."""

from datetime import timedelta

import numpy as np
import pytest

from core.readings import EP, IntArray, P, Quality, Readings
from tests.analytics.loads import MONDAY, at, days_of, only, screened, two_levels

WEDNESDAY = MONDAY + timedelta(days=2)
LOAD = two_levels(night=160, day=100)
QUARTER_H = 0.25


def rows_of(load: Readings, first: str, last: str) -> IntArray:
    """Rows of Wednesday from one local time to another, both included."""
    edges = at(WEDNESDAY, first), at(WEDNESDAY, last)
    return np.flatnonzero((load.ts >= edges[0]) & (load.ts <= edges[1]))


def test_an_energy_that_the_register_leaps_by_counts_only_without_its_mark() -> None:
    """Too little for register and power to disagree over the day."""
    load = days_of(LOAD)
    (row,) = rows_of(load, "12:00", "12:00").tolist()
    load.values[row:, EP] += 700
    assert screened(load).day_kw == pytest.approx(100 + 700 / (5 * 16))
    load.quality[row] = Quality.REGISTER_JUMP
    found = screened(load)
    assert (found.day_kw, found.night_kw) == (pytest.approx(100, rel=0.01), pytest.approx(160, rel=0.01))
    assert (found.source, found.valid_days, found.coverage) == ("mixed", 5, pytest.approx(1))


@pytest.mark.parametrize("leap", [700, -700, 1_000_000])
def test_without_power_only_the_quarter_of_the_leap_is_left_out(leap: float) -> None:
    load = only(days_of(LOAD), "ep")
    (row,) = rows_of(load, "12:00", "12:00").tolist()
    load.values[row:, EP] += leap
    load.quality[row] = Quality.REGISTER_JUMP
    found = screened(load)
    assert (found.source, found.valid_days) == ("register", 5)
    assert found.coverage == pytest.approx(1 - QUARTER_H / 120)
    assert (found.day_kw, found.night_kw) == (pytest.approx(100), pytest.approx(160))


def test_where_scans_are_cut_at_a_leap_it_still_does_not_count() -> None:
    load = only(days_of(LOAD), "ep")
    (row,) = rows_of(load, "12:00", "12:00").tolist()
    load.values[row:, EP] += 700
    load.quality[row] = Quality.REGISTER_JUMP
    assert screened(load, cuts=(int(load.ts[row]),)).day_kw == pytest.approx(100)


def test_the_zero_of_a_register_gives_way_to_power() -> None:
    load = days_of(LOAD)
    rows = rows_of(load, "12:00", "12:00")
    load.values[rows, EP] = 0
    load.quality[rows] = Quality.SPURIOUS_ZERO
    found = screened(load)
    assert (found.source, found.valid_days, found.coverage) == ("mixed", 5, pytest.approx(1))
    assert (found.day_kw, found.night_kw) == (pytest.approx(100, rel=0.01), pytest.approx(160, rel=0.01))


def test_without_power_a_register_is_followed_over_its_zero() -> None:
    load = only(days_of(LOAD), "ep")
    rows = rows_of(load, "12:00", "12:00")
    load.values[rows, EP] = 0
    load.quality[rows] = Quality.SPURIOUS_ZERO
    found = screened(load)
    assert (found.source, found.coverage) == ("register", pytest.approx(1))
    assert (found.day_kw, found.night_kw) == (pytest.approx(100), pytest.approx(160))


def test_spurious_zeros_of_power_are_no_load_of_zero() -> None:
    load = only(days_of(two_levels(night=100, day=100)), "p")
    rows = rows_of(load, "08:00", "20:00")[::3]
    load.values[rows, P] = 0
    assert screened(load).day_kw < 96
    load.quality[rows] = Quality.SPURIOUS_ZERO
    found = screened(load)
    assert (found.day_kw, found.coverage) == (pytest.approx(100), pytest.approx(1))


@pytest.mark.parametrize("mark", [Quality.FROZEN, Quality.INVALID, Quality.CLOCK_SKEW])
def test_what_is_no_measurement_covers_nothing(mark: Quality) -> None:
    load = days_of(LOAD)
    rows = rows_of(load, "10:00", "14:00")
    load.values[rows] = load.values[rows[0]]
    load.quality[rows] = mark
    found = screened(load)
    assert found.coverage == pytest.approx(1 - 4.5 / 120)
    assert "2024-03-06" not in found.days
    load.quality[rows[4:]] = Quality.GOOD
    assert screened(load).coverage > found.coverage


def test_a_month_of_leaps_without_marks_and_with_them_is_told_apart_by_its_ratio() -> None:
    """A register that gains 120 kWh every noon hides a night that is heavier than it seems."""
    load = only(days_of(two_levels(night=160, day=100), days=20), "ep")
    clock = (load.ts - load.ts[0]) // 60_000 % 1440
    noons = np.flatnonzero(clock == 6 * 60)
    for row in noons.tolist():
        load.values[row:, EP] += 120
    hidden = screened(load)
    load.quality[noons] = Quality.REGISTER_JUMP
    found = screened(load)
    assert (hidden.flagged, found.flagged) == (False, True)
    assert found.ratio == pytest.approx(1.6)
