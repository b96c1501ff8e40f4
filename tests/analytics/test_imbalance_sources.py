"""Register and power: which of the two gives the energy of a window."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.imbalance import Imbalance, LoadClass
from core.interval import HOUR_MS
from core.readings import EP, FloatArray, P, Readings, concatenate
from core.registry import Kind
from tests.analytics.loads import MONDAY, at, days_of, only, registry, screened, two_levels

WEDNESDAY = MONDAY + timedelta(days=2)
LOAD = two_levels(night=160, day=100)


def test_register_and_power_agree() -> None:
    by_register, by_power = (screened(only(days_of(LOAD), name)) for name in ("ep", "p"))
    assert (by_register.source, by_power.source) == ("register", "power")
    assert by_register.ratio == pytest.approx(1.6)
    # A trapezoid over quarters smears each change of level over 15 minutes.
    assert by_power.ratio == pytest.approx(by_register.ratio, rel=0.015)


def test_the_register_is_preferred_where_both_are_good() -> None:
    assert screened(days_of(LOAD)).source == "register"


def reset(ep: FloatArray, wednesday: slice) -> FloatArray:
    return np.where(np.arange(len(ep)) >= wednesday.start + 10, ep - ep[wednesday.start + 10], ep)


def jump(ep: FloatArray, wednesday: slice) -> FloatArray:
    return np.where(np.arange(len(ep)) >= wednesday.start + 10, ep + 50_000, ep)


def frozen(ep: FloatArray, wednesday: slice) -> FloatArray:
    changed = ep.copy()
    changed[wednesday] = ep[wednesday.start]
    changed[wednesday.stop :] -= ep[wednesday.stop] - ep[wednesday.start]
    return changed


def fallen_out(ep: FloatArray, wednesday: slice) -> FloatArray:
    changed = ep.copy()
    changed[wednesday.start + 5] = 0
    return changed


@pytest.mark.parametrize("fault", [reset, jump, frozen, fallen_out])
def test_a_faulty_register_gives_way_to_power(fault: Callable[[FloatArray, slice], FloatArray]) -> None:
    load = days_of(LOAD)
    first, last = np.searchsorted(load.ts, (at(WEDNESDAY, "06:00"), at(WEDNESDAY, "22:00"))).tolist()
    load.values[:, EP] = fault(load.ep, slice(first, last))
    result = screened(load)
    assert (result.source, result.valid_days, result.coverage) == ("mixed", 5, pytest.approx(1))
    assert (result.night_kw, result.day_kw) == (pytest.approx(160, rel=0.01), pytest.approx(100, rel=0.01))


def test_a_register_that_runs_backwards_without_power_leaves_its_window_uncovered() -> None:
    load = only(days_of(LOAD), "ep")
    row = int(np.searchsorted(load.ts, at(WEDNESDAY, "12:00")))
    load.values[row:, EP] -= 900
    result = screened(load)
    assert "2024-03-06" not in result.days
    assert result.ratio == pytest.approx(1.6)


def test_a_jump_without_power_leaves_only_its_own_segment_uncovered() -> None:
    load = only(days_of(LOAD), "ep")
    row = int(np.searchsorted(load.ts, at(WEDNESDAY, "12:00")))
    load.values[row:, EP] += 1_000_000
    result = screened(load)
    assert (result.valid_days, result.coverage) == (5, pytest.approx(1 - 0.25 / 120))
    assert (result.night_kw, result.day_kw) == (pytest.approx(160), pytest.approx(100))


def test_a_plant_that_works_one_hour_a_day_does_not_jump() -> None:
    load = only(days_of(lambda local: 400 if local.hour == 9 else 0), "ep")
    assert screened(load).day_kw == pytest.approx(400 / 16)


def test_a_register_with_holes_gives_way_to_power_that_has_none() -> None:
    load = days_of(LOAD)
    load.values[::4, EP] = np.nan
    result = screened(load)
    assert (result.source, result.coverage) == ("power", pytest.approx(1))


def test_a_register_that_covers_more_than_power_is_used() -> None:
    load = days_of(LOAD)
    load.values[::2, P] = np.nan
    load.values[100, EP] = np.nan
    result = screened(load)
    assert (result.source, result.valid_days) == ("register", 5)
    assert result.ratio == pytest.approx(1.6, rel=0.01)


def test_power_given_back_to_the_grid_is_no_load() -> None:
    load = only(days_of(lambda local: -500 if local.hour == 12 else 32), "p")
    # One of sixteen hours without a load; a trapezoid starts and ends it at half.
    assert screened(load).day_kw == pytest.approx(32 * 15 / 16)


def test_a_long_gap_is_not_covered_though_the_register_spans_it() -> None:
    load = only(days_of(LOAD), "ep")
    hole = (load.ts > at(WEDNESDAY, "10:00")) & (load.ts < at(WEDNESDAY, "11:00"))
    assert screened(load.take(~hole)).coverage == pytest.approx(1 - 1 / 120)


def test_a_gap_of_three_intervals_is_covered() -> None:
    load = only(days_of(LOAD), "ep")
    hole = (load.ts > at(WEDNESDAY, "10:00")) & (load.ts < at(WEDNESDAY, "10:45"))
    assert screened(load.take(~hole)).coverage == pytest.approx(1)


def test_a_segment_over_the_border_of_a_window_is_split_by_time() -> None:
    load = only(days_of(two_levels(night=160, day=160)), "ep")
    half = replace(load, ts=load.ts + HOUR_MS // 8)
    period = (at(MONDAY, "06:00"), at(MONDAY + timedelta(days=5), "06:00"))
    result = screened(half, period=period)
    assert result.night_kw == pytest.approx(160)
    assert result.coverage == pytest.approx(1 - 0.125 / 120)


def test_the_profile_shows_the_mean_load_of_each_local_hour() -> None:
    result = screened(only(days_of(lambda local: 10 * local.hour), "ep"))
    assert result.profile_kw == pytest.approx([10 * hour for hour in range(24)])


def plants() -> Readings:
    loads = [days_of(lambda local, m=m: 50 + 10 * m + 7 * (local.hour % (m + 2)), days=4, meter=m) for m in range(3)]
    loads[1].values[::5, EP] = np.nan
    loads[2].values[:, P] = np.nan
    return concatenate(loads)


PLANTS = plants()
WHOLE = screened(PLANTS, of=registry(*(Kind.PRODUCTION,) * 3))


def same(result: Imbalance, other: Imbalance) -> bool:
    numbers = ("night_kw", "day_kw", "ratio", "coverage", "profile_kw")
    return all(getattr(result, name) == pytest.approx(getattr(other, name)) for name in numbers) and all(
        getattr(result, name) == getattr(other, name) for name in ("load_class", "days", "source", "valid_days")
    )


@settings(deadline=None, max_examples=40)
@given(
    cuts=st.lists(st.sampled_from(np.unique(PLANTS.ts).tolist()), max_size=30), seed=st.randoms(use_true_random=False)
)
def test_it_does_not_matter_how_the_scan_is_cut_or_how_rows_lie(cuts: list[int], seed: object) -> None:
    rows = list(range(len(PLANTS)))
    seed.shuffle(rows)  # type: ignore[attr-defined]
    shuffled = PLANTS.take(np.array(rows))
    result = screened(shuffled, of=registry(*(Kind.PRODUCTION,) * 3), cuts=tuple(cuts))
    assert result.load_class is not LoadClass.INSUFFICIENT
    assert same(result, WHOLE)


def test_a_plant_that_works_at_night_only_is_known_by_its_sampled_power_too() -> None:
    """The quarter of an hour in which the load comes and goes is nobody's proof of a day load."""
    found = screened(only(days_of(two_levels(night=100, day=0)), "p"))
    assert found.source == "power"
    assert (found.load_class, found.ratio, found.flagged) == (LoadClass.NIGHT_ONLY, None, True)


def test_a_small_but_steady_day_load_stays_a_day_load() -> None:
    found = screened(only(days_of(two_levels(night=100, day=2)), "p"))
    assert found.load_class is LoadClass.NIGHT_HEAVY
    assert found.ratio == pytest.approx(50, rel=0.35)
