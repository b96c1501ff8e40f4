"""What must hold of the rules about orders and filings however readings come, and what they say beside alarms."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import snapshot
from analytics.engine import Engine
from analytics.rules import RULES
from analytics.rules.orders import busy_days, busy_spans, day_of
from analytics.rules.ruleset import Ruleset
from analytics.rules.window_order import forbidden
from analytics.states import FAR
from core.alarm import Transition
from core.filing import Filing
from core.interval import DAY_MS, HOUR_MS, MINUTE_MS, Window, to_text
from core.order import Order
from core.readings import Readings, concatenate
from core.registry import Enterprise, Facility, Kind, Line, Meter, Registry
from tests.analytics.stories import instant, regrouped
from tests.rules.case import Case, cases

MINE = ("stop-order", "limit-order", "window-order", "contradiction")
RULESET = Ruleset({name: RULES[name] for name in MINE})
START = 1_773_590_400_000  # a Monday, 00:00 in Shanghai
FROM = START + 3 * DAY_MS
EVERY = 5 * MINUTE_MS

REGISTRY = Registry(
    enterprises=(Enterprise("a", "A", "d"), Enterprise("b", "B", "d", timezone="Europe/Berlin")),
    lines=(Line("a-1", "a", "1"),),
    facilities=(
        Facility("a-P1", "a", Kind.PRODUCTION, on_kw=10, line="a-1"),
        Facility("a-P2", "a", Kind.PRODUCTION, on_kw=10, rated_kw=60),
        Facility("b-P1", "b", Kind.PRODUCTION, on_kw=10, rated_kw=100),
        Facility("b-P2", "b", Kind.PRODUCTION, on_kw=10),
        Facility("b-T1", "b", Kind.TREATMENT, on_kw=5),
    ),
    meters=(
        Meter("a-P1", "a-P1", interval_s=300),
        Meter("a-P2", "a-P2", interval_s=300),
        Meter("b-P1", "b-P1", interval_s=300),
    ),
    orders=(
        Order("stop", "a", "stop", FROM, FROM + DAY_MS, guaranteed_kw=35),
        Order("limit", "a", "limit", FROM + HOUR_MS, FROM + DAY_MS, value=60),
        Order("cap", "a-1", "cap", FROM, FROM + DAY_MS, value=20),
        Order("window", "a", "window", FROM, FROM + DAY_MS, window=Window.parse("01:00-03:30")),
        Order("free", "a-P2", "exempt", FROM + 2 * HOUR_MS, FROM + 4 * HOUR_MS),
        Order("stop-b", "b-P1", "stop", FROM, FROM + DAY_MS),
        Order("unmetered", "b-P2", "stop", FROM, FROM + DAY_MS),
    ),
    filings=(Filing("shut", "b", "shutdown", FROM, FROM + 9 * HOUR_MS, status="approved"),),
)
PRELUDE = concatenate([instant([0, 1, 2], START + i * EVERY, [30.0, 30.0, 60.0]) for i in range(3 * 288)])

_RUNS = st.lists(
    st.tuples(st.sampled_from([0.0, 8.0, 30.0, 60.0, float("nan"), None]), st.integers(1, 40)), min_size=1, max_size=6
)


@st.composite
def stories(draw: st.DrawFn) -> list[Readings]:
    """The first hours of the orders: every meter runs, stops, is absent or silent."""
    series = [[value for value, count in draw(_RUNS) for _ in range(count)] for _ in REGISTRY.meters]
    found = []
    for i in range(max(map(len, series))):
        here = [(m, v[i]) for m, v in enumerate(series) if i < len(v) and v[i] is not None]
        if here:
            found.append(instant([m for m, _ in here], FROM + i * EVERY, [p for _, p in here]))
    return found


def begun() -> Engine:
    engine = Engine(REGISTRY, RULESET)
    assert engine.step(PRELUDE, now=1 << 50) == []
    return engine


def judge(batches: list[Readings], engine: Engine | None = None) -> list[Transition]:
    engine = engine or begun()
    return [found for batch in batches for found in engine.step(batch, now=1 << 50)]


def shown(found: list[Transition]) -> list[str]:
    return sorted(json.dumps([t.at, t.rule, t.subject, t.severity, t.state, t.since, t.reason]) for t in found)


FEW = settings(max_examples=25, deadline=None)


@FEW
@given(story=stories(), cuts=st.sets(st.integers(0, 240)))
def test_however_readings_are_cut_into_batches_orders_are_judged_the_same(
    story: list[Readings], cuts: set[int]
) -> None:
    assert shown(judge(regrouped(story, cuts))) == shown(judge(story))


@FEW
@given(story=stories(), saves=st.sets(st.integers(0, 240), max_size=8))
def test_a_restart_changes_nothing_about_orders(story: list[Readings], saves: set[int]) -> None:
    engine, found = begun(), []
    for number, batch in enumerate(story):
        found += engine.step(batch, now=1 << 50)
        if number in saves:
            fresh = engine.alike()
            assert snapshot.restore(fresh, snapshot.save(engine))
            fresh.plant.energy = engine.plant.energy
            engine = fresh
    assert shown(found) == shown(judge(story))


@FEW
@given(story=stories())
def test_episodes_of_one_order_follow_each_other(story: list[Readings]) -> None:
    told: dict[tuple[str, str], list[Transition]] = {}
    for found in judge(story):
        assert found.since <= found.at
        told.setdefault((found.rule, found.subject), []).append(found)
    for rows in told.values():
        assert all(one.at <= two.at and one.since <= two.since for one, two in pairwise(rows))


def test_these_stories_do_tell_of_every_rule() -> None:
    """The properties above would hold of silence too."""
    busy = [instant([0, 1, 2], FROM + i * EVERY, [60.0, 60.0, 60.0]) for i in range(200)]
    told = {(t.rule, t.subject) for t in judge(busy)}
    assert told == {
        ("stop-order", "stop"),
        ("stop-order", "stop-b"),
        ("limit-order", "limit"),
        ("limit-order", "cap"),
        ("window-order", "window"),
        ("contradiction", "shut"),
    }


def test_an_hour_before_a_standstill_of_the_program_and_one_after_it_are_not_two_in_a_row() -> None:
    """The sums of energy are kept apart from the state, and may be newer."""
    story = [instant([2], FROM + i * EVERY, [60.0]) for i in range(8 * 12 + 1)]
    before, after = begun(), begun()
    judge(story[: 2 * 12 + 1], before)
    judge(story, after)
    engine = before.alike()
    assert snapshot.restore(engine, snapshot.save(before))
    engine.plant.energy = after.plant.energy
    assert [t for t in judge(story[-1:], engine) if t.rule == "stop-order"] == []
    later = judge([instant([2], FROM + 8 * HOUR_MS + i * EVERY, [60.0]) for i in range(1, 13)], engine)
    assert [(t.at, t.since) for t in later if t.rule == "stop-order"] == [(FROM + 9 * HOUR_MS, FROM + 7 * HOUR_MS)]


def test_what_cannot_be_judged_says_why() -> None:
    engine = begun()
    judge([instant([0, 1, 2], FROM + i * EVERY, [60.0, 60.0, 60.0]) for i in range(30)], engine)
    found = {(row.rule, row.subject, row.reason) for row in engine.unjudged()}
    assert found == {("stop-order", "unmetered", "no-meter")}


def test_an_order_without_baseline_says_how_many_days_there_are() -> None:
    facilities = tuple(replace(row, rated_kw=None) for row in REGISTRY.facilities)
    engine = Engine(replace(REGISTRY, facilities=facilities), RULESET)
    judge([instant([0, 1, 2], FROM - DAY_MS + i * EVERY, [60.0, 60.0, 60.0]) for i in range(330)], engine)
    found = {(row.subject, row.reason): row.detail for row in engine.unjudged()}
    assert found["stop", "no-baseline"] == {"days": 1, "of": 3}
    assert found["limit", "no-baseline"] == {"days": 1, "of": 3}
    assert ("cap", "no-baseline") not in found


def test_an_order_on_a_silent_meter_says_so() -> None:
    engine = begun()
    judge([instant([1, 2], FROM + i * EVERY, [60.0, 60.0]) for i in range(48)], engine)
    found = {
        (row.subject, row.reason, row.detail.get("meter")) for row in engine.unjudged() if row.rule == "stop-order"
    }
    assert ("stop", "no-data", "a-P1") in found


def test_an_order_that_is_over_costs_nothing() -> None:
    engine = Engine(REGISTRY, RULESET)
    late = [instant([0, 1, 2], FROM + 3 * DAY_MS + i * EVERY, [60.0, 60.0, 60.0]) for i in range(30)]
    assert judge(late, engine) == []
    assert [rule._live(engine.plant.clock).any() for rule in engine.rules] == [False] * 4


def one(rule: str, name: str) -> Case:
    return next(case for case in cases() if case.rule == rule and case.name.startswith(name))


def told(case: Case) -> list[Transition]:
    return Engine(case.registry, Ruleset({case.rule: RULES[case.rule]})).step(case.whole, now=1 << 50)


def test_a_stop_order_alarm_shows_the_hours_the_baseline_and_the_days_behind_it() -> None:
    first = told(one("stop-order", "two hours above a tenth"))[0]
    assert first.reason == "production took 100 kWh in an hour under order order-1 to stop, more than 10 kWh for 2 h"
    hour = {"used_kwh": 100.0, "limit_kwh": 10.0, "baseline_kwh": 100.0, "covered_share": 1.0}
    assert first.evidence["hours"] == [
        {"from": "2026-03-04T17:00:00Z"} | hour,
        {"from": "2026-03-04T18:00:00Z"} | hour,
    ]
    assert (first.evidence["baseline_workdays"], first.evidence["meters"]) == (3, ["P1"])


def test_a_limit_order_tells_what_is_to_come_and_then_what_came() -> None:
    before, after, _ = told(one("limit-order", "a day like any other"))
    left = "more than the 1764 kWh that order order-1 leaves the day"
    assert before.reason == f"production took 600 kWh so far and is about to reach 2400 kWh, {left}"
    assert after.reason == f"production took 1800 kWh, {left}"
    assert (after.evidence["counted_hours"], after.evidence["baseline_kwh"]) == (18, 2400.0)


def test_a_cap_alarm_tells_the_mean_power() -> None:
    assert told(one("limit-order", "an hour above the cap"))[0].reason == (
        "production took 53 kW on average of an hour, more than 52.5 kW under order order-1"
    )


def test_a_window_alarm_tells_the_window_that_it_was_in() -> None:
    first = told(one("window-order", "production that goes on into"))[0]
    assert first.reason == "production runs (P1) inside the window 22:00-06:00 that order order-1 forbids"
    assert first.evidence["window_from"] == "2026-03-20T14:00:00Z"
    assert first.evidence["window_to"] == "2026-03-20T22:00:00Z"


def test_a_contradiction_names_the_filing() -> None:
    first = told(one("contradiction", "production in a filed shutdown"))[0]
    assert first.reason == "production runs (P1) while filing filing-1 (shutdown) says that it is off"
    assert first.evidence["announced"] == ["production-off"]


@pytest.mark.parametrize(
    ("at", "span"),
    [
        (-1, (60, 480)),
        (0, (60, 480)),
        (479, (60, 480)),
        (480, (1500, 1600)),
        (1600, None),
    ],
)
def test_the_span_of_a_window_order_is_the_one_that_is_not_over(at: int, span: tuple[int, int] | None) -> None:
    start = 1_774_011_600_000  # 21:00 in Shanghai
    order = Order("o", "a", "window", start, start + 1600 * MINUTE_MS, window=Window.parse("22:00-05:00"))
    _, first, last = forbidden(order, start + at * MINUTE_MS, "Asia/Shanghai")
    expected = (FAR, FAR) if span is None else tuple(start + edge * MINUTE_MS for edge in span)
    assert (first, last) == expected


@pytest.mark.parametrize(("date", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_local_day_has_the_hours_that_its_clock_showed(date: str, hours: int) -> None:
    noon = np.datetime64(f"{date}T12", "h").astype(int)
    day = day_of(int(noon), "Europe/Berlin")
    assert (day.end - day.first, len(day.clock)) == (hours, hours)
    assert (day.clock[0], day.clock[-1], day.place(int(noon))[1]) == (0, 23, day.clock[int(noon) - day.first])


def test_days_with_an_order_or_an_approved_filing_are_busy() -> None:
    busy = busy_days(busy_spans(REGISTRY)["b"], before=FROM + DAY_MS, tz="Europe/Berlin")
    days = {day_of((FROM + i * HOUR_MS) // HOUR_MS, "Europe/Berlin").number for i in range(24)}
    assert busy == days
    assert busy_days(busy_spans(REGISTRY)["b"], before=FROM, tz="Europe/Berlin") == frozenset(), to_text(FROM)
