"""The city whose truth is known: its registry, its readings as they arrive, and what the rules have to see in them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.scoring import Event, Trap
from core.interval import DAY_MS, HOUR_MS
from core.readings import FloatArray, Readings, concatenate
from core.registry import Registry
from nightwatt.simulate.truth.conduct import Conduct, conduct_of
from nightwatt.simulate.truth.delivery import delivered, in_batches
from nightwatt.simulate.truth.dossiers import registry_of
from nightwatt.simulate.truth.load import Surroundings, load_of
from nightwatt.simulate.truth.metering import Register, said
from nightwatt.simulate.truth.plan import monday, plan_city
from nightwatt.simulate.truth.script import Script
from nightwatt.simulate.truth.shape import invented_shape
from nightwatt.simulate.truth.sites import draw_sites
from nightwatt.simulate.truth.spans import DAY

ENTERPRISES = 88


@dataclass(frozen=True, slots=True)
class Arrival:
    """What arrived until `now` (ms UTC) since the last time, in order of arrival."""

    now: int
    readings: Readings


class KnownCity:
    """A pure function of (seed, days, enterprises, shape).

    shape  load of the measured enterprise per quarter of an hour from a Monday on, as shares of its greatest;
           without one it is invented
    """

    def __init__(
        self, *, seed: int, days: int, enterprises: int = ENTERPRISES, shape: FloatArray | None = None
    ) -> None:
        self.seed, self.days, self.start_at = seed, days, monday()
        rng = np.random.default_rng([seed, 115])
        self.measured = shape is not None
        shape = invented_shape(seed) if shape is None else shape
        quarter = int(rng.integers(max(1, len(shape) // 672))) * 672
        self._around = Surroundings(seed, shape, quarter)
        self.scripts: tuple[Script, ...] = plan_city(
            draw_sites(seed, enterprises), seed=seed, days=days, start_at=self.start_at, shape=shape, quarter=quarter
        )
        self.conducts: tuple[Conduct, ...] = tuple(conduct_of(script, seed=seed) for script in self.scripts)
        self.registry: Registry = registry_of(self.scripts)

    @property
    def end_at(self) -> int:
        return self.start_at + self.days * DAY_MS

    @property
    def events(self) -> tuple[Event, ...]:
        """In order of their beginnings."""
        found = [row for script in self.scripts for row in script.events]
        return tuple(sorted(found, key=lambda row: (row.from_at, row.enterprise, row.rule)))

    @property
    def traps(self) -> tuple[Trap, ...]:
        found = [row for script in self.scripts for row in script.traps]
        return tuple(sorted(found, key=lambda row: (row.from_at, row.enterprise, row.rule)))

    def power(self, site: int, day: int) -> dict[str, FloatArray]:
        """True kW of every machine of the site at that place in `scripts`, each minute of a day; shape (1440,)."""
        return load_of(self.scripts[site], self.conducts[site], day, around=self._around)

    def arrivals(self) -> Iterator[Arrival]:
        """Every hour what has arrived in it; a day is in memory at a time. What comes after the end is left out."""
        registers = self._registers()
        late: list[Readings] = []
        for day in range(self.days):
            found = concatenate([*late, *self._day(day, registers)])
            midnight = self.start_at + (day + 1) * DAY_MS
            edges = np.append(np.arange(self.start_at + day * DAY_MS, midnight, HOUR_MS), midnight)
            edges[0] = min(edges[0], int(found.received_at.min(initial=int(edges[0]))))
            for now, batch in zip(edges[1:].tolist(), in_batches(found, edges), strict=True):
                yield Arrival(now, batch)
            late = [found.take(found.received_at >= midnight)]

    def _registers(self) -> list[Register]:
        """What the meters show at first."""
        rng = np.random.default_rng([self.seed, 116])
        return [Register(float(rng.uniform(8_000, 900_000))) for _ in self.registry.meters]

    def _day(self, day: int, registers: list[Register]) -> Iterator[Readings]:
        meter = 0
        for script, conduct in zip(self.scripts, self.conducts, strict=True):
            rng = np.random.default_rng([self.seed, 117, script.site.number, day])
            power = load_of(script, conduct, day, around=self._around)
            volts = _volts(script, day, rng)
            for machine in script.site.machines:
                what = said(
                    script,
                    machine,
                    day,
                    power=power[machine.id],
                    register=registers[meter],
                    volts=volts,
                    seed=self.seed,
                )
                yield delivered(script, what, meter=meter, first=day * DAY, rng=rng)
                meter += 1


def _volts(script: Script, day: int, rng: np.random.Generator) -> FloatArray:
    """The phases' share of the nominal voltage each minute of a day, shape (1440, 3)."""
    hour = np.arange(DAY) / 60
    level = 1.0 + 0.008 * np.cos((hour - 3) / 24 * 2 * np.pi) + 0.002 * np.sin(hour * 5)
    found: FloatArray = level[:, None] + rng.normal(0, 0.002, 3) + rng.normal(0, 0.0015, (DAY, 3))
    for begin, end, share in script.sags:
        found[max(0, begin - day * DAY) : max(0, end - day * DAY)] *= share
    return found
