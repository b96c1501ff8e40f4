"""The threshold learner on made loads whose truth is known."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from analytics.learning.judge import Learning
from analytics.learning.learner import learn
from analytics.learning.proposal import WORDS, Proposal, Verdict
from core.interval import DAY_MS, MINUTE_MS
from core.readings import FloatArray, Quality, Readings, concatenate, readings
from core.registry import Enterprise, Facility, Kind, Meter, Registry
from tests.analytics.loads import Columns

START = 1_772_323_200_000
MINUTES = 1440


def plant(meters: int = 1, *, interval_s: int = 60) -> Registry:
    return Registry(
        enterprises=(Enterprise("E", "Plant", "Shifeng"),),
        facilities=(Facility("F", "E", Kind.TREATMENT), Facility("bare", "E", Kind.TREATMENT)),
        meters=tuple(Meter(f"M{i}", "F", interval_s=interval_s) for i in range(meters)),
    )


def series(kw: FloatArray, *, meter: int = 0, step_ms: int = MINUTE_MS, quality: int = 0) -> Readings:
    n = len(kw)
    return readings(
        np.full(n, meter), START + np.arange(n) * step_ms, p=kw, quality=np.full(n, quality, dtype=np.int64)
    )


def learnt(*batches: Readings, days: int = 30, of: Registry | None = None, **changed: float) -> Proposal:
    history = Columns(concatenate(batches), cuts=tuple(START + day * DAY_MS for day in range(1, days)))
    (found,) = learn(
        of or plant(),
        history,
        start=START,
        end=START + days * DAY_MS,
        settings=Learning(**changed),  # type: ignore[arg-type]
    )
    return found


def codes(found: Proposal) -> set[str]:
    return {reason.code for reason in found.reasons}


Load = Callable[[np.random.Generator, FloatArray], FloatArray]
"""Power at each minute, from the minute of the day."""


def month(load: Load, *, days: int = 30, seed: int = 1) -> FloatArray:
    rng = np.random.default_rng(seed)
    return load(rng, np.tile(np.arange(MINUTES, dtype=np.float64), days))


def by_day(minute: FloatArray) -> np.ndarray:
    return (minute >= 480) & (minute < 1080)


def noisy(rng: np.random.Generator, kw: FloatArray | float, n: int, *, spread: float = 0.05) -> FloatArray:
    return np.asarray(kw * np.exp(rng.normal(0, spread, n)))


def shift(rng: np.random.Generator, minute: FloatArray) -> FloatArray:
    return np.where(by_day(minute), noisy(rng, 40.0, len(minute)), 0.0)


def with_controls(rng: np.random.Generator, minute: FloatArray) -> FloatArray:
    return np.where(by_day(minute), noisy(rng, 40.0, len(minute)), noisy(rng, 0.4, len(minute), spread=0.2))


def heavy_standby(rng: np.random.Generator, minute: FloatArray) -> FloatArray:
    return np.where(by_day(minute), noisy(rng, 40.0, len(minute)), noisy(rng, 1.6, len(minute), spread=0.05))


def cycling(rng: np.random.Generator, minute: FloatArray) -> FloatArray:
    return np.where(minute % 20 < 12, noisy(rng, 7.5, len(minute)), 0.01)


def twice(rng: np.random.Generator, minute: FloatArray) -> FloatArray:
    at = np.arange(len(minute))
    runs = ((at > 9000) & (at < 9120)) | ((at > 30000) & (at < 30120))
    return np.where(runs, noisy(rng, 15.0, len(minute)), noisy(rng, 0.02, len(minute), spread=0.15))


def stopped_twice(rng: np.random.Generator, minute: FloatArray) -> FloatArray:
    at = np.arange(len(minute))
    stops = ((at > 9000) & (at < 9120)) | ((at > 30000) & (at < 30060))
    return np.where(stops, 0.0, noisy(rng, 15.0, len(minute)))


def small(rng: np.random.Generator, minute: FloatArray) -> FloatArray:
    return np.where(by_day(minute), noisy(rng, 0.1, len(minute)), 0.0)


@pytest.mark.parametrize(
    ("load", "on_kw"),
    [
        (shift, 4.0),
        (with_controls, 4.0),
        (heavy_standby, 3 * 1.6 * math.exp(2.33 * 0.05)),
        (cycling, 0.75),
        (twice, 1.5),
        (stopped_twice, 1.5),
        (small, 0.02),
    ],
)
def test_two_groups_that_stand_apart_give_the_formulas_threshold(load: Load, on_kw: float):
    found = learnt(series(month(load)))
    assert found.verdict is Verdict.APART, found.reasons
    assert found.on_kw == pytest.approx(on_kw, rel=0.06)
    assert found.off_kw == pytest.approx(0.6 * found.on_kw)
    assert found.days == 30
    assert found.counts.sum() == found.readings == 30 * MINUTES
    assert 0.5 < found.confidence < 1
    assert found.separation > 0.9
    assert not any(reason.asks for reason in found.reasons)


def idles_at_night(rng: np.random.Generator, minute: FloatArray) -> FloatArray:
    return np.where(by_day(minute), noisy(rng, 40.0, len(minute)), noisy(rng, 16.0, len(minute)))


def never_stops(rng: np.random.Generator, minute: FloatArray) -> FloatArray:
    return noisy(rng, 40.0, len(minute))


def ramps(rng: np.random.Generator, minute: FloatArray) -> FloatArray:
    return np.asarray(10 ** rng.uniform(-0.5, 1.7, len(minute)))


def idle_between(rng: np.random.Generator, minute: FloatArray) -> FloatArray:
    idle = np.where(minute < 200, noisy(rng, 4.4, len(minute)), 0.0)
    return np.where(by_day(minute), noisy(rng, 40.0, len(minute)), idle)


def nothing(rng: np.random.Generator, minute: FloatArray) -> FloatArray:
    return np.zeros(len(minute))


def stuck(rng: np.random.Generator, minute: FloatArray) -> FloatArray:
    return np.full(len(minute), 21.7)


def blip(rng: np.random.Generator, minute: FloatArray) -> FloatArray:
    kw = nothing(rng, minute)
    kw[700:710] = 30.0
    return kw


def hiccup(rng: np.random.Generator, minute: FloatArray) -> FloatArray:
    kw = never_stops(rng, minute)
    kw[700:710] = 0.0
    return kw


@pytest.mark.parametrize(
    ("load", "code", "proposes"),
    [
        (idles_at_night, "never-stops", False),
        (never_stops, "never-stops", False),
        (nothing, "never-runs", False),
        (stuck, "frozen", False),
        (blip, "too-rarely-runs", True),
        (hiccup, "too-rarely-stops", True),
        (ramps, "not-apart", True),
        (idle_between, "three-levels", True),
    ],
)
def test_what_is_not_clear_is_a_persons_to_decide_and_it_says_why(load: Load, code: str, proposes: bool):
    found = learnt(series(month(load)))
    assert (found.verdict, found.reasons[0].code) == (Verdict.ASK, code)
    assert found.has_thresholds is proposes
    assert found.confidence <= 0.3
    assert found.reasons[0].asks
    assert str(found.reasons[0])


def test_one_broad_heap_separates_no_better_than_otsu_splits_any():
    kw = month(lambda rng, minute: noisy(rng, 40.0, len(minute), spread=0.5))
    assert learnt(series(kw)).separation == pytest.approx(2 / math.pi, abs=0.01)


def test_thirteen_days_are_too_few_and_a_fortnight_is_less_sure_than_a_month():
    fewer, fortnight, whole = (learnt(series(month(shift, days=days)), days=days) for days in (13, 14, 30))
    assert (fewer.verdict, fewer.reasons[0].code) == (Verdict.ASK, "too-few-days")
    assert "13 days are covered, 14 are needed" in str(fewer.reasons[0])
    assert fortnight.verdict is Verdict.APART
    assert fortnight.confidence < whole.confidence


def test_a_day_counts_only_if_enough_of_it_was_read():
    held = series(month(shift))
    day = (held.ts - START) // DAY_MS
    half = held.take((day >= 20) | ((held.ts // MINUTE_MS) % 2 == 0))
    assert learnt(half).days == 10


def test_no_readings_at_all_propose_nothing():
    found = learnt(series(np.zeros(0)))
    assert [reason.code for reason in found.reasons] == ["no-readings"]
    assert (found.verdict, found.confidence, found.has_thresholds) == (Verdict.ASK, 0, False)


def test_readings_of_a_frozen_or_broken_meter_are_left_out_and_counted():
    good = month(shift)
    bad = series(np.full(MINUTES * 10, 21.7), quality=int(Quality.FROZEN))
    rest = series(good).take(slice(10 * MINUTES, None))
    found = learnt(bad, rest)
    assert found.on_kw == pytest.approx(4.0, rel=0.06)
    assert (found.days, found.readings) == (20, 20 * MINUTES)
    assert "unsound" in codes(found)


def test_a_reversed_transformer_teaches_the_same_with_a_note():
    plain, reversed_ = (learnt(series(sign * month(shift))) for sign in (1, -1))
    assert reversed_.on_kw == plain.on_kw
    assert "negative" in codes(reversed_)
    assert reversed_.confidence < plain.confidence


def test_the_meters_of_one_facility_are_summed():
    kw = month(shift)
    one = learnt(series(kw))
    both = learnt(series(kw * 0.25), series(-kw * 0.75, meter=1), of=plant(2))
    assert both.on_kw == pytest.approx(one.on_kw, rel=0.03)
    assert both.days == 30


def test_a_sum_of_which_one_meter_is_silent_does_not_count():
    kw = month(shift)
    first, second = series(kw), series(kw, meter=1).take(slice(0, 20 * MINUTES))
    assert learnt(first, second, of=plant(2)).days == 20


def test_quarter_hourly_readings_teach_as_well():
    kw = month(shift)[::15]
    found = learnt(series(kw, step_ms=15 * MINUTE_MS), of=plant(interval_s=900))
    assert (found.verdict, found.days) == (Verdict.APART, 30)


def test_the_limit_from_above_is_a_fifth_over_the_top_of_the_running_power():
    kw = month(shift)
    assert learnt(series(kw)).limit_kw == pytest.approx(1.2 * float(np.quantile(kw[kw > 1], 0.995)), rel=0.04)


@effort(max_examples=25, deadline=None)
@given(
    scale=st.floats(0.05, 200), load=st.sampled_from([shift, with_controls, cycling, twice]), seed=st.integers(0, 99)
)
def test_scaling_the_power_scales_the_threshold_down_to_the_floor(scale: float, load: Load, seed: int):
    kw = month(load, days=16, seed=seed)
    plain, scaled = learnt(series(kw), days=16), learnt(series(scale * kw), days=16)
    assert scaled.on_kw == pytest.approx(max(0.02, scale * plain.on_kw), rel=0.06)


@effort(max_examples=25, deadline=None)
@given(cut=st.integers(1, 30 * MINUTES - 1))
def test_how_readings_are_cut_into_batches_changes_nothing(cut: int):
    held = series(month(shift))
    (whole,), (parts,) = (
        learn(plant(), Columns(held, cuts), start=START, end=START + 30 * DAY_MS)
        for cuts in ((), (START + cut * MINUTE_MS,))
    )
    assert (whole.on_kw, whole.days, whole.confidence) == (parts.on_kw, parts.days, parts.confidence)
    assert np.array_equal(whole.counts, parts.counts)


@effort(max_examples=60, deadline=None)
@given(
    kw=st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), max_size=60),
    days=st.integers(1, 3),
)
def test_whatever_was_read_the_answer_is_whole(kw: list[float], days: int):
    found = learnt(series(np.array(kw, dtype=np.float64)), days=days)
    assert found.verdict is Verdict.ASK
    assert 0 <= found.confidence <= 1
    assert all(str(reason) and reason.code in WORDS for reason in found.reasons)


def test_a_facility_that_is_not_registered_is_a_mistake_and_one_without_a_meter_is_not_learnt():
    history = Columns(series(month(shift)))
    assert learn(plant(), history, start=START, end=START + DAY_MS, facilities=["bare"]) == []
    with pytest.raises(KeyError):
        learn(plant(), history, start=START, end=START + DAY_MS, facilities=["nowhere"])
