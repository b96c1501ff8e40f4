"""What is heard of enterprises, for the rules about readings that do not come.

Our own reception may fail too: where nothing comes from anybody, nothing is known of anyone.
"""

import numpy as np
from numpy.typing import NDArray

from analytics.members import Members
from analytics.plant import Plant
from analytics.states import NEVER
from analytics.stretch import Stretch
from core.interval import MINUTE_MS
from core.readings import IntArray, Readings
from core.registry import Registry

BoolArray = NDArray[np.bool_]

DEAF_MS = 3 * MINUTE_MS
"""Nothing from anybody for so long, and three intervals of the quickest meter, is a failure of our own reception."""


class Reception:
    """The meters of each enterprise that has any, k groups, in order of the enterprises' numbers."""

    def __init__(self, registry: Registry) -> None:
        order = np.argsort(registry.enterprise_of_meter, kind="stable")
        self.enterprise, sizes = np.unique(registry.enterprise_of_meter, return_counts=True)
        self.works = Members(order, sizes)
        self.group_of_meter = np.zeros(len(order), dtype=np.int64)
        self.group_of_meter[order] = self.works.group
        self.interval_ms = registry.interval_ms

    def newest(self, plant: Plant) -> IntArray:
        """(k,) instant of each enterprise's newest reading."""
        return self.works.newest(plant.last_ts)

    def heard(self, plant: Plant) -> IntArray:
        """(k,) how many meters of each have ever been heard."""
        if not len(self.works.flat):
            return np.zeros(0, dtype=np.int64)
        heard = (plant.last_ts[self.works.flat] != NEVER).astype(np.int64)
        return np.add.reduceat(heard, self.works.starts)

    def alive(self, plant: Plant, newest: IntArray) -> BoolArray:
        """(members,) Meters that still spoke when their enterprise was last heard."""
        seen = plant.last_ts[self.works.flat]
        found: BoolArray = (seen != NEVER) & (
            newest[self.works.group] - np.where(seen == NEVER, 0, seen) <= plant.meter_validity[self.works.flat]
        )
        return found

    def first(self, wave: Readings) -> tuple[IntArray, IntArray]:
        """(groups, instant of the first reading of each) in a wave."""
        order = np.argsort(wave.ts, kind="stable")
        groups, rows = np.unique(self.group_of_meter[wave.meter[order]], return_index=True)
        return groups, wave.ts[order][rows]

    def deaf(self, plant: Plant, at: int) -> bool:
        """Whether nothing has come from anybody for too long; a single enterprise proves nothing about us."""
        if not len(plant.last_ts):
            return True
        newest = int(plant.last_ts.max())
        if newest == NEVER or at - newest <= DEAF_MS:
            return newest == NEVER
        if np.count_nonzero(self.heard(plant)) < 2:
            return False
        alive = plant.last_ts >= newest - plant.meter_validity
        return at - newest > max(DEAF_MS, 3 * int(self.interval_ms[alive].min()))

    def heeded(self, stretch: Stretch, *, hole: IntArray, limit: IntArray) -> BoolArray:
        """(m,) Meters that must come wave by wave: those with a gap longer than `hole` (m,), every meter of an
        enterprise that has one with a gap beyond `limit` (m,), and then one more, so that time passes in waves."""
        m, batch, plant = len(self.interval_ms), stretch.batch, stretch.plant
        if self._may_be_deaf(stretch):
            return np.ones(m, dtype=np.bool_)
        longest, silent = self._gaps(stretch)
        found: BoolArray = longest > hole
        newly = silent & (batch.ts[-1] - np.where(silent, plant.last_ts, 0) > limit)
        newly &= plant.clock - np.where(silent, plant.last_ts, 0) <= limit
        broken = (longest > limit) | newly
        if broken.any():
            groups = np.zeros(len(self.works.sizes), dtype=np.bool_)
            groups[self.group_of_meter[broken]] = True
            found |= groups[self.group_of_meter]
            found[np.argmax(np.bincount(batch.meter, minlength=m))] = True
        return found

    def _gaps(self, stretch: Stretch) -> tuple[IntArray, BoolArray]:
        """(m,) longest gap of each meter in the stretch, to its end too; and those heard before that are silent in it.

        A meter's first reading ever counts as one after an endless gap.
        """
        longest = np.zeros(len(self.interval_ms), dtype=np.int64)
        ts = stretch.batch.ts[stretch.row]
        before = np.r_[NEVER, ts[:-1]]
        before[stretch.first] = stretch.plant.last_ts[stretch.meter]
        gap = np.where(before == NEVER, np.iinfo(np.int64).max, ts - np.where(before == NEVER, 0, before))
        last = ts[np.r_[stretch.first[1:], len(ts)] - 1]
        longest[stretch.meter] = np.maximum(np.maximum.reduceat(gap, stretch.first), stretch.batch.ts[-1] - last)
        silent = stretch.plant.last_ts != NEVER
        silent[stretch.meter] = False
        return longest, silent

    def _may_be_deaf(self, stretch: Stretch) -> bool:
        ts, newest = stretch.batch.ts, int(stretch.plant.last_ts.max())
        return newest == NEVER or int(np.diff(np.maximum(ts, newest), prepend=newest).max()) > DEAF_MS
