"""Currents that vanish from a meter while the feeder goes on as before: a transformer that was shorted or taken off.

A real stop makes the feeder fall by about the meter's power. What the feeder has beside all other meters tells it,
so that another load which starts at that moment does no harm if it is metered. Without a feeder nothing is judged.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.plant import Plant
from analytics.states import NEVER
from core.interval import MINUTE_MS
from core.readings import COLUMN, FloatArray, IntArray, P, Readings
from core.registry import Kind, Registry

BoolArray = NDArray[np.bool_]

_VOLTS = [COLUMN[name] for name in ("ua", "ub", "uc")]
_AMPERES = [COLUMN[name] for name in ("ia", "ib", "ic")]

SETTLED_MS = 2 * MINUTE_MS
PROVEN_MS = 10 * MINUTE_MS
LEAST, MOST = 0.7, 1.4
"""The rest of the feeder must have grown by so much of the power that vanished [D]."""
CLEARLY = 0.25
"""And that power must be so much of the rest, or its own swings say as much [D]."""


@dataclass(frozen=True, slots=True, eq=False)
class Currents:
    """Of m meters; the arrays belong to the rule.

    gone_at   int64    instant at which all currents vanished; NEVER where they have not
    gone_kw   float64  power until then
    rest_kw   float64  what the feeder had beside all meters, before it
    proven    bool     the feeder went on
    """

    feeders: tuple[IntArray, ...]  # of each enterprise, meters
    others: tuple[IntArray, ...]
    watched: BoolArray  # (m,) meters that have a feeder above them
    gone_at: IntArray
    gone_kw: FloatArray
    rest_kw: FloatArray
    proven: BoolArray

    def take_in(self, wave: Readings, plant: Plant) -> None:
        """Look at readings before the plant takes them in."""
        gone, before = self.vanishes(wave, plant), plant.last_values[:, P]
        for row in np.flatnonzero(gone & (self.gone_at[wave.meter] == NEVER)).tolist():
            meter = int(wave.meter[row])
            rest, kw = self._rest_kw(meter, plant), float(before[meter])
            if kw >= CLEARLY * abs(rest):
                self.gone_at[meter], self.gone_kw[meter], self.rest_kw[meter] = wave.ts[row], kw, rest
        waiting = self.gone_at[wave.meter] != NEVER
        if waiting.any():
            with_current = np.nan_to_num(np.abs(wave.values[:, _AMPERES])).max(axis=1) > 0
            back = wave.meter[waiting & with_current]
            self.gone_at[back], self.proven[back] = NEVER, False

    def vanishes(self, wave: Readings, plant: Plant) -> BoolArray:
        """(n,) readings without any current, under voltage, of a circuit that was loaded before."""
        found: BoolArray = self.watched[wave.meter] & (wave.values[:, _AMPERES[0]] == 0)
        rows = np.flatnonzero(found)
        if len(rows):
            meter, values = wave.meter[rows], wave.values[rows]
            facility = plant.facility_of_meter[meter]
            idle = np.nan_to_num(np.abs(values[:, _AMPERES])).max(axis=1) == 0
            under_voltage = np.nan_to_num(values[:, _VOLTS]).max(axis=1) > 0
            before = plant.last_values[meter]
            loaded = (np.nan_to_num(before[:, _AMPERES]).max(axis=1) > 0) & (before[:, P] > 0)
            loaded &= ~(before[:, P] < plant.on_kw[facility])
            found[rows] = idle & under_voltage & loaded
        return found

    def judge(self, plant: Plant) -> None:
        """Compare the feeders with what they had before, where some meter waits for that."""
        for meter in np.flatnonzero((self.gone_at != NEVER) & ~self.proven).tolist():
            since, enterprise = int(self.gone_at[meter]), int(plant.enterprise_of_meter[meter])
            feeders = self.feeders[enterprise]
            at = int(plant.last_ts[feeders].min())
            if at < since + SETTLED_MS:
                continue
            grown = (self._rest_kw(meter, plant) - self.rest_kw[meter]) / self.gone_kw[meter]
            if not LEAST <= grown <= MOST:
                self.gone_at[meter] = NEVER  # it stopped, or nobody can tell
            elif at >= since + PROVEN_MS:
                self.proven[meter] = True

    def proof_at(self, meter: int, plant: Plant) -> int:
        return int(plant.last_ts[self.feeders[int(plant.enterprise_of_meter[meter])]].min())

    def _rest_kw(self, meter: int, plant: Plant) -> float:
        """Power of the feeders beside all other meters; NaN where one of them is silent."""
        enterprise = int(plant.enterprise_of_meter[meter])
        feeders, others = self.feeders[enterprise], self.others[enterprise]
        everyone = np.concatenate([feeders, others])
        last = plant.last_ts[everyone]
        if (last == NEVER).any() or (last.max() - last > plant.meter_validity[everyone]).any():
            return float("nan")
        return float(plant.last_values[feeders, P].sum() - plant.last_values[others, P].sum())


def members(registry: Registry) -> tuple[tuple[IntArray, ...], tuple[IntArray, ...], BoolArray]:
    """(feeder meters of each enterprise, its other meters, which meters have a feeder above them)."""
    feeding = np.array([registry.facilities[f].kind is Kind.FEEDER for f in registry.facility_of_meter], dtype=np.bool_)
    of = registry.enterprise_of_meter
    order = np.argsort(of, kind="stable")
    parts = np.split(order, np.searchsorted(of[order], np.arange(1, len(registry.enterprises))))
    feeders, others = tuple(p[feeding[p]] for p in parts), tuple(p[~feeding[p]] for p in parts)
    fed = np.array([len(p) > 0 for p in feeders], dtype=np.bool_)
    return feeders, others, fed[of] & ~feeding if len(of) else feeding
