"""The load model against what it promises, and against the planted truth."""

from itertools import combinations

import numpy as np
import pytest

from core.interval import DAY_MS, HOUR_MS, MINUTE_MS
from core.registry import Kind
from nightwatt.simulate.city import City, build_city
from nightwatt.simulate.planted import (
    INTERMITTENT,
    LATE_START,
    OVER_LIMIT,
    SHUTDOWN,
    SILENT,
    TREATMENT_OFF,
    Planted,
)
from nightwatt.simulate.schedule import day_of, minutes_of, start_of
from nightwatt.simulate.works import HIDDEN_NIGHTS, NIGHT_ONLY, REGISTERED_NIGHTS, VALLEY_FURNACE
from tests.simulate.truth import START_MS, longest_run, violations

TODAY = day_of(START_MS)
# A Monday after an idle Sunday, a Saturday before one: two days each.
SAMPLED = (TODAY - 7, TODAY - 2)


def feeder(city: City, number: int) -> int:
    return city.registry.meter_number[f"ZZ-{number:03d}-F-M"]


def power_at(city: City, meter: int, at: int) -> float:
    """Mean kW of the minute that begins at `at`."""
    return float(city.true_power(meter, day_of(at))[(at - start_of(day_of(at))) // MINUTE_MS])


def test_power_can_be_made_again_in_any_order(city: City) -> None:
    again = build_city(start_at=START_MS)
    for meter in (200, 3, 90, 0):
        for day in (TODAY, TODAY - 12, TODAY + 1):
            np.testing.assert_array_equal(again.power(meter, day), city.power(meter, day))
            np.testing.assert_array_equal(again.register(meter, day), city.register(meter, day))


@pytest.mark.parametrize("number", [1, 4, 24, 62])
def test_the_register_is_the_integral_of_power(city: City, number: int) -> None:
    meter = feeder(city, number)
    before, after = city.register(meter, TODAY - 3), city.register(meter, TODAY - 2)
    np.testing.assert_allclose(np.diff(before) * 60, city.true_power(meter, TODAY - 3)[1:], atol=1e-4)
    assert after[0] - before[-1] == pytest.approx(city.true_power(meter, TODAY - 2)[0] / 60, abs=1e-6)
    assert after[-1] > before[-1] > 0


def test_a_reading_carries_the_mean_power_since_the_one_before(city: City) -> None:
    found = city.readings(feeder(city, 5), START_MS - DAY_MS, START_MS)
    assert len(found) == 96
    assert set(np.diff(found.ts)) == {15 * MINUTE_MS}
    assert found.ts[-1] <= START_MS
    np.testing.assert_allclose(np.diff(found.ep) * 4, found.p[1:], rtol=1e-6, atol=1e-4)


def test_readings_of_two_halves_are_those_of_the_whole(city: City) -> None:
    middle = START_MS - 5 * HOUR_MS
    parts = [city.readings(7, a, b).ts for a, b in ((START_MS - DAY_MS, middle), (middle, START_MS))]
    np.testing.assert_array_equal(np.concatenate(parts), city.readings(7, START_MS - DAY_MS, START_MS).ts)


@pytest.mark.parametrize("day", SAMPLED)
def test_a_feeder_carries_at_least_what_its_submeters_do(city: City, day: int) -> None:
    for works in city.works:
        below = [city.registry.meter_number[m.meter] for m in works.machines if m.meter]
        total = np.sum([city.true_power(m, day) for m in below], axis=0)
        assert np.all(city.true_power(feeder(city, works.number), day) >= total - 1e-9)


def test_night_workers_are_out_of_balance_and_nobody_else_without_a_remark_is(city: City) -> None:
    heavy = set()
    for works in city.works:
        hourly = np.mean(
            [
                city.true_power(feeder(city, works.number), TODAY - 14 + i).reshape(24, 60).mean(axis=1)
                for i in range(14)
            ],
            axis=0,
        )
        night, day = np.r_[hourly[22:], hourly[:6]].mean(), hourly[6:22].mean()
        if works.number == NIGHT_ONLY:
            assert day < 0.01 < night
        if night > 1.5 * day:
            heavy.add(works.number)
        else:
            assert night < 1.4 * day
    assert heavy == {*HIDDEN_NIGHTS, NIGHT_ONLY, *REGISTERED_NIGHTS, VALLEY_FURNACE}


@pytest.mark.parametrize("day", SAMPLED)
def test_normal_operation_does_not_trip_the_interlock(city: City, day: int) -> None:
    planted = {
        e.enterprise
        for e in city.plot.between(start_of(day), start_of(day + 2))
        if e.kind in (TREATMENT_OFF, SHUTDOWN, LATE_START, INTERMITTENT)
    }
    judged = [w for w in city.works if w.measures_production and w.id not in planted]
    assert len(judged) > 20
    assert {w.id: v for w in judged if (v := violations(city, w, day)) >= 2} == {}


@pytest.mark.parametrize("day", SAMPLED)
def test_normal_operation_stays_inside_the_thresholds(city: City, day: int) -> None:
    planted = {e.enterprise for e in city.plot.between(start_of(day), start_of(day + 1)) if e.kind != SILENT}
    weekday = (day + 3) % 7 + 1
    for limit in city.registry.thresholds:
        meter = city.registry.meter_number[limit.meter]
        power = city.true_power(meter, day)
        crossed = power > limit.value if limit.side == "above" else power < limit.value
        if limit.window:
            crossed &= np.array([limit.window.holds(m) for m in range(1440)])
        if limit.meter[:6] not in planted and weekday in limit.weekdays:
            assert longest_run(crossed) == 0, limit


def off_limits(city: City, event: Planted) -> list[bool]:
    """For each whole minute of the event: whether it shows in the power."""
    registry = city.registry
    minutes = range(event.from_at // MINUTE_MS * MINUTE_MS + MINUTE_MS, event.to_at - MINUTE_MS, MINUTE_MS)
    if event.kind == OVER_LIMIT:
        limit = next(t.value for t in registry.thresholds if t.meter == event.subject and t.side == "above")
        return [power_at(city, registry.meter_number[event.subject], at) > limit for at in minutes]
    facility = registry.facility(event.subject)
    treatment, machines = registry.meters_of([facility])[0], registry.facilities_of(event.enterprise, Kind.PRODUCTION)
    running = next(m for m in machines if m.line == facility.line)
    off = [power_at(city, treatment, at) < (facility.off_kw or 0) for at in minutes]
    meters = registry.meters_of([running])
    return off + [power_at(city, meters[0], at) > (running.on_kw or 0) for at in minutes] if meters else off


@pytest.mark.parametrize("hour", [-1, 0, 1, 8, 20, 30])
def test_what_is_planted_shows(city: City, hour: int) -> None:
    events = city.plot.fixed if hour < 0 else city.plot.hour(hour)
    judged = [e for e in events if e.kind in (TREATMENT_OFF, OVER_LIMIT)]
    assert judged
    assert [e for e in judged if not all(off_limits(city, e))] == []


def test_the_first_switch_off_is_about_to_become_an_alarm_at_the_start(city: City) -> None:
    first = next(e for e in city.planted if e.subject == "ZZ-001-T1")
    assert (first.from_at - START_MS, first.to_at - first.from_at) == (-810_000, 70 * MINUTE_MS)


def test_a_threshold_without_delay_is_crossed_within_the_first_minute(city: City) -> None:
    limit = next(t for t in city.registry.thresholds if t.on_delay_s == 0)
    p, _ = city.reading(city.registry.meter_number[limit.meter], START_MS + MINUTE_MS)
    assert p > limit.value


def test_something_happens_every_few_minutes_after_the_start(city: City) -> None:
    for hour in range(24):
        events = city.plot.hour(hour)
        gaps = np.diff([e.from_at for e in events])
        assert len(events) >= 8
        assert 3 * MINUTE_MS <= gaps.min() <= gaps.max() <= 6 * MINUTE_MS


@pytest.mark.parametrize("hour", [0, 1, 22, 23, 24, 47])
def test_no_two_later_events_meet_at_an_enterprise(city: City, hour: int) -> None:
    events = [*city.plot.hour(hour), *city.plot.hour(hour + 1)]
    meetings = [(a, b) for a, b in combinations(events, 2) if a.enterprise == b.enterprise]
    assert [pair for pair in meetings if pair[0].touches(pair[1].from_at, pair[1].to_at)] == []


def test_the_filed_shutdown_drops_treatment_below_its_lower_threshold_inside_the_filing(city: City) -> None:
    shutdown = next(e for e in city.planted if e.kind == SHUTDOWN)
    filing = next(f for f in city.registry.filings_of(shutdown.enterprise) if f.kind == "shutdown")
    limit = next(t for t in city.registry.thresholds if t.meter == f"{shutdown.enterprise}-T1-M" and t.side == "below")
    meter = city.registry.meter_number[limit.meter]
    assert filing.from_at < shutdown.from_at < shutdown.to_at < filing.to_at
    assert power_at(city, meter, shutdown.from_at + HOUR_MS) < limit.value < power_at(city, meter, START_MS - HOUR_MS)


def test_a_silent_meter_sends_nothing_while_its_register_counts_on(city: City) -> None:
    event = next(e for e in city.planted if e.kind == SILENT)
    meter = city.registry.meter_number[event.subject]
    found = city.readings(meter, event.from_at - HOUR_MS, event.to_at + HOUR_MS)
    assert not np.any((found.ts > event.from_at) & (found.ts <= event.to_at))
    assert len(found) >= 118
    assert np.all(np.diff(found.ep) > 0)


def test_voltages_and_currents_make_up_the_power(city: City) -> None:
    e, p = city.electric(2, TODAY), city.true_power(2, TODAY)
    np.testing.assert_allclose((e.ua * e.ia + e.ub * e.ib + e.uc * e.ic) * e.pf / 1000, p)
    np.testing.assert_allclose(np.hypot(p, e.q) * e.pf, p)
    assert np.all((e.ua > 215) & (e.ua < 245) & (e.f > 49.8) & (e.f < 50.2))


def test_a_minute_that_an_event_covers_in_part_is_counted_in_part() -> None:
    at = start_of(TODAY) + 30_000
    shares = minutes_of(TODAY, at, at + 2 * MINUTE_MS)
    assert shares[:4].tolist() == [0.5, 1.0, 0.5, 0.0]
