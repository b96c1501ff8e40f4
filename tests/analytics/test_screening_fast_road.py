"""The fast road of the screening gives what the slow one gives, whatever is missing."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.screening.groups import groups_with_lines
from analytics.screening.imbalance import DEFAULTS
from analytics.screening.lattice import lattice
from analytics.screening.scan import count
from analytics.screening.settings import Screening
from analytics.screening.tally import Tally
from core.interval import DAY_MS, MINUTE_MS, Window
from core.readings import Quality, Readings, readings
from core.registry import Enterprise, Facility, Kind, Line, Meter, Registry
from core.screening import Period
from tests.analytics.loads import MONDAY, Columns, at

METERS = 6
FIRST = at(MONDAY, "05:00")
PERIOD = Period(FIRST, FIRST + 3 * DAY_MS)
ODD_WINDOWS = Screening(night=Window.parse("22:10-05:40"), day=Window.parse("05:40-22:10"))


def registry(interval_s: int) -> Registry:
    """Two enterprises with a feeder, a production and a treatment meter each; numbers do not follow enterprises."""
    order = [(kind, id) for kind in (Kind.TREATMENT, Kind.FEEDER, Kind.PRODUCTION) for id in ("A", "B")]
    return Registry(
        enterprises=tuple(Enterprise(id, id, "Shifeng") for id in ("A", "B")),
        lines=tuple(Line(f"{id}-L", id, id) for id in ("A", "B")),
        facilities=tuple(
            Facility(f"{id}-{kind}", id, kind, line=None if kind is Kind.FEEDER else f"{id}-L", stage="dust")
            for kind, id in order
        ),
        meters=tuple(Meter(f"{id}-{kind}-m", f"{id}-{kind}", interval_s=interval_s) for kind, id in order),
    )


def city(step_min: float, *, lost: float, blank: float, marked: float, register: bool, seed: int) -> Readings:
    """Three days of all meters on one clock, with readings lost, values blank and marks set at those rates."""
    random = np.random.default_rng(seed)
    instants = np.arange(FIRST - DAY_MS // 24, FIRST + 3 * DAY_MS + DAY_MS // 24, int(step_min * MINUTE_MS))
    n = len(instants) * METERS
    p = random.uniform(-5, 100, n)
    kwh = np.cumsum(np.maximum(p, 0).reshape(-1, METERS) * step_min / 60, axis=0).ravel()
    p[random.random(n) < blank] = np.nan
    kwh[random.random(n) < blank] = np.nan
    quality = np.where(random.random(n) < marked, random.choice([int(mark) for mark in Quality], n), 0)
    batch = readings(
        np.tile(np.arange(METERS), len(instants)),
        np.repeat(instants, METERS),
        p=p,
        ep=kwh if register else np.full(n, np.nan),
        quality=quality,
    )
    return batch.take(random.random(n) >= lost)


def tallied(
    batch: Readings, cuts: tuple[int, ...], windows: Screening, *, fast: bool, interval_s: int
) -> list[np.ndarray]:
    plants = registry(interval_s)
    groups = groups_with_lines(plants, windows, PERIOD)
    count(plants, Columns(batch, cuts), groups, PERIOD, fast=fast)
    (group,) = groups
    assert group.demand is not None
    group.demand.close()
    return [group.demand.best_kw, *(getattr(group.tally, name) for name in Tally.__annotations__)]


@given(
    step_min=st.sampled_from([15, 5, 7, 20]),
    lost=st.sampled_from([0, 0.02, 0.2]),
    blank=st.sampled_from([0, 0, 0.05]),
    marked=st.sampled_from([0, 0, 0.01]),
    register=st.booleans(),
    windows=st.sampled_from([DEFAULTS, ODD_WINDOWS]),
    cuts=st.lists(st.integers(0, 72 * 60), max_size=3),
    seed=st.integers(0, 9),
)
@settings(max_examples=40, deadline=None)
def test_both_roads_add_up_to_the_same(
    step_min: int,
    lost: float,
    blank: float,
    marked: float,
    register: bool,
    windows: Screening,
    cuts: list[int],
    seed: int,
) -> None:
    batch = city(step_min, lost=lost, blank=blank, marked=marked, register=register, seed=seed)
    edges = tuple(FIRST + cut * MINUTE_MS for cut in cuts)
    fast, slow = (tallied(batch, edges, windows, fast=is_fast, interval_s=step_min * 60) for is_fast in (True, False))
    for name, a, b in zip(("demand", *Tally.__annotations__), fast, slow, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5 if name.startswith("hour") else 1e-9, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("lost", [0, 0.05])
def test_a_city_on_one_clock_takes_the_fast_road(lost: float) -> None:
    batch = city(15, lost=lost, blank=0, marked=0, register=True, seed=1)
    nothing = np.full(METERS, np.iinfo(np.int64).min // 2), np.full(METERS, np.nan), np.full(METERS, np.nan)
    found = lattice(batch, np.arange(METERS), nothing)
    assert found is not None
    assert found.whole == (lost == 0)
    assert int(found.present.sum()) == len(batch)
    assert {field.name for field in fields(found)} >= {"meter", "at", "p", "ep"}


def test_meters_on_clocks_of_their_own_take_the_slow_road() -> None:
    instants = np.concatenate([FIRST + meter * 1000 + np.arange(96) * 15 * MINUTE_MS for meter in range(METERS)])
    batch = readings(np.repeat(np.arange(METERS), 96), instants, p=np.ones(96 * METERS))
    rows = np.lexsort((batch.meter, batch.ts))
    nothing = np.full(METERS, np.iinfo(np.int64).min // 2), np.full(METERS, np.nan), np.full(METERS, np.nan)
    assert lattice(batch.take(rows), np.arange(METERS), nothing) is None
