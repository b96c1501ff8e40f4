"""Energies by quarter and hour, and that they outlive a restart."""

from dataclasses import replace

import numpy as np
import pytest

from analytics.energy import HOURS, QUARTER_MS, Energy
from analytics.remembered import Remembered
from core.interval import HOUR_MS, MINUTE_MS
from core.readings import Quality, Readings, concatenate, readings
from stores.memory import MemorySeries
from stores.sql.energies import SqlEnergyBook
from stores.sql.engine import open_database
from tests.cases import city

REGISTRY = city()
START = 1_774_000_800_000  # a full hour
HOUR = START // HOUR_MS


def minutes(power_kw: list[float], *, meter: int = 0, start: int = START, step: int = MINUTE_MS) -> Readings:
    ts = [start + i * step for i in range(len(power_kw))]
    return readings([meter] * len(ts), ts, p=power_kw)


def registers(kwh: list[float], *, step: int, meter: int = 0) -> Readings:
    return readings([meter] * len(kwh), [START + i * step for i in range(len(kwh))], ep=kwh)


def energy_of(*batches: Readings) -> Energy:
    energy = Energy(REGISTRY)
    for batch in batches:
        energy.add(batch)
    return energy


def test_power_every_minute_is_integrated():
    kwh, covered = energy_of(minutes([60.0] * 61)).hours.of(HOUR)
    assert (kwh[0], covered[0]) == (pytest.approx(60, rel=1e-5), 1.0)


def test_an_hour_without_readings_has_nothing_and_covers_nothing():
    kwh, covered = energy_of(minutes([60.0] * 61)).hours.of(HOUR - 1)
    assert (kwh[0], covered[0]) == (0, 0)


@pytest.mark.parametrize("cut", [1, 7, 30, 60])
def test_how_readings_are_cut_into_batches_changes_nothing(cut):
    whole = minutes([float(i % 50) for i in range(130)])
    pieces = [whole.take(slice(i, i + cut)) for i in range(0, len(whole), cut)]
    for ring in ("hours", "quarters"):
        one, other = getattr(energy_of(whole), ring), getattr(energy_of(*pieces), ring)
        assert one.number.tolist() == other.number.tolist()
        np.testing.assert_allclose(one.kwh, other.kwh, rtol=1e-5)
        np.testing.assert_array_equal(one.seconds, other.seconds)


def test_a_register_read_every_quarter_gives_each_quarter_its_difference():
    energy = energy_of(registers([0, 5, 15, 15, 20], step=QUARTER_MS))
    found = [energy.quarters.of(START // QUARTER_MS + i)[0][0] for i in range(4)]
    assert found == [5, 10, 0, 5]


def test_a_meter_that_reports_each_quarter_within_seconds_covers_every_quarter():
    late_ms = [0, 1_500, -1_500, 900, -300, 1_400, 0]
    ts = [START + i * QUARTER_MS + late for i, late in enumerate(late_ms)]
    energy = energy_of(readings([0] * len(ts), ts, ep=[5.0 * i for i in range(len(ts))]))
    found = [energy.quarters.of(START // QUARTER_MS + i) for i in range(5)]
    assert [round(float(kwh[0]), 1) for kwh, _ in found] == [5.0] * 5
    assert all(covered[0] > 0.99 for _, covered in found)


def test_a_register_read_every_hour_is_spread_over_its_hours_but_over_no_quarter():
    energy = energy_of(registers([0, 8, 12], step=HOUR_MS))
    assert [energy.hours.of(HOUR + i)[0][0] for i in range(2)] == [8, 4]
    assert energy.quarters.of(START // QUARTER_MS)[1][0] == 0


def test_a_hole_of_an_hour_is_bridged_by_the_register_and_one_of_three_is_not():
    short = energy_of(registers([0, 30], step=HOUR_MS))
    long = energy_of(registers([0, 30], step=3 * HOUR_MS))
    assert (short.hours.of(HOUR)[0][0], long.hours.of(HOUR)[1][0]) == (30, 0)


@pytest.mark.parametrize(
    ("kwh", "quality"),
    [([100.0, 0.0], 0), ([100.0, 900_000.0], int(Quality.REGISTER_JUMP))],
    ids=["a register that is set back", "a register that jumped"],
)
def test_a_register_that_is_not_sound_is_no_energy(kwh, quality):
    batch = readings([0, 0], [START, START + QUARTER_MS], ep=kwh, quality=np.array([0, quality]))
    assert energy_of(batch).hours.of(HOUR)[1][0] == 0


def test_power_that_is_exported_is_no_load():
    assert energy_of(minutes([-50.0] * 61)).hours.of(HOUR)[0][0] == 0


def test_readings_that_come_twice_or_late_are_counted_once():
    batch = minutes([60.0] * 61)
    kwh, covered = energy_of(batch, batch, batch.take(slice(10, 20))).hours.of(HOUR)
    assert (kwh[0], covered[0]) == (pytest.approx(60, rel=1e-5), 1.0)


def test_the_oldest_hours_make_room_for_the_newest():
    later = START + HOURS * HOUR_MS
    energy = energy_of(minutes([60.0] * 61), minutes([30.0] * 61, start=later))
    assert (energy.hours.of(HOUR)[1][0], energy.hours.of(HOUR + HOURS)[0][0]) == (0, pytest.approx(30, rel=1e-5))
    energy.add(minutes([10.0] * 61, meter=1))  # what is that old has no place any more
    assert (energy.hours.of(HOUR)[1][1], energy.hours.of(HOUR + HOURS)[0][0]) == (0, pytest.approx(30, rel=1e-5))


def test_energies_outlive_a_restart_to_the_minute(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'nightwatt.db'}")
    book, series = SqlEnergyBook(database), MemorySeries()
    whole = minutes([60.0 + i % 7 for i in range(400)])
    series.append(whole)
    before = energy_of(whole.take(slice(0, 250)))
    Remembered(book).save(before)
    after = Energy(REGISTRY)
    Remembered(book).bring_back(after, series, now=int(whole.ts[-1]) + 1)
    expected = energy_of(whole)
    for hour in range(HOUR, HOUR + 7):
        for found, wanted in zip(after.hours.of(hour), expected.hours.of(hour), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-5)
    database.close()


def test_the_sums_of_another_registry_are_found_by_the_meters_ids():
    energy = energy_of(concatenate([minutes([60.0] * 61, meter=0), minutes([30.0] * 61, meter=1)]))
    meters = REGISTRY.meters
    turned = replace(REGISTRY, meters=(meters[1], meters[0], *meters[2:]))
    kwh, _ = energy.moved(turned).hours.of(HOUR)
    assert kwh[:2].tolist() == [pytest.approx(30, rel=1e-5), pytest.approx(60, rel=1e-5)]
