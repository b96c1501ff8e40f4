"""Currents that vanish from a meter while the feeder goes on as before: a transformer that was shorted or taken off.

The meter alone can't tell: behind an open contactor a machine that has stopped has voltage and no current either, and
the meter shows nothing below its starting current. What it can tell is the opposite: a machine that stands and still
draws for its controls and heaters (1–5 %), or whose main switch is off so that the voltage is gone, has not lost its
transformers.

The feeder tells the rest. A real stop makes it fall by the meter's power; after a theft it goes on, and what it has
beside all meters (analytics/rules/rest.py) grows by that power. Compared are quarters of an hour wholly before and
wholly after. Only a power that stands out is judged: many times what the rest swings by itself, and a fair part of the
feeder, or another load that nobody meters could have started in the same half hour. Without a feeder, with a silent
meter and in the first hours nothing is judged.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.energy import QUARTER_MS
from analytics.plant import Plant
from analytics.rules.rest import Quarter, Rest
from analytics.states import NEVER
from core.interval import MINUTE_MS
from core.readings import COLUMN, FloatArray, IntArray, P, Readings

BoolArray = NDArray[np.bool_]

IA = COLUMN["ia"]
_VOLTS, _AMPERES = slice(COLUMN["ua"], COLUMN["uc"] + 1), slice(IA, COLUMN["ic"] + 1)

GONE, BACK = 0.002, 0.02
"""Currents of so little of what they were are gone; of so much, they are back [D]."""
QUARTERS_BEFORE = 8
"""So many quarters must be known of the rest, or nobody knows how it swings [D]."""
NOISES = 5.0
"""The power must be so many times the mean swing of the rest: four standard deviations [D]."""
PART = 0.08
"""And so much of the feeder, whose meters and losses differ by one or two per cent [D]."""
STOPPED, LEAST, MOST = 0.4, 0.65, 1.5
"""Of the power that vanished: the rest has grown by less, then it stopped; within the others, then it goes on [D]."""
SMEARED_MS = MINUTE_MS
"""A quarter that begins so shortly before is still of what came after."""
QUARTERS_AFTER = 4
"""After so many quarters in between it can't be told [D]."""


@dataclass(frozen=True, slots=True, eq=False)
class Currents:
    """Of m meters; the arrays belong to the rule.

    gone_at    int64    instant at which all currents vanished; NEVER where they have not
    after_at   int64    from then on the feeder's energy is of what came after
    gone_a     float64  the largest of them until then
    gone_kw    float64  power until then
    rest_kw    float64  (m, 2) of the feeder, before it and after
    proven_at  int64    end of the quarter that shows that the feeder went on; NEVER until one does
    """

    rest: Rest
    gone_at: IntArray
    after_at: IntArray
    gone_a: FloatArray
    gone_kw: FloatArray
    rest_kw: FloatArray
    proven_at: IntArray

    def take_in(self, wave: Readings, plant: Plant) -> None:
        """Look at readings before the plant takes them in."""
        before_a = plant.last_values[:, IA][wave.meter]
        rows = np.flatnonzero((before_a > 0) & (wave.values[:, IA] <= GONE * before_a))
        if len(rows):
            lost = wave.take(rows)
            before = plant.last_values[lost.meter]
            lasting = lost.ts - plant.last_ts[lost.meter] <= plant.meter_validity[lost.meter]
            for row in np.flatnonzero(self.vanishes(lost, before, plant) & lasting).tolist():
                self._suspect(int(lost.meter[row]), int(lost.ts[row]), before[row], plant)
        waiting = np.flatnonzero(self.gone_at[wave.meter] != NEVER)
        if len(waiting):
            meter, amperes = wave.meter[waiting], _largest(wave.values[waiting, _AMPERES])
            self._forget(meter[amperes > BACK * self.gone_a[meter]])

    def vanishes(self, batch: Readings, before: FloatArray, plant: Plant) -> BoolArray:
        """(n,) readings under voltage that lost all current of a circuit under load; `before` (n, 11) came before."""
        found: BoolArray = (self.rest.works[batch.meter] >= 0) & (batch.values[:, IA] <= GONE * before[:, IA])
        rows = np.flatnonzero(found)
        if len(rows):
            values, was = batch.values[rows], before[rows]
            largest = _largest(was[:, _AMPERES])
            loaded = (largest > 0) & (was[:, P] > 0)
            loaded &= ~(was[:, P] < plant.on_kw[plant.facility_of_meter[batch.meter[rows]]])
            idle = _largest(values[:, _AMPERES]) <= GONE * largest
            found[rows] = loaded & idle & (_largest(values[:, _VOLTS]) > 0)
        return found

    def judge(self, plant: Plant) -> None:
        """Take in the quarters that are over, and weigh what waits for them."""
        for quarter in self.rest.quarters(plant):
            for meter in np.flatnonzero(self.pending()).tolist():
                here = np.flatnonzero(quarter.works == self.rest.works[meter])
                if len(here):
                    self._weigh(meter, quarter, float(quarter.rest_kw[here[0]]))

    def pending(self) -> BoolArray:
        found: BoolArray = (self.gone_at != NEVER) & (self.proven_at == NEVER)
        return found

    def _suspect(self, meter: int, at: int, before: FloatArray, plant: Plant) -> None:
        known, works = self.rest.known, int(self.rest.works[meter])
        lead = int(self.rest.lead[works])
        kw = float(before[P])
        clear = kw >= max(NOISES * float(known.noise_kw[lead]), PART * float(known.feeder_kw[lead]))
        if clear and known.quarters[lead] >= QUARTERS_BEFORE and self.gone_at[meter] == NEVER:
            self.gone_at[meter], self.gone_kw[meter] = at, kw
            self.after_at[meter] = self.rest.next_ms(works, at, plant)
            self.gone_a[meter] = np.nanmax(np.abs(before[_AMPERES]))
            self.rest_kw[meter] = known.level_kw[lead]

    def _weigh(self, meter: int, quarter: Quarter, rest_kw: float) -> None:
        """A quarter that lies wholly after it."""
        clean = -(-(int(self.after_at[meter]) - SMEARED_MS) // QUARTER_MS)
        if quarter.number < clean:
            return
        grown = (rest_kw - float(self.rest_kw[meter, 0])) / float(self.gone_kw[meter])
        if LEAST <= grown <= MOST:
            self.rest_kw[meter, 1], self.proven_at[meter] = rest_kw, (quarter.number + 1) * QUARTER_MS
        elif grown < STOPPED or quarter.number >= clean + QUARTERS_AFTER - 1:
            self._forget(np.array([meter]))

    def _forget(self, meters: IntArray) -> None:
        self.gone_at[meters] = self.proven_at[meters] = NEVER


def _largest(of: FloatArray) -> FloatArray:
    """(n,) the largest amount in each row; 0 where there is none."""
    found: FloatArray = np.nan_to_num(np.abs(of)).max(axis=1, initial=0.0)
    return found
