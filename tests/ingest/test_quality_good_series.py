"""Good series get no marks at all: the simulated city's fortnight and a steel plant's real year."""

import os
from pathlib import Path

import numpy as np
import pytest

from core.interval import DAY_MS, HOUR_MS, MINUTE_MS, to_ms
from core.readings import COLUMN, EP, Quality, Readings, concatenate, readings
from ingest.quality import UNKNOWN, Circuits, Marks, circuits
from nightwatt.simulate.city import City, build_city
from nightwatt.simulate.messages import _DIGITS
from nightwatt.simulate.schedule import day_of, start_of
from stores.energy_csv import read_energy_csv
from tests.simulate.truth import START

STEEL = Path(__file__).parents[2] / "../shared/data/load/steel_2018_15min.csv.gz"
DAYS = 14


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(start_at=to_ms(START))


@pytest.fixture(scope="module")
def steel() -> Readings:
    if not STEEL.exists():
        missing = f"{STEEL} is absent: the real year is not tested"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return read_energy_csv(STEEL, meter=0, timezone="Asia/Seoul")


def backfilled(city: City, meter: int, after: int, until: int) -> Readings:
    """What the city sends later: power and register, as it rounds them."""
    found = city.readings(meter, after, until)
    return readings(np.full(len(found), meter), found.ts, p=found.p.round(4), ep=found.ep.round(4))


def lived(city: City, meter: int, after: int, until: int) -> Readings:
    """What it sends as it happens: every quantity."""
    found = backfilled(city, meter, after, until)
    days = np.array([day_of(ts - 1) for ts in found.ts.tolist()])
    for day in np.unique(days).tolist():
        rows = days == day
        minutes = (found.ts[rows] - start_of(day)) // MINUTE_MS - 1
        for name, digits in _DIGITS.items():
            found.values[rows, COLUMN[name]] = getattr(city.electric(meter, day), name)[minutes].round(digits)
    return found


@pytest.mark.parametrize("rated", [True, False], ids=["rated", "unrated"])
def test_the_citys_fortnight_and_its_first_hours_get_no_mark(city: City, rated: bool) -> None:
    known: Circuits = circuits(city.registry) if rated else UNKNOWN
    marks, start = Marks(known), city.start_at
    meters = range(0, len(city.registry.meters), 1 if rated else 5)
    marked = count = 0
    for day in range(-DAYS, 0):
        span = start + day * DAY_MS, start + (day + 1) * DAY_MS
        batch = concatenate([backfilled(city, meter, *span) for meter in meters])
        marked += int(np.count_nonzero(marks.mark(batch).quality))
        count += len(batch)
    live = concatenate([lived(city, meter, start, start + 6 * HOUR_MS) for meter in meters])
    marked += int(np.count_nonzero(marks.mark(live).quality))
    assert count + len(live) > len(meters) * DAYS * 96
    assert marked == 0


@pytest.mark.parametrize("shown", [("p", "ep", "q", "pf"), ("p", "ep"), ("ep",), ("p",)], ids=",".join)
def test_a_real_year_gets_no_mark_whatever_the_meter_shows(steel: Readings, shown: tuple[str, ...]) -> None:
    values = np.full_like(steel.values, np.nan)
    for name in shown:
        values[:, COLUMN[name]] = steel.values[:, COLUMN[name]]
    batch = readings(steel.meter, steel.ts, values=values)
    assert len(batch) == 35_040
    assert not Marks().mark(batch).quality.any()


def test_what_is_planted_into_a_real_year_is_found_and_nothing_else(steel: Readings) -> None:
    """From the second week on; the plant draws up to 630 kW, and its readings come every quarter of an hour."""
    values = steel.values.copy()
    loaded = np.flatnonzero(steel.p[2000:34_000] > 50) + 2000
    places = np.random.default_rng(4).choice(loaded[:-30], 40, replace=False)
    places = places[np.all(np.abs(places[:, None] - places) + 99 * np.eye(40) > 30, axis=1)]
    zeros, forwards, backwards, stuck = (places[kind::4] for kind in range(4))
    expected = np.zeros(len(steel), dtype=np.int64)
    for row in forwards.tolist():
        values[row:, EP] += 2_000
        expected[row] = Quality.REGISTER_JUMP
    for row in backwards.tolist():
        values[row:, EP] -= 500
        expected[row] = Quality.REGISTER_JUMP
    for row in stuck.tolist():
        values[row : row + 9] = values[row]
        expected[row + 5 : row + 9] = Quality.FROZEN
    values[zeros, EP] = 0
    expected[zeros] = Quality.SPURIOUS_ZERO
    found = Marks().mark(readings(steel.meter, steel.ts, values=values)).quality
    assert len(places) > 20
    assert found.tolist() == expected.tolist()
