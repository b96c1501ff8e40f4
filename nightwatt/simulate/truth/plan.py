"""Planning a city: what happens at which enterprise on which day. At most one thing a day, so that truth is plain."""

import numpy as np

from core.interval import DAY_MS
from core.readings import FloatArray
from nightwatt.simulate.truth.acts import ACTS
from nightwatt.simulate.truth.acts.limits import limits_of
from nightwatt.simulate.truth.acts.supply import cut_power
from nightwatt.simulate.truth.script import Random, Script
from nightwatt.simulate.truth.shape import runs_of
from nightwatt.simulate.truth.shifts import draw_holidays, usual_runs
from nightwatt.simulate.truth.site import Site
from nightwatt.simulate.truth.sites import MEASURED
from nightwatt.simulate.truth.spans import DAY

BUSY = 0.85
"""Share of days on which something is tried."""

TRIES = 6


def plan_city(
    sites: tuple[Site, ...], *, seed: int, days: int, start_at: int, shape: FloatArray, quarter: int
) -> tuple[Script, ...]:
    """The scripts of all enterprises, in their order."""
    holidays = draw_holidays(days, seed)
    scripts = []
    for site in sites:
        if site.number == MEASURED:
            runs = [runs_of(shape, from_quarter=quarter, days=days)]
        else:
            runs = [usual_runs(site, line, days=days, seed=seed, holidays=holidays) for line in range(site.lines)]
        script = Script(site, days, start_at, runs)
        script.thresholds = limits_of(site.machines, np.random.default_rng([seed, 111, site.number]))
        scripts.append(script)
    _grid_outages(scripts, np.random.default_rng([seed, 112]))
    for script in scripts:
        _fill(script, np.random.default_rng([seed, 113, script.site.number]))
    return tuple(scripts)


def _grid_outages(scripts: list[Script], rng: Random) -> None:
    """Once in two weeks a whole township has no power for one to four hours."""
    for half in range(0, scripts[0].days - 1 if scripts else 0, 14):
        day = half + int(rng.integers(1, 14))
        if day >= scripts[0].days:
            continue
        township = scripts[int(rng.integers(len(scripts)))].site.township
        start = day * DAY + int(rng.integers(60, 1000))
        span = (start, start + int(rng.integers(60, 240)))
        for script in scripts:
            if script.site.township == township and script.free(day, 1):
                script.taken.add(day)
                cut_power(script, span, rng, note=f"grid outage of {township}")


def _fill(script: Script, rng: Random) -> None:
    weights = np.array([act.weight for act in ACTS])
    for day in range(1, script.days):
        if day in script.taken or rng.random() > BUSY:
            continue
        possible = np.where([act.day <= day for act in ACTS], weights, 0)
        picked = rng.choice(len(ACTS), size=TRIES, replace=False, p=possible / possible.sum())
        for number in picked.tolist():
            if ACTS[number].write(script, day, rng):
                script.taken.add(day)
                break


def monday(days_after: int = 0) -> int:
    """Local midnight of 2026-03-02, a Monday, in China, and so many days after: ms UTC."""
    return 1_772_380_800_000 + days_after * DAY_MS
