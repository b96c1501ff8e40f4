"""The rules about meters: what a long batch says at once it says wave by wave, and a restart changes nothing."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import snapshot
from analytics.engine import Engine
from analytics.rules import RULES
from analytics.rules.phases import current_step, nominal_v
from analytics.rules.power_cut import PowerCut
from analytics.rules.ruleset import Ruleset
from analytics.rules.silent import Silent
from core.alarm import Transition
from core.interval import MINUTE_MS
from core.readings import COLUMN, QUANTITIES, Readings, concatenate, readings
from core.registry import Enterprise, Facility, Kind, Meter, Registry
from tests.cases import NOON

RULESET = Ruleset({name: RULES[name] for name in ("power-cut", "silent", "phase", "tamper", "balance")})
WORKS = ("a", "b", "c", "d")
REGISTRY = Registry(
    tuple(Enterprise(w, w, "north", township="t" if w != "d" else None) for w in WORKS),
    (),
    tuple(
        Facility(f"{w}-{kind}", w, kind, rated_kw=None if kind is Kind.FEEDER else 100)
        for w in WORKS
        for kind in (Kind.FEEDER, Kind.PRODUCTION, Kind.TREATMENT)
    ),
    tuple(
        Meter(f"{w}-{kind}-m", f"{w}-{kind}", interval_s=300 if kind is Kind.FEEDER and w == "b" else 60)
        for w in WORKS
        for kind in (Kind.FEEDER, Kind.PRODUCTION, Kind.TREATMENT)
    ),
)
M, MINUTES = len(REGISTRY.meters), 120
SILENT, CUT, LOST, STILL, BACK, GONE = range(6)
EVENTS = st.lists(
    st.tuples(st.integers(0, MINUTES), st.integers(1, 60), st.integers(0, M - 1), st.integers(SILENT, GONE)), max_size=8
)


class EveryWave(Engine):
    """Carries every reading through its wave."""

    def _settle(self, batch: Readings) -> None:
        return None


def city(events: list[tuple[int, int, int, int]]) -> Readings:
    """Two hours of all meters under load, but for events: (minute, minutes, meter, what)."""
    values = np.full((MINUTES, M, len(QUANTITIES)), np.nan)
    there = np.ones((MINUTES, M), dtype=np.bool_)
    there[:, REGISTRY.interval_ms == 300_000] = (np.arange(MINUTES) % 5 == 0)[:, None]
    feeding = np.arange(M) % 3 == 0
    values[:, :, COLUMN["p"]] = np.where(feeding, 130.0, 60.0)
    values[:, :, COLUMN["ep"]] = 5000 + np.arange(MINUTES)[:, None] * np.where(feeding, 2, 1)
    values[:, :, COLUMN["ua"] : COLUMN["uc"] + 1] = 220.0
    values[:, :, COLUMN["ia"] : COLUMN["ic"] + 1] = 100.0
    for minute, length, meter, what in events:
        span = slice(minute, minute + length)
        if what == SILENT:
            there[span, meter] = False
        elif what == CUT:
            there[span, meter // 3 * 3 : meter // 3 * 3 + 3] = False
        elif what == LOST:
            values[span, meter, COLUMN["ub"]] = 0.0
        elif what == STILL and minute < MINUTES:
            values[span, meter, COLUMN["ep"]] = values[minute, meter, COLUMN["ep"]]
        elif what == BACK:
            values[minute:, meter, COLUMN["ep"]] -= 500.0
        elif what == GONE:
            values[span, meter, [COLUMN["p"], COLUMN["ia"], COLUMN["ib"], COLUMN["ic"]]] = 0.0
    ts = NOON + np.arange(MINUTES)[:, None] * MINUTE_MS + np.arange(M) * 1000
    meter = np.broadcast_to(np.arange(M), (MINUTES, M))
    return readings(meter[there], ts[there], values=values[there])


def parts(batch: Readings, cuts: list[int]) -> list[Readings]:
    edges = sorted({0, *(cut for cut in cuts if cut < len(batch)), len(batch)})
    return [batch.take(np.arange(start, end)) for start, end in pairwise(edges)]


def told(batches: list[Readings], engine: Engine | None = None) -> list[Transition]:
    engine = engine or Engine(REGISTRY, RULESET)
    return [found for batch in batches for found in engine.step(batch, now=1 << 50)]


def shown(found: list[Transition]) -> list[tuple[str, str, int, int, str]]:
    """What is recorded of them, in an order of its own: rules that go by the clock may be a minute apart."""
    return sorted((t.rule, t.subject, t.since, t.at, t.state.value) for t in found)


@settings(max_examples=60, deadline=None)
@given(EVENTS, st.lists(st.integers(1, M * MINUTES), max_size=4))
def test_history_at_once_says_what_it_says_wave_by_wave(
    events: list[tuple[int, int, int, int]], cuts: list[int]
) -> None:
    batch = city(events)
    assert shown(told(parts(batch, cuts))) == shown(told(parts(batch, cuts), EveryWave(REGISTRY, RULESET)))


@settings(max_examples=40, deadline=None)
@given(EVENTS, st.lists(st.integers(1, M * MINUTES), max_size=4))
def test_a_restart_at_any_point_changes_nothing(events: list[tuple[int, int, int, int]], cuts: list[int]) -> None:
    batch, engine, found = city(events), Engine(REGISTRY, RULESET), []
    for part in parts(batch, cuts):
        found += engine.step(part, now=1 << 50)
        saved, energy = snapshot.save(engine), engine.plant.energy
        engine = Engine(REGISTRY, RULESET)
        assert snapshot.restore(engine, saved)
        engine.plant.energy = energy
    assert shown(found) == shown(told(parts(batch, cuts)))


@settings(max_examples=40, deadline=None)
@given(EVENTS)
def test_what_is_silent_in_a_power_cut_or_behind_a_gateway_is_one_ticket(
    events: list[tuple[int, int, int, int]],
) -> None:
    cuts_only = [event for event in events if event[3] == CUT]
    assert {t.subject for t in told([city(cuts_only)]) if t.rule == "silent"} <= set(WORKS)


def test_the_events_of_these_stories_are_found() -> None:
    events = [
        (40, 40, 1, SILENT),
        (40, 30, 3, CUT),
        (50, 20, 7, LOST),
        (40, 50, 8, STILL),
        (50, 1, 10, BACK),
        (60, 30, 11, GONE),
    ]
    assert {t.rule for t in told([city(events)])} == {"power-cut", "silent", "phase", "tamper"}


def test_a_cut_of_most_of_a_township_is_an_outage_of_the_grid() -> None:
    found = [t for t in told([city([(40, 30, meter, CUT) for meter in (0, 3, 6)])]) if t.rule == "power-cut"]
    raised = sorted((t for t in found if t.state == "active"), key=lambda t: t.subject)
    assert [(t.subject, t.evidence["grid_outage"]) for t in raised] == [("a", True), ("b", True), ("c", True)]
    assert raised[0].evidence["also_vanished"] == ["b", "c"]


def test_a_cut_of_one_enterprise_is_its_own() -> None:
    raised = [t for t in told([city([(40, 30, 0, CUT)])]) if t.rule == "power-cut" and t.state == "active"]
    assert [(t.subject, t.evidence["grid_outage"], t.evidence["also_vanished"]) for t in raised] == [("a", False, [])]


def test_a_clock_that_goes_on_alone_finds_silence_and_the_first_reading_ends_it() -> None:
    engine = Engine(REGISTRY, Ruleset({"silent": Silent}))
    batch = city([])
    engine.step(batch.take(batch.ts < NOON + 30 * MINUTE_MS), now=NOON + 30 * MINUTE_MS)
    only_a = batch.take((batch.ts >= NOON + 30 * MINUTE_MS) & (batch.ts < NOON + 60 * MINUTE_MS) & (batch.meter < 2))
    found = engine.step(only_a, now=1 << 50)
    assert {(t.subject, t.state.value) for t in found} == {(s, "active") for s in ("b", "c", "d", "a-treatment-m")}
    found = engine.step(batch.take(batch.ts >= NOON + 60 * MINUTE_MS), now=1 << 50)
    assert {(t.subject, t.state.value) for t in found} == {(s, "normal") for s in ("b", "c", "d", "a-treatment-m")}


def test_time_that_passes_without_readings_finds_silence_unless_nobody_is_heard() -> None:
    engine = Engine(REGISTRY, Ruleset({"silent": Silent}))
    batch = city([(30, 60, 0, CUT)])
    engine.step(batch.take(batch.ts < NOON + 40 * MINUTE_MS), now=NOON + 40 * MINUTE_MS)
    assert engine.tick(now=NOON + 42 * MINUTE_MS) == []
    assert engine.tick(now=NOON + 90 * MINUTE_MS) == []


def test_while_a_cut_is_in_force_the_enterprise_is_powerless() -> None:
    engine = Engine(REGISTRY, Ruleset({"power-cut": PowerCut}))
    batch = city([(40, 30, 0, CUT)])
    engine.step(batch.take(batch.ts < NOON + 50 * MINUTE_MS), now=1 << 50)
    assert engine.plant.powerless.tolist() == [True, False, False, False]
    engine.step(batch.take(batch.ts >= NOON + 50 * MINUTE_MS), now=1 << 50)
    assert not engine.plant.powerless.any()


def test_an_enterprise_without_a_feeder_or_a_usual_is_not_judged_and_says_why() -> None:
    facilities = REGISTRY.facilities[:3] + REGISTRY.facilities[4:6]
    meters = REGISTRY.meters[:3] + REGISTRY.meters[4:6]
    engine = Engine(Registry(REGISTRY.enterprises[:2], (), facilities, meters), Ruleset({"balance": RULES["balance"]}))
    found = {(row.subject, row.reason): row.detail for row in engine.unjudged()}
    assert found == {("b", "no-feeder"): {}, ("a", "no-baseline"): {"days": 0, "of": 3}}


@pytest.mark.parametrize(("volts", "nominal"), [(231, 220), (398, 380), (59, 57.7), (10_300, 10_000), (5_800, 5_774)])
def test_the_nominal_voltage_is_the_nearest_in_use(volts: float, nominal: float) -> None:
    assert nominal_v(np.array([volts])).tolist() == [nominal]


def test_no_voltage_has_no_nominal_and_no_current_no_step() -> None:
    assert np.isnan(nominal_v(np.array([0.0, np.nan]))).all()
    assert np.isnan(current_step(np.array([0.0, np.nan]))).all()


def test_batches_of_readings_out_of_order_within_are_put_in_order() -> None:
    batch = city([(40, 30, 0, CUT), (50, 20, 7, LOST)])
    mixed = batch.take(np.random.default_rng(3).permutation(len(batch)))
    assert shown(told([mixed])) == shown(told([concatenate([batch])]))
