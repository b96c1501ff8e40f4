"""The demo's story: each kind of event once, told in the truth, and found by the rules while nothing else is."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from analytics.engine import Engine
from core.alarm import State, Transition
from core.interval import DAY_MS, HOUR_MS, MINUTE_MS
from core.order_life import checked
from core.readings import COLUMN, Readings, readings
from core.registry import Kind
from nightwatt.simulate.city import City, build_city
from nightwatt.simulate.events import Planted
from nightwatt.simulate.planted import (
    CONTRADICTED,
    DISOBEYED,
    EARLY_STOP,
    IDLING,
    INTERMITTENT,
    LATE_START,
    NIGHT_WORK,
    OBEYED,
    OVER_LIMIT,
    PHASE_LOST,
    POWER_CUT,
    REGISTER_STILL,
    SHUTDOWN,
    SILENT,
    TREATMENT_OFF,
)
from nightwatt.simulate.schedule import day_of, start_of
from nightwatt.simulate.story import RESPONSE_ID, response, working_day
from nightwatt.simulate.works import STORY, Works
from tests.simulate.truth import START_MS

RAISES: dict[str, set[str]] = {
    TREATMENT_OFF: {"interlock", "threshold"},
    OVER_LIMIT: {"threshold"},
    SILENT: {"silent"},
    SHUTDOWN: {"threshold"},
    NIGHT_WORK: set(),
    LATE_START: {"late-start", "interlock"},
    EARLY_STOP: {"early-stop"},
    INTERMITTENT: {"intermittent"},
    IDLING: {"idling"},
    OBEYED: set(),
    DISOBEYED: {"stop-order", "window-order"},
    CONTRADICTED: {"contradiction"},
    POWER_CUT: {"power-cut"},
    PHASE_LOST: {"phase"},
    REGISTER_STILL: {"tamper"},
}
"""What each kind may raise, and nothing else."""
LISTENED = frozenset(f"ZZ-{number:03d}" for number in (*STORY, 1, 9, 18, 55))
"""Enterprises whose meters are heard; of the others nothing is judged but that they are silent."""


@dataclass(frozen=True, slots=True)
class Judged:
    city: City
    found: tuple[Transition, ...]
    until: int

    @property
    def raised(self) -> list[Transition]:
        shown = (State.ACTIVE, State.SUPPRESSED)
        return [row for row in self.found if row.state in shown and row.enterprise in LISTENED]

    def planted(self) -> list[Planted]:
        return self.city.plot.between(self.city.start_at - 14 * DAY_MS, self.until)


def of_city(city: City, after: int, until: int, *, works: frozenset[str] | None = None) -> Readings:
    """Everything that the meters say in (after, until], in order of time, with voltages and currents."""
    parts = []
    for number, meter in enumerate(city.registry.meters):
        if works is not None and city.registry.facility(meter.facility).enterprise not in works:
            continue
        found = city.readings(number, after, until)
        values = np.full((len(found), len(COLUMN)), np.nan)
        values[:, COLUMN["p"]], values[:, COLUMN["ep"]] = found.p, found.ep
        if after >= city.start_at:
            _add_electric(city, number, found.ts, values)
        parts.append((np.full(len(found), number), found.ts, values))
    meter, ts, values = (np.concatenate([part[i] for part in parts]) for i in range(3))
    order = np.lexsort((meter, ts))
    return readings(meter[order], ts[order], values=values[order])


def _add_electric(city: City, number: int, ts: np.ndarray, values: np.ndarray) -> None:
    for row, at in enumerate(ts.tolist()):
        day = day_of(at - 1)
        electric = city.electric(number, day)
        for name in ("ua", "ub", "uc", "ia", "ib", "ic"):
            values[row, COLUMN[name]] = getattr(electric, name)[(at - start_of(day)) // MINUTE_MS - 1]


@pytest.fixture(scope="module")
def judged(city: City) -> Judged:
    """The story's enterprises over the fortnight and the first two hours, through the engine with every rule."""
    engine, found = Engine(city.registry), list[Transition]()
    for day in range(14):
        after = city.start_at - (14 - day) * DAY_MS
        found += engine.step(of_city(city, after, after + DAY_MS, works=LISTENED), now=city.start_at)
    until = city.start_at + 2 * HOUR_MS
    found += engine.step(of_city(city, city.start_at, until, works=LISTENED), now=until)
    return Judged(city, tuple(found), until)


def explained(judged: Judged, row: Transition) -> bool:
    """Whether something planted there and then raises it."""
    here = [e for e in judged.planted() if e.enterprise == row.enterprise]
    return any(e.touches(row.since - HOUR_MS, row.at) and row.rule in RAISES[e.kind] for e in here)


def test_everything_that_is_raised_was_planted(judged: Judged) -> None:
    assert judged.raised
    assert [row for row in judged.raised if not explained(judged, row)] == []


@pytest.mark.parametrize(
    ("kind", "rules"),
    [
        (LATE_START, {"late-start"}),
        (EARLY_STOP, {"early-stop"}),
        (INTERMITTENT, {"intermittent"}),
        (IDLING, {"idling"}),
        (DISOBEYED, {"stop-order", "window-order"}),
        (CONTRADICTED, {"contradiction"}),
        (POWER_CUT, {"power-cut"}),
        (PHASE_LOST, {"phase"}),
        (REGISTER_STILL, {"tamper"}),
    ],
)
def test_each_kind_is_planted_and_found(judged: Judged, kind: str, rules: set[str]) -> None:
    events = [e for e in judged.planted() if e.kind == kind]
    assert events
    for event in events:
        near = [
            r
            for r in judged.raised
            if r.enterprise == event.enterprise and event.touches(r.since - HOUR_MS, r.at + HOUR_MS)
        ]
        assert {row.rule for row in near} & rules, event


def test_who_obeys_an_order_is_left_in_peace(judged: Judged) -> None:
    obedient = {e.enterprise for e in judged.planted() if e.kind == OBEYED}
    assert obedient
    assert [row for row in judged.raised if row.enterprise in obedient and row.rule.endswith("order")] == []


def story_works(city: City) -> Iterator[Works]:
    return (row for row in city.works if row.number in STORY)


def test_no_event_of_the_story_meets_another_of_its_enterprise(city: City) -> None:
    for works in story_works(city):
        events = sorted((e for e in city.planted if e.enterprise == works.id), key=lambda e: e.from_at)
        assert all(a.to_at <= b.from_at for a, b in pairwise(events)), works.id


@pytest.mark.parametrize("days_later", range(7))
def test_the_past_of_the_story_lies_in_the_fortnight_on_whatever_weekday_the_city_begins(days_later: int) -> None:
    start_at = START_MS + days_later * DAY_MS
    city = build_city(start_at=start_at)
    for works in story_works(city):
        events = [e for e in city.planted if e.enterprise == works.id]
        assert events
        assert all(e.from_at > start_at - 13 * DAY_MS for e in events)
    assert (working_day(start_at, 1) + 3) % 7 < 4


def test_the_response_in_force_has_its_orders_and_none_of_them_disagree(city: City) -> None:
    wanted = response(city.start_at)
    mine = [row for row in city.registry.orders if row.id.startswith(RESPONSE_ID)]
    assert wanted.from_at < city.start_at < wanted.to_at
    assert {row.scope for row in mine} == {row.scope for row in city.registry.presets if row.level == wanted.level}
    assert all(checked(row) == row for row in city.registry.orders)
    for row in mine:
        assert city.registry.enterprise(row.scope).district == wanted.region.district


def test_a_phase_that_is_lost_is_missing_from_power_and_register_alike(city: City) -> None:
    event = next(e for e in city.planted if e.kind == PHASE_LOST)
    meter = city.registry.meter_number[event.subject]
    found = city.readings(meter, event.from_at, event.to_at)
    true = [city.true_power(meter, day_of(at - 1))[(at - start_of(day_of(at - 1))) // MINUTE_MS - 1] for at in found.ts]
    np.testing.assert_allclose(found.p, np.array(true) * 2 / 3)
    np.testing.assert_allclose(np.diff(found.ep) * 60, found.p[1:], atol=1e-4)


def test_a_register_that_stands_still_goes_on_from_there(city: City) -> None:
    event = next(e for e in city.planted if e.kind == REGISTER_STILL)
    meter = city.registry.meter_number[event.subject]
    found = city.readings(meter, event.from_at - HOUR_MS, event.to_at + HOUR_MS)
    inside = (found.ts > event.from_at) & (found.ts <= event.to_at)
    assert len(np.unique(found.ep[inside])) == 1
    assert np.all(found.p[inside] > 1)
    after = found.ep[found.ts > event.to_at]
    assert np.all(np.diff(after) > 0)
    assert after[0] - found.ep[inside][0] < 1


def test_treatment_runs_on_after_the_story_whatever_was_done_to_it(city: City) -> None:
    for event in city.planted:
        if event.kind in (LATE_START, INTERMITTENT):
            facility = city.registry.facility(event.subject)
            assert facility.kind is Kind.TREATMENT
            meter = city.registry.meters_of([facility])[0]
            at = event.to_at + 5 * MINUTE_MS
            power = city.true_power(meter, day_of(at))[(at - start_of(day_of(at))) // MINUTE_MS]
            assert power > (facility.on_kw or 0)
