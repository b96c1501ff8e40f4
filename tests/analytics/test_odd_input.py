"""What odd readings and odd days get: negative power, days of 23 and 25 hours, meters of 1 s and of 1 h in one line."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time

import numpy as np
import pytest

from analytics.engine import Engine
from analytics.plant import OFF, ON, UNKNOWN
from analytics.rules import RULES
from analytics.rules.orders import day_of
from analytics.rules.ruleset import Ruleset
from analytics.rules.window_order import WindowOrder
from core.alarm import State, Transition
from core.interval import HOUR_MS, MINUTE_MS, Window, local_ms
from core.order import Order
from core.readings import Readings, concatenate, readings
from core.registry import Enterprise, Facility, Kind, Meter, Registry, Threshold
from tests.cases import NOON

BERLIN = "Europe/Berlin"
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # 02:00 → 03:00, and 03:00 → 02:00
FEEDER, PRODUCTION, TREATMENT = range(3)


def works(*, production_s: int = 60, treatment_s: int = 60, thresholds: Sequence[Threshold] = ()) -> Registry:
    """A plant in Berlin: a feeder, production on above 10 kW and treatment on above 5, one meter each."""
    return Registry(
        enterprises=(Enterprise("works", "Works", "district", timezone=BERLIN),),
        facilities=(
            Facility("F", "works", Kind.FEEDER),
            Facility("P", "works", Kind.PRODUCTION, on_kw=10),
            Facility("T", "works", Kind.TREATMENT, on_kw=5),
        ),
        meters=(
            Meter("F", "F"),
            Meter("P", "P", interval_s=production_s),
            Meter("T", "T", interval_s=treatment_s),
        ),
        thresholds=tuple(thresholds),
    )


def series(meter: int, powers: Sequence[float], *, start: int = NOON, every: int = MINUTE_MS) -> Readings:
    at = start + every * np.arange(len(powers))
    return readings([meter] * len(powers), at, p=powers)


def judged(engine: Engine, *parts: Readings) -> list[Transition]:
    """All that comes of these readings, in order of time."""
    whole = concatenate(parts)
    return engine.step(whole.take(np.argsort(whole.ts, kind="stable")), now=int(whole.ts.max()))


def engine_of(registry: Registry, *rules: str) -> Engine:
    return Engine(registry, Ruleset({rule: RULES[rule] for rule in rules}))


def about_people(found: Sequence[Transition]) -> list[tuple[str, str]]:
    """(rule, subject) of what would be an alarm against the enterprise."""
    return [(row.rule, row.subject) for row in found if not row.ticket]


# Negative power


def test_a_feeder_that_exports_the_power_of_its_panels_changes_no_judgement_of_the_line() -> None:
    def found(feeder_kw: float) -> list[Transition]:
        parts = series(FEEDER, [feeder_kw] * 30), series(PRODUCTION, [40] * 30), series(TREATMENT, [0] * 30)
        return judged(engine_of(works(), "interlock"), *parts)

    assert found(-150.0) == found(150.0)
    assert [row.severity for row in found(-150.0)] == [1, 2]


@pytest.mark.parametrize(("side", "value", "raised"), [("below", 5.0, True), ("above", 5.0, False)])
def test_a_limit_is_compared_with_the_sign_of_the_power(side: str, value: float, raised: bool) -> None:
    registry = works(thresholds=[Threshold("F", "p", side, value, on_delay_s=0)])
    assert bool(judged(engine_of(registry, "threshold"), series(FEEDER, [-20.0] * 5))) is raised


def test_a_little_negative_power_of_a_circuit_without_load_is_off() -> None:
    engine = engine_of(works(), "interlock")
    judged(engine, series(TREATMENT, [-0.2] * 10))
    assert engine.plant.state.tolist()[TREATMENT] == OFF


@pytest.mark.parametrize("number", [PRODUCTION, TREATMENT])
def test_steady_negative_power_beyond_the_on_threshold_proves_neither_on_nor_off(number: int) -> None:
    engine = engine_of(works(), "interlock")
    judged(engine, series(number, [-20.0] * 10))
    assert engine.plant.state.tolist()[number] == UNKNOWN


def test_a_treatment_meter_whose_ct_may_be_reversed_raises_no_violation() -> None:
    found = judged(engine_of(works(), *RULES), series(PRODUCTION, [40] * 90), series(TREATMENT, [-20] * 90))
    assert about_people(found) == []


def test_a_meter_whose_ct_may_be_reversed_gets_a_device_ticket_and_is_not_judged() -> None:
    engine = engine_of(works(), *RULES)
    found = judged(engine, series(PRODUCTION, [40] * 90), series(TREATMENT, [-20] * 90))
    assert "T" in [row.subject for row in found if row.ticket]
    assert "negative-power" in {row.reason for row in engine.unjudged() if row.rule == "interlock"}


# Days of 23 and 25 hours


@pytest.mark.parametrize(
    ("day", "hours", "night_h"),
    [(date(2026, 3, 28), 24, 7), (SPRING, 23, 8), (date(2026, 10, 24), 24, 9), (AUTUMN, 25, 8)],
)
def test_a_day_and_its_night_are_as_long_as_the_clock_on_the_wall_says(day: date, hours: int, night_h: int) -> None:
    start, end = Window(time(0), time(0)).on(day, BERLIN)
    assert (end - start) / HOUR_MS == hours
    start, end = Window.parse("22:00-06:00").on(day, BERLIN)
    assert (end - start) / HOUR_MS == night_h


def windowed(day: date, window: str) -> list[tuple[float, str]]:
    """(hours after midnight, state) of a limit in force in that window, over a day above it."""
    limit = Threshold("P", "p", "above", 20, on_delay_s=0, off_delay_s=0, window=Window.parse(window))
    midnight = local_ms(day, time(0), BERLIN)
    found = judged(engine_of(works(thresholds=[limit]), "threshold"), series(PRODUCTION, [30.0] * 360, start=midnight))
    return [((row.at - midnight) / HOUR_MS, row.state.value) for row in found]


def test_the_hour_that_the_clock_repeats_is_twice_in_a_window() -> None:
    assert windowed(AUTUMN, "02:00-03:00") == [(2.0, "active"), (4.0, "normal")]


def test_a_window_in_the_hour_that_the_clock_skips_is_not_in_force_that_day() -> None:
    assert windowed(SPRING, "02:00-03:00") == []


def test_a_window_around_the_skipped_hour_is_an_hour_shorter() -> None:
    assert windowed(SPRING, "01:00-04:00") == [(1.0, "active"), (3.0, "normal")]


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_delays_are_spans_of_time_also_when_the_clock_is_put_forward_or_back(day: date) -> None:
    start = local_ms(day, time(1, 50), BERLIN)
    parts = [series(n, [p] * 90, start=start) for n, p in ((PRODUCTION, 40.0), (TREATMENT, 0.0))]
    found = judged(engine_of(works(), "interlock"), *parts)
    assert [((row.at - start) // MINUTE_MS, row.severity) for row in found] == [(5, 1), (15, 2), (60, 3)]


def ordered(day: date, window: str) -> list[tuple[int, str]]:
    """(ms after midnight, state) of the breaches of an order that forbids production in that window of the day."""
    midnight = local_ms(day, time(0), BERLIN)
    order = Order("O-1", "works", "window", midnight, midnight + 30 * HOUR_MS, window=Window.parse(window))
    registry = replace(works(), orders=(order,))
    engine = Engine(registry, Ruleset({"window-order": WindowOrder}))
    found = judged(engine, series(PRODUCTION, [40.0] * 420, start=midnight))
    return [((row.since if row.state is State.ACTIVE else row.at) - midnight, row.state.value) for row in found]


@pytest.mark.parametrize(
    ("day", "window", "expected"),
    [
        (AUTUMN, "02:00-03:00", [(2 * HOUR_MS, "active"), (4 * HOUR_MS, "normal")]),
        (AUTUMN, "01:00-04:00", [(HOUR_MS, "active"), (5 * HOUR_MS, "normal")]),
        (SPRING, "01:00-04:00", [(HOUR_MS, "active"), (3 * HOUR_MS, "normal")]),
        (SPRING, "02:00-03:00", []),
    ],
)
def test_an_order_forbids_the_hours_that_the_clock_on_the_wall_shows(
    day: date, window: str, expected: list[tuple[int, str]]
) -> None:
    assert ordered(day, window) == expected


@pytest.mark.parametrize(
    ("day", "clock"),
    [(SPRING, [0, 1, *range(3, 24)]), (AUTUMN, [0, 1, 2, 2, *range(3, 24)])],
)
def test_the_day_of_an_order_has_the_hours_of_its_baseline_by_the_clock_on_the_wall(
    day: date, clock: list[int]
) -> None:
    found = day_of(local_ms(day, time(12), BERLIN) // HOUR_MS, BERLIN)
    assert found.end - found.first == len(found.clock)
    assert list(found.clock) == clock


# Meters of 1 s and of 1 h in one line


def mixed(treatment: Sequence[float], *, hours: float) -> list[Transition]:
    """Production runs, as a reading every second says; the treatment is read once an hour."""
    seconds = series(PRODUCTION, [40.0] * int(hours * 3600), every=1000)
    hourly = series(TREATMENT, treatment, every=HOUR_MS)
    return judged(engine_of(works(production_s=1, treatment_s=3600), "interlock"), seconds, hourly)


def test_nothing_is_raised_before_two_intervals_of_the_slowest_meter_have_gone() -> None:
    assert mixed([0.0, 0.0], hours=1.95) == []


def test_after_two_intervals_of_the_slowest_meter_the_alarm_is_raised_with_the_severity_of_its_age() -> None:
    [found] = mixed([0.0, 0.0, 0.0], hours=2.1)
    assert (found.at - NOON, found.since, found.severity) == (2 * HOUR_MS, NOON, 3)


def test_one_hourly_reading_that_shows_the_treatment_on_is_enough_for_no_alarm() -> None:
    assert mixed([0.0, 12.0, 12.0], hours=2.5) == []


def test_the_fast_meter_does_not_make_the_slow_one_look_silent() -> None:
    engine = engine_of(works(production_s=1, treatment_s=3600), "interlock")
    judged(engine, series(TREATMENT, [12.0, 12.0], every=HOUR_MS), series(PRODUCTION, [40.0] * 7000, every=1000))
    assert engine.plant.state.tolist()[PRODUCTION:] == [ON, ON]


@pytest.mark.parametrize("delay_s", [0, 300, 3600])
def test_a_limit_of_an_hourly_meter_holds_by_the_readings_there_are(delay_s: int) -> None:
    registry = works(treatment_s=3600, thresholds=[Threshold("T", "p", "above", 20, on_delay_s=delay_s)])
    [found] = judged(engine_of(registry, "threshold"), series(TREATMENT, [30.0] * 3, every=HOUR_MS))
    assert (found.state, found.since, found.at) == (State.ACTIVE, NOON, NOON + (HOUR_MS if delay_s else 0))
