"""The real year of a steel plant under every rule: what is raised is true, and no violation is.

The plant's main supply is taken twice: as its feeder, as it was, and, harder on the rules, as the production of a line
whose treatment follows at a tenth of the load.
"""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from analytics.engine import Engine
from core.alarm import State, Transition
from core.interval import DAY_MS
from core.readings import EP, P, Readings, concatenate, readings
from core.registry import Enterprise, Facility, Kind, Meter, Registry
from stores.energy_csv import read_energy_csv

STEEL = Path(__file__).parents[2] / "../shared/data/load/steel_2018_15min.csv.gz"
ZONE = "Asia/Seoul"


@pytest.fixture(scope="module")
def year() -> Readings:
    if not STEEL.exists():
        missing = f"{STEEL} is absent: the rules are not tested on the real year"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return read_energy_csv(STEEL, meter=0, timezone=ZONE)


def plant(*facilities: Facility) -> Registry:
    return Registry(
        enterprises=(Enterprise("steel", "Steel plant", "North", timezone=ZONE),),
        facilities=facilities,
        meters=tuple(Meter(f"{row.id}-M", row.id, interval_s=900) for row in facilities),
    )


def as_meter(year: Readings, meter: int, share: float) -> Readings:
    values = year.values.copy()
    values[:, [P, EP]] *= share
    return readings(np.full(len(year), meter), year.ts, values=values)


def raised(registry: Registry, whole: Readings) -> list[Transition]:
    engine, found = Engine(registry), []
    for day in np.split(np.argsort(whole.ts, kind="stable"), np.flatnonzero(np.diff(np.sort(whole.ts) // DAY_MS)) + 1):
        batch = whole.take(day)
        found += engine.step(batch, now=int(batch.ts[-1]))
    return [row for row in found if row.state is State.ACTIVE]


def test_the_year_of_the_feeder_raises_nothing(year: Readings) -> None:
    assert raised(plant(Facility("F", "steel", Kind.FEEDER)), as_meter(year, 0, 1.0)) == []


def test_the_year_with_treatment_that_follows_production_raises_nothing(year: Readings) -> None:
    facilities = (
        Facility("F", "steel", Kind.FEEDER),
        Facility("P", "steel", Kind.PRODUCTION, on_kw=20.0),
        Facility("T", "steel", Kind.TREATMENT, on_kw=2.0),
    )
    shares = (1.0, 0.8, 0.1)
    whole = concatenate([as_meter(year, meter, share) for meter, share in enumerate(shares)])
    assert Counter((row.rule, row.subject) for row in raised(plant(*facilities), whole)) == {}


def test_the_year_with_treatment_off_for_an_hour_raises_that_hour_alone(year: Readings) -> None:
    facilities = (
        Facility("P", "steel", Kind.PRODUCTION, on_kw=20.0),
        Facility("T", "steel", Kind.TREATMENT, on_kw=2.0),
    )
    made, treated = as_meter(year, 0, 0.8), as_meter(year, 1, 0.1)
    noon = int(np.flatnonzero(made.p > 60)[10_000])
    treated.values[noon : noon + 5, P] = 0.0
    found = raised(plant(*facilities), concatenate([made, treated]))
    # Two intervals of a quarter of an hour each: pre-warning and alarm are proven at once.
    since = int(made.ts[noon])
    assert [(row.rule, row.severity, row.since) for row in found] == [("interlock", 2, since), ("interlock", 3, since)]
