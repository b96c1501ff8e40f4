"""A simple, slow reading of domain.md's interlock rule, to judge the city by."""

from datetime import datetime, timedelta, timezone

import numpy as np

from core.interval import to_ms
from core.readings import FloatArray
from core.registry import Kind
from nightwatt.simulate.city import City
from nightwatt.simulate.schedule import DAY_MINUTES
from nightwatt.simulate.works import Machine, Works

START = datetime(2026, 11, 22, 7, 17, 3, tzinfo=timezone(timedelta(hours=8)))  # a Sunday morning
START_MS = to_ms(START) // 60_000 * 60_000


def on_minutes(power: FloatArray, *, on_kw: float, off_kw: float) -> list[bool]:
    """ON once power is above for two minutes, OFF once it is below for three."""
    state, above, below, found = False, 0, 0, []
    for kw in power:
        above, below = (above + 1 if kw > on_kw else 0), (below + 1 if kw < off_kw else 0)
        state = True if above >= 2 else (False if below >= 3 else state)
        found.append(state)
    return found


def violations(city: City, works: Works, day: int) -> int:
    """Longest run of minutes in which a line produces while a stage of it has nothing ON, over two days."""
    longest = 0
    for line in {m.line for m in works.machines}:
        mine = [m for m in works.machines if m.line == line]
        produces = np.any([_is_on(city, m, day) for m in mine if m.kind is Kind.PRODUCTION], axis=0)
        for stage in {m.stage for m in mine if m.stage}:
            treats = np.any([_is_on(city, m, day) for m in mine if m.stage == stage], axis=0)
            longest = max(longest, longest_run(produces & ~treats))
    return longest


def longest_run(flags: np.ndarray) -> int:
    """The most consecutive true values."""
    most = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        most = max(most, run)
    return most


def _is_on(city: City, machine: Machine, day: int) -> np.ndarray:
    facility = city.registry.facility(machine.id)
    meter = city.registry.meter_number[str(machine.meter)]
    power = np.concatenate([city.true_power(meter, day + i) for i in range(2)])
    on_kw, off_kw = facility.on_kw, facility.off_kw
    assert on_kw is not None
    assert off_kw is not None
    assert len(power) == 2 * DAY_MINUTES
    return np.array(on_minutes(power, on_kw=on_kw, off_kw=off_kw))
