"""What mean night and day loads are called, and what is said beside it."""

import math

import pytest

from analytics.screening.verdict import remark
from core.imbalance import LoadClass
from core.registry import Enterprise, Kind, Shift
from tests.analytics.loads import MONDAY, at, days_of, registry, screened, two_levels, without


@pytest.mark.parametrize(
    ("night", "day", "load_class", "ratio", "flagged"),
    [
        (160, 100, LoadClass.NIGHT_HEAVY, 1.6, True),
        (150, 100, LoadClass.BALANCED, 1.5, False),
        (100, 100, LoadClass.BALANCED, 1.0, False),
        (100, 150, LoadClass.BALANCED, 1 / 1.5, False),
        (100, 160, LoadClass.DAY_HEAVY, 1 / 1.6, False),
        (0, 100, LoadClass.DAY_HEAVY, 0.0, False),
        (100, 0, LoadClass.NIGHT_ONLY, None, True),
        (0.02, 0.009, LoadClass.NIGHT_ONLY, None, True),
        (0, 0, LoadClass.IDLE, None, False),
        (0.009, 0.009, LoadClass.IDLE, None, False),
    ],
)
def test_the_relation_of_night_to_day_load_gives_the_class(
    night: float, day: float, load_class: LoadClass, ratio: float | None, flagged: bool
) -> None:
    result = screened(days_of(two_levels(night=night, day=day)))
    assert (result.load_class, result.flagged) == (load_class, flagged)
    assert result.ratio == (None if ratio is None else pytest.approx(ratio))
    assert (result.night_kw, result.day_kw) == (pytest.approx(night), pytest.approx(day))


@pytest.mark.parametrize(("days", "load_class"), [(2, LoadClass.INSUFFICIENT), (3, LoadClass.NIGHT_HEAVY)])
def test_three_valid_days_are_needed_to_flag(days: int, load_class: LoadClass) -> None:
    result = screened(days_of(two_levels(night=200, day=100), days=days))
    assert (result.valid_days, result.load_class) == (days, load_class)
    assert result.flagged == (days == 3)


def test_an_insufficient_result_claims_no_numbers() -> None:
    result = screened(days_of(two_levels(night=200, day=100), days=2))
    assert math.isnan(result.night_kw)
    assert math.isnan(result.day_kw)
    assert result.ratio is None


@pytest.mark.parametrize(
    ("shift", "valley", "text"),
    [
        (None, False, ""),
        (Shift.DAY, False, ""),
        (Shift.TWO, False, ""),
        (Shift.THREE, False, ""),
        (Shift.CONTINUOUS, False, "registered continuous shift"),
        (Shift.NIGHT, False, "registered night shift"),
        (None, True, "valley tariff"),
        (Shift.NIGHT, True, "registered night shift; valley tariff"),
    ],
)
def test_what_is_registered_is_remarked(shift: Shift | None, valley: bool, text: str) -> None:
    enterprise = Enterprise("E", "Plant", "Shifeng", shift=shift, valley_tariff=valley)
    assert remark(enterprise, has_load_meter=True) == text


def test_a_remark_lists_apart_and_does_not_drop() -> None:
    result = screened(days_of(two_levels(night=200, day=100)), of=registry(shift=Shift.NIGHT))
    assert (result.flagged, result.load_class) == (True, LoadClass.NIGHT_HEAVY)
    assert result.remark == "registered night shift"


def test_an_enterprise_without_a_load_meter_is_listed_as_such() -> None:
    result = screened(days_of(two_levels(night=200, day=100)), of=registry(Kind.TREATMENT))
    assert (result.load_class, result.remark, result.coverage) == (LoadClass.INSUFFICIENT, "no load meter", 0)
    assert (result.source, result.valid_days, result.flagged) == ("", 0, False)


def test_an_enterprise_without_readings_is_insufficient() -> None:
    nothing = days_of(two_levels(night=2, day=1)).take(slice(0, 0))
    result = screened(nothing, period=(at(MONDAY, "00:00"), at(MONDAY.replace(day=14), "00:00")))
    assert (result.load_class, result.coverage, result.valid_days) == (LoadClass.INSUFFICIENT, 0, 0)


def test_without_a_feeder_the_load_is_the_sum_of_production() -> None:
    kinds = (Kind.PRODUCTION, Kind.PRODUCTION, Kind.TREATMENT)
    loads = [days_of(two_levels(night=10 * (i + 1), day=5), meter=i) for i in range(3)]
    result = screened(*loads, of=registry(*kinds))
    assert (result.night_kw, result.day_kw) == (pytest.approx(30), pytest.approx(10))


def test_with_a_feeder_its_sub_meters_do_not_count_again() -> None:
    loads = [days_of(two_levels(night=10 * (i + 1), day=5), meter=i) for i in range(2)]
    result = screened(*loads, of=registry(Kind.FEEDER, Kind.PRODUCTION))
    assert (result.night_kw, result.day_kw) == (pytest.approx(10), pytest.approx(5))


def test_of_several_load_meters_the_least_covered_decides() -> None:
    whole, holed = (days_of(two_levels(night=20, day=10), meter=i) for i in range(2))
    holed = without(holed, at(MONDAY, "10:00"), at(MONDAY, "12:00"))
    result = screened(whole, holed, of=registry(Kind.PRODUCTION, Kind.PRODUCTION))
    gone_h = 2.25  # from the last reading before the hole to the first after it
    assert result.coverage == pytest.approx(1 - gone_h / (5 * 24))
    assert (result.night_kw, result.day_kw) == (pytest.approx(40), pytest.approx(20))
