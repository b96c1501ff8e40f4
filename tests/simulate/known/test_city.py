"""The known city as a function of its seed: what its meters say, and that its registry keeps quiet about the truth."""

from itertools import islice

import numpy as np
import pytest

from core.interval import HOUR_MS, MINUTE_MS
from core.readings import COLUMN, EP, P, Readings, concatenate
from core.registry import Kind
from nightwatt.simulate.truth.city import KnownCity
from nightwatt.simulate.truth.spans import DAY


def first_hours(city: KnownCity, hours: int) -> Readings:
    return concatenate([arrival.readings for arrival in islice(city.arrivals(), hours)])


@pytest.fixture(scope="module")
def two_days() -> tuple[KnownCity, Readings]:
    city = KnownCity(seed=9, days=2, enterprises=12)
    return city, first_hours(city, 48)


def test_the_same_seed_is_the_same_city() -> None:
    one, other = (KnownCity(seed=4, days=3, enterprises=6) for _ in range(2))
    assert one.registry == other.registry
    assert (one.events, one.traps) == (other.events, other.traps)
    mine, theirs = first_hours(one, 30), first_hours(other, 30)
    assert np.array_equal(mine.ts, theirs.ts)
    assert np.array_equal(mine.received_at, theirs.received_at)
    assert np.array_equal(mine.values, theirs.values, equal_nan=True)


def test_another_seed_is_another_city() -> None:
    one, other = (KnownCity(seed=seed, days=3, enterprises=6) for seed in (4, 5))
    assert one.events != other.events
    assert len(first_hours(one, 2)) > 0


def test_every_enterprise_has_a_feeder_lines_with_stages_and_eight_to_thirteen_meters(city: KnownCity) -> None:
    for script in city.scripts:
        site = script.site
        assert 8 <= len(site.machines) <= 13
        assert site.feeder.kind is Kind.FEEDER
        assert site.feeder.interval == 15
        assert all(site.production(line) and site.stages(line) for line in range(site.lines))


def test_what_arrives_comes_hour_by_hour_in_order_of_arrival(two_days: tuple[KnownCity, Readings]) -> None:
    city, _ = two_days
    before = city.start_at - HOUR_MS
    for arrival in city.arrivals():
        arrived = arrival.readings.received_at
        assert (np.diff(arrived) >= 0).all()
        assert before <= arrived.min(initial=before)
        assert arrived.max(initial=0) < arrival.now
        before = arrival.now


def test_stamps_are_at_most_half_a_minute_off_the_arrival_but_for_what_a_gateway_kept(
    two_days: tuple[KnownCity, Readings],
) -> None:
    city, said = two_days
    late = said.received_at - said.ts
    assert late.min() >= 0
    kept = late > MINUTE_MS
    assert kept.mean() < 0.05
    holding = {row.site.id for row in city.scripts if row.held}
    assert {city.registry.enterprises[e].id for e in city.registry.enterprise_of_meter[said.meter[kept]]} <= holding


def test_some_readings_come_twice_and_the_second_says_the_same(two_days: tuple[KnownCity, Readings]) -> None:
    _, said = two_days
    order = np.lexsort((said.ts, said.meter))
    meter, ts, values = said.meter[order], said.ts[order], said.values[order]
    twice = (meter[1:] == meter[:-1]) & (ts[1:] == ts[:-1])
    assert 0.001 < twice.mean() < 0.01
    assert np.array_equal(values[1:][twice], values[:-1][twice], equal_nan=True)


def test_a_register_is_the_integral_of_the_power(two_days: tuple[KnownCity, Readings]) -> None:
    city, said = two_days
    checked = 0
    for number, script in enumerate(city.scripts):
        odd = {mark.machine for marks in (script.steps, script.oddities, script.shown) for mark in marks}
        for machine in script.site.machines:
            if machine.id in odd or machine.reversed:
                continue
            mine = said.take(said.meter == city.registry.meter_number[machine.meter])
            order = np.argsort(mine.ts)
            register, at = mine.values[order, EP], (mine.ts[order] - machine.drift_ms - city.start_at) / MINUTE_MS
            true = np.concatenate([city.power(number, day)[machine.id] for day in range(2)])
            taken = np.concatenate([[0], np.cumsum(true)]) / 60
            expected = np.interp(at, np.arange(2 * DAY + 1), taken)
            assert np.ptp(register - expected) < 2 * machine.resolution + 1e-6, machine.id
            assert (np.diff(register) >= -1e-9).all()
            checked += 1
    assert checked > 80


def test_power_fits_voltages_currents_and_power_factor_where_there_are_four_wires(
    two_days: tuple[KnownCity, Readings],
) -> None:
    city, said = two_days
    for script in city.scripts:
        odd = {mark.machine for mark in script.oddities}
        for machine in script.site.machines:
            if machine.id in odd:
                continue
            values = said.values[said.meter == city.registry.meter_number[machine.meter]]
            absent = np.isnan(values).any(axis=0)
            if machine.wires == 3:
                assert absent[[COLUMN["ub"], COLUMN["ib"]]].all()
                continue
            volts, amps = values[:, COLUMN["ua"] : COLUMN["uc"] + 1], values[:, COLUMN["ia"] : COLUMN["ic"] + 1]
            loaded = np.abs(values[:, P]) > 1
            made = (volts * amps).sum(axis=1) * np.abs(values[:, COLUMN["pf"]]) / 1000
            assert made[loaded] == pytest.approx(np.abs(values[loaded, P]), rel=0.01)


def test_a_feeder_carries_its_machines_and_a_little_more(city: KnownCity) -> None:
    for number, script in enumerate(city.scripts):
        if script.unmetered:
            continue
        power = city.power(number, 3)
        parts = np.sum([kw for id, kw in power.items() if id != script.site.feeder.id], axis=0)
        rest = power[script.site.feeder.id] - parts
        assert rest.min() >= 0
        assert rest.max() < 0.1 * parts.max() + 2 * script.site.other_kw


def test_nothing_of_the_truth_is_in_what_the_engine_is_given(city: KnownCity) -> None:
    announced = {row.enterprise for row in city.registry.filings}
    ordered = {city.registry.enterprise_of_scope[row.scope] for row in city.registry.orders}
    planted = {row.enterprise for row in city.events if row.required}
    assert planted - announced - ordered or len(planted) == len(city.scripts)
    kept = [row for row in city.traps if row.rule in ("contradiction", "stop-order", "window-order")]
    broken = [row for row in city.events if row.rule in ("contradiction", "stop-order", "window-order")]
    assert kept
    assert broken
    said = first_hours(city, 1)
    assert (said.quality == 0).all()
    assert (said.source == 0).all()
