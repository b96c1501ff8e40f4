"""Messages of two meters arrive one after the other: what the first shows is no proof of what the second does."""

import pytest

from analytics.engine import Engine
from analytics.rules import RULES
from analytics.rules.ruleset import Ruleset
from core.alarm import Transition
from core.interval import MINUTE_MS
from core.readings import Readings, concatenate, readings
from tests.cases import NOON, city

REGISTRY = city()
MADE, TREATED = REGISTRY.meter_number["print-P1-m"], REGISTRY.meter_number["print-T1-m"]


def minutes(meter: int, start: int, end: int, *, off: range = range(0)) -> Readings:
    each = range(start, end)
    power = [0.0 if minute in off else 30.0 for minute in each]
    return readings([meter] * len(each), [NOON + minute * MINUTE_MS for minute in each], p=power)


def told(batches: list[Readings], rule: str = "interlock") -> list[tuple[int, int, int]]:
    engine = Engine(REGISTRY, Ruleset({rule: RULES[rule]}))
    found: list[Transition] = []
    for batch in batches:
        found += engine.step(batch, now=NOON + 90 * MINUTE_MS)
    return [(row.severity, (row.since - NOON) // MINUTE_MS, (row.at - NOON) // MINUTE_MS) for row in found]


def at_once(off: range, until: int) -> list[Readings]:
    return [concatenate([minutes(MADE, 0, until), minutes(TREATED, 0, until, off=off)])]


def meter_by_meter(off: range, until: int) -> list[Readings]:
    before = concatenate([minutes(MADE, 0, 10), minutes(TREATED, 0, 10)])
    return [before, minutes(MADE, 10, until), minutes(TREATED, 10, until, off=off)]


def production_first(off: range, until: int) -> list[Readings]:
    each = [(minutes(MADE, m, m + 1), minutes(TREATED, m, m + 1, off=off)) for m in range(until)]
    return [batch for pair in each for batch in pair]


def treatment_first(off: range, until: int) -> list[Readings]:
    each = [(minutes(TREATED, m, m + 1, off=off), minutes(MADE, m, m + 1)) for m in range(until)]
    return [batch for pair in each for batch in pair]


ARRIVALS = [at_once, meter_by_meter, production_first, treatment_first]


@pytest.mark.parametrize("arrive", ARRIVALS)
@pytest.mark.parametrize("minutes_off", [4, 5])
def test_a_stop_that_is_over_in_time_raises_nothing_however_it_arrives(arrive, minutes_off):
    assert told(arrive(range(11, 11 + minutes_off), 30)) == []


@pytest.mark.parametrize("arrive", ARRIVALS)
def test_a_stop_that_lasts_is_raised_at_the_same_instants_however_it_arrives(arrive):
    assert told(arrive(range(11, 99), 30)) == [(1, 11, 16), (2, 11, 26)]
