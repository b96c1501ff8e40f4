"""A batch that reaches over many waves, looked at as a whole: which meters nothing depends on in all of it.

From one reading to the next most facilities run on or stand still, far from every limit. Where the whole batch
shows that, only its last reading of the meter counts, and the waves carry the others. All of it is exact: a meter
is left out only where no wave could have changed a state, a timer or an alarm by it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analytics.members import by_meter
from analytics.plant import Plant
from analytics.states import NEVER, OFF, ON, UNKNOWN
from core.readings import FloatArray, IntArray, P, Quality, Readings

BoolArray = NDArray[np.bool_]

WORTH_WAVES = 4
"""With fewer readings of a meter than that to look at the batch as a whole costs more than it saves."""

_FROZEN = int(Quality.FROZEN)


@dataclass(frozen=True, eq=False)
class Stretch:
    """Sound readings of a batch, all newer than the plant's, before the plant has taken them in.

    row    int64 (n,)  positions in the batch, ordered by (meter, ts)
    first  int64 (k,)  where in `row` the readings of each meter begin
    meter  int64 (k,)  the meters that the batch has, ascending
    """

    plant: Plant
    batch: Readings
    row: IntArray
    first: IntArray
    meter: IntArray

    @classmethod
    def of(cls, plant: Plant, batch: Readings, row: IntArray | None = None) -> "Stretch":
        """`batch` in order of time; `row` is `by_meter` of it, where it is known already."""
        row = by_meter(batch.meter) if row is None else row
        meter = batch.meter[row]
        first = np.flatnonzero(np.r_[True, meter[1:] != meter[:-1]])
        return cls(plant, batch, row, first, meter[first])

    @property
    def is_long(self) -> bool:
        return len(self.row) >= WORTH_WAVES * len(self.meter)

    def extremes(self, column: int) -> tuple[FloatArray, FloatArray]:
        """(lowest, highest) of a quantity by number of meter, (m,), the plant's last one included; NaN where absent."""
        values = self.batch.values[self.row, column]
        low, high = self.plant.last_values[:, column].copy(), self.plant.last_values[:, column].copy()
        low[self.meter] = np.fmin(low[self.meter], np.fmin.reduceat(values, self.first))
        high[self.meter] = np.fmax(high[self.meter], np.fmax.reduceat(values, self.first))
        return low, high

    @cached_property
    def runs_on(self) -> BoolArray:
        """(f,) Facilities that are ON now and in every wave."""
        found: BoolArray = (self.plant.state == ON) & self._stays
        return found

    @cached_property
    def stands(self) -> BoolArray:
        """(f,) Facilities that are OFF now and in every wave."""
        found: BoolArray = (self.plant.state == OFF) & self._stays
        return found

    def still(self) -> BoolArray:
        """(m,) Meters with readings here that leave their facility's state as it is."""
        found = np.zeros(len(self.plant.last_ts), dtype=np.bool_)
        found[self.meter[self._keeps]] = True
        return found

    def last(self, meters: BoolArray) -> Readings:
        """The last reading here of each meter marked in `meters` (m,)."""
        rows = self.row[np.r_[self.first[1:], len(self.row)] - 1]
        return self.batch.take(rows[meters[self.meter]])

    @cached_property
    def _stays(self) -> BoolArray:
        stays = np.ones(len(self.plant.state), dtype=np.bool_)
        stays[self.plant.facility_of_meter[self.meter[~self._keeps]]] = False
        return stays

    @cached_property
    def _keeps(self) -> BoolArray:
        """(k,) The only meter of its facility, every reading of which confirms the state that is known."""
        plant, facility = self.plant, self.plant.facility_of_meter[self.meter]
        power = self.batch.values[self.row, P]
        low, high = np.minimum.reduceat(power, self.first), np.maximum.reduceat(power, self.first)
        on_kw, off_kw, state = plant.on_kw[facility], plant.off_kw[facility], plant.state[facility]
        above, below = plant.above_since[facility] != NEVER, plant.below_since[facility] != NEVER
        on = (state == ON) & above & ~below & (low > on_kw) & ~(low < off_kw)
        off = (state == OFF) & below & ~above & (high < off_kw) & ~(high > on_kw) & (low >= plant.least_kw[facility])
        nothing = (state == UNKNOWN) & ~above & ~below & np.isnan(on_kw) & np.isnan(off_kw)
        known = np.isfinite(low) & np.isfinite(high) & ~plant.has_several[facility]
        keeps: BoolArray = known & ~self._stumbles(facility) & (on | off | nothing)
        return keeps

    def _stumbles(self, facility: IntArray) -> BoolArray:
        """(k,) Data with a hole, an instant that comes twice, or a meter that is frozen."""
        ts = self.batch.ts[self.row]
        before = np.r_[NEVER, ts[:-1]]
        before[self.first] = self.plant.facility_ts[facility]
        # A facility that was never heard of has no state to keep; its gap is of no meaning.
        gap = ts - np.maximum(before, 0)
        longest, shortest = np.maximum.reduceat(gap, self.first), np.minimum.reduceat(gap, self.first)
        frozen = np.logical_or.reduceat(self.batch.has(_FROZEN)[self.row], self.first)
        found: BoolArray = (longest > self.plant.facility_validity[facility]) | (shortest <= 0) | frozen
        return found
