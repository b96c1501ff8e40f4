"""A long batch taken at once says what it says wave by wave."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import snapshot
from analytics.engine import Engine
from analytics.stretch import Stretch
from core.interval import MINUTE_MS
from core.readings import Quality, Readings, readings
from core.registry import Enterprise, Facility, Kind, Line, Meter, Registry, Threshold
from tests.cases import NOON

KINDS = {"F": Kind.FEEDER, "P": Kind.PRODUCTION, "T": Kind.TREATMENT, "D": Kind.TREATMENT}
WORKS = ("a", "b", "c")


class EveryWave(Engine):
    """Carries every reading through its wave."""

    def _settle(self, stretch: Stretch) -> None:
        return None


def registry() -> Registry:
    """Works with a feeder without a rating, production with two meters in one of them, and two treatments."""
    facilities = [
        Facility(f"{w}-{k}", w, kind, line=f"{w}-L", stage=f"{k}-stage", rated_kw=None if k == "F" else 100)
        for w in WORKS
        for k, kind in KINDS.items()
    ]
    meters = [Meter(f"{f.id}-m", f.id) for f in facilities] + [Meter("a-P-m2", "a-P")]
    limits = [Threshold(m.id, "p", "below", 4.0, on_delay_s=120, off_delay_s=60, deadband=2.0) for m in meters[::2]]
    limits += [Threshold(m.id, "p", "above", 60.0, on_delay_s=0, severity=2) for m in meters]
    return Registry(
        tuple(Enterprise(w, w, "d") for w in WORKS),
        tuple(Line(f"{w}-L", w, "L") for w in WORKS),
        tuple(facilities),
        tuple(meters),
        tuple(limits),
    )


REGISTRY = registry()
M = len(REGISTRY.meters)
CHANGES = st.lists(
    st.tuples(st.integers(0, 99), st.integers(0, M - 1), st.sampled_from([0.0, 5.0, 8.0, 30.0, 70.0, np.nan, None])),
    max_size=12,
)


def minutes(changes: list[tuple[int, int, float | None]]) -> Readings:
    """A hundred minutes of all meters at 30 kW, but for the changes (minute, meter, kW); None: silent from then on."""
    power, there = np.full((100, M), 30.0), np.ones((100, M), dtype=np.bool_)
    for minute, meter, kw in sorted(changes, key=lambda one: one[0]):
        there[minute:, meter] = kw is not None
        power[minute:, meter] = 0.0 if kw is None else kw
    ts = NOON + np.arange(100)[:, None] * MINUTE_MS + np.arange(M)
    quality = np.where((power == 8.0) & (np.arange(100)[:, None] % 50 == 49), int(Quality.FROZEN), 0)
    meter = np.broadcast_to(np.arange(M), (100, M))
    return readings(meter[there], ts[there], p=power[there], quality=quality[there])


@settings(max_examples=150, deadline=None)
@given(CHANGES, st.lists(st.integers(1, 1_000), max_size=4), st.booleans())
def test_what_is_taken_at_once_changes_nothing(
    changes: list[tuple[int, int, float | None]], cuts: list[int], shuffled: bool
) -> None:
    batch = minutes(changes)
    at_once, wave_by_wave = Engine(REGISTRY), EveryWave(REGISTRY)
    edges = sorted({0, *(cut for cut in cuts if cut < len(batch)), len(batch)})
    for start, end in pairwise(edges):
        part = batch.take(np.arange(start, end))
        if shuffled:
            part = part.take(np.random.default_rng(start).permutation(len(part)))
        now = int(part.ts.max())
        assert at_once.step(part, now=now) == wave_by_wave.step(part, now=now)
        assert snapshot.save(at_once) == snapshot.save(wave_by_wave)


@pytest.mark.parametrize(
    ("kw", "also"),
    [
        (30.0, set()),
        (70.0, {"b-T-m"}),  # beyond its limit
        (5.0, {"b-T-m", "b-P-m"}),  # it stops, and production is in one alarm with it
    ],
)
def test_only_what_matters_goes_through_the_waves(kw: float, also: set[str]) -> None:
    engine = Engine(REGISTRY)
    batch, later = minutes([(60, REGISTRY.meter_number["b-T-m"], kw)]), NOON + 50 * MINUTE_MS
    engine.step(batch.take(batch.ts < later), now=later)
    rest = batch.take(batch.ts >= later)
    moving = engine._settle(Stretch.of(engine.plant, rest))
    assert moving is not None
    moved = {REGISTRY.meters[number].id for number in rest.meter[moving].tolist()}
    assert moved == {"a-P-m", "a-P-m2"} | also  # of a facility with several meters all go
