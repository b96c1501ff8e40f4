"""The city: its registry, and what each of its meters shows at any time."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.interval import DAY_MS, MINUTE_MS
from core.readings import FloatArray, IntArray
from core.registry import Registry
from nightwatt.simulate.dossiers import build_registry
from nightwatt.simulate.electric import Electric, electric_of
from nightwatt.simulate.events import Plot
from nightwatt.simulate.load import Load, day_span, load_of, shown_shares, silent_minutes
from nightwatt.simulate.planted import PHASE_LOST, Planted
from nightwatt.simulate.schedule import DAY_MINUTES, Schedule, day_of, minutes_of, start_of
from nightwatt.simulate.works import Works, plan_works

EPOCH_BEFORE_MS = 15 * DAY_MS
"""Registers count from so long before the first start."""
LOST_PHASE_V = 1.2
"""What a meter still shows of a phase whose voltage it does not get."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Readings of one meter: instants in ms UTC, mean kW since the reading before, register in kWh; shapes (n,)."""

    ts: IntArray
    p: FloatArray
    ep: FloatArray

    def __len__(self) -> int:
        return len(self.ts)


class City:
    """Pure functions of (seed, start, meter, day); meters by their number in `registry.meters`.

    A reading at an instant carries the mean power since the meter's last instant, and the register then.
    """

    def __init__(self, *, seed: int, start_at: int) -> None:
        self.seed, self.start_at = seed, start_at
        self.works = plan_works(seed)
        self.registry: Registry = build_registry(self.works, seed=seed, start_at=start_at)
        self.schedule = Schedule(seed)
        self.plot = Plot(self.works, self.schedule, seed=seed, start_at=start_at)
        self.epoch_day = day_of(start_at - EPOCH_BEFORE_MS)
        self._works_of = [self.works[n] for n in self.registry.enterprise_of_meter]
        self._events = lru_cache(maxsize=32)(self._events_of_day)
        self._load = lru_cache(maxsize=400)(self._load_of_day)
        self._day = lru_cache(maxsize=600)(self._day_readings)
        self.electric = lru_cache(maxsize=600)(self._electric)
        # Kept for good, as every register needs all days before it; a day of the whole city is some 20 kB.
        self._energies: dict[tuple[int, int], dict[str, float]] = {}
        self._registers = [[self._first_register(n)] for n in range(len(self.registry.meters))]

    @property
    def planted(self) -> tuple[Planted, ...]:
        """What is planted before and around the start; `plot.between` adds what happens later."""
        return self.plot.fixed

    def is_feeder(self, meter: int) -> bool:
        """Whether the meter is the grid's, on the incoming feeder."""
        return self.registry.meters[meter].interval_s == 900

    def true_power(self, meter: int, day: int) -> FloatArray:
        """Mean kW of each minute of a local day, also where the meter is silent; shape (1440,)."""
        load = self._load(self._works_of[meter].number, day)
        return load.feeder if self.is_feeder(meter) else load.machines[self.registry.meters[meter].facility]

    def power(self, meter: int, day: int) -> FloatArray:
        """Mean kW of each minute of a local day, NaN where the meter is silent; shape (1440,)."""
        silent = silent_minutes(self.registry.meters[meter].id, day, self._events(day))
        shown, _ = shown_shares(self.registry.meters[meter].id, day, self._events(day))
        return np.where(silent, np.nan, shown * self.true_power(meter, day))

    def register(self, meter: int, day: int) -> FloatArray:
        """kWh at the end of each minute of a local day (shape (1440,)); IndexError before the epoch."""
        if day < self.epoch_day:
            raise IndexError(f"registers count from day {self.epoch_day} on, not from {day}")
        known = self._registers[meter]
        while len(known) <= day - self.epoch_day:
            known.append(known[-1] + self._energy_kwh(meter, self.epoch_day + len(known) - 1))
        return known[day - self.epoch_day] + np.cumsum(self._counted_power(meter, day)) / 60

    def _counted_power(self, meter: int, day: int) -> FloatArray:
        _, counted = shown_shares(self.registry.meters[meter].id, day, self._events(day))
        return counted * self.true_power(meter, day)

    def _energy_kwh(self, meter: int, day: int) -> float:
        number = self._works_of[meter].number
        if (number, day) not in self._energies:
            self._load(number, day)
        true_kwh = self._energies[number, day][self.registry.meters[meter].facility]
        _, counted = shown_shares(self.registry.meters[meter].id, day, self._events(day))
        return true_kwh if (counted == 1).all() else float(self._counted_power(meter, day).sum()) / 60

    def readings(self, meter: int, after: int, until: int) -> Stretch:
        """Readings with after < ts <= until (ms UTC), those of silent minutes left out."""
        days = range(day_of(after), day_of(max(until - 1, after)) + 1)
        parts = [self._day(meter, day) for day in days]
        ts, p, ep = (np.concatenate([part[i] for part in parts]) for i in range(3))
        wanted = (ts > after) & (ts <= until) & ~np.isnan(p)
        return Stretch(ts[wanted], p[wanted], ep[wanted])

    def reading(self, meter: int, ts: int) -> tuple[float, float]:
        """(kW, kWh) of the reading at `ts`, one of the meter's instants; NaN kW where it is silent."""
        day = day_of(ts - 1)
        row = (ts - start_of(day)) // (self.registry.meters[meter].interval_s * 1000) - 1
        _, p, ep = self._day(meter, day)
        return float(p[row]), float(ep[row])

    def _day_readings(self, meter: int, day: int) -> tuple[IntArray, FloatArray, FloatArray]:
        minutes = self.registry.meters[meter].interval_s // 60
        ts = start_of(day) + np.arange(minutes, DAY_MINUTES + 1, minutes, dtype=np.int64) * MINUTE_MS
        p = self.power(meter, day).reshape(-1, minutes).mean(axis=1)
        return ts, p, self.register(meter, day)[minutes - 1 :: minutes]

    def _events_of_day(self, day: int) -> tuple[Planted, ...]:
        return tuple(self.plot.between(*day_span(day)))

    def _load_of_day(self, number: int, day: int) -> Load:
        works: Works = self.works[number - 1]
        load = load_of(works, day, schedule=self.schedule, planted=self._events(day), seed=self.seed)
        power = {f"{works.id}-F": load.feeder, **load.machines}
        self._energies[number, day] = {facility: float(kw.sum()) / 60 for facility, kw in power.items()}
        return load

    def _electric(self, meter: int, day: int) -> Electric:
        rng = np.random.default_rng([self.seed, 8, meter, day])
        found = electric_of(self.true_power(meter, day), rng)
        for event in self._events(day):
            if event.kind == PHASE_LOST and event.subject == self.registry.meters[meter].id:
                found.ub[minutes_of(day, event.from_at, event.to_at) > 0] = LOST_PHASE_V
        return found

    def _first_register(self, meter: int) -> float:
        """As if the circuit had run for half a year to nine years."""
        works, facility = self._works_of[meter], self.registry.meters[meter].facility
        rated_kw = sum(m.rated_kw for m in works.machines if self.is_feeder(meter) or m.id == facility)
        hours = np.random.default_rng([self.seed, 9, meter]).uniform(4_000, 80_000)
        return round(float(0.6 * rated_kw * hours), 2)


def build_city(seed: int = 2017, *, start_at: int) -> City:
    """The city with its history before and its live events after `start_at` (ms UTC, cut to the minute)."""
    return City(seed=seed, start_at=start_at - start_at % MINUTE_MS)
