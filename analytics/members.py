"""Groups laid end to end, so that one `reduceat` answers for all of them."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analytics.states import FAR, NEVER, UNKNOWN
from core.readings import FloatArray, IntArray

if TYPE_CHECKING:
    from analytics.plant import Plant

BoolArray = NDArray[np.bool_]


class Members:
    """Groups of facilities (or meters), none of them empty. `flat` are the members, `sizes` how many each group has."""

    def __init__(self, flat: IntArray, sizes: IntArray) -> None:
        self.flat, self.sizes = flat, sizes
        self.group = np.repeat(np.arange(len(sizes)), sizes)
        self.starts = np.cumsum(sizes) - sizes

    @classmethod
    def of_groups(cls, groups: list[list[int]]) -> "Members":
        sizes = np.array([len(g) for g in groups], dtype=np.int64)
        return cls(np.array([f for g in groups for f in g], dtype=np.int64), sizes)

    def some(self, groups: IntArray) -> "Members":
        """Those of some groups, ascending."""
        if len(groups) == len(self.sizes):
            return self
        sizes = self.sizes[groups]
        before = np.cumsum(sizes) - sizes
        return Members(self.flat[np.repeat(self.starts[groups] - before, sizes) + np.arange(sizes.sum())], sizes)

    def of(self, group: int) -> IntArray:
        start = int(self.starts[group])
        return self.flat[start : start + int(self.sizes[group])]

    def latest(self, plant: "Plant") -> IntArray:
        """Instant of the newest reading of each group of facilities."""
        return self._reduce(np.maximum, plant.facility_ts[self.flat])

    def oldest(self, plant: "Plant") -> IntArray:
        """Instant up to which every member of each group of facilities has been heard."""
        return self._reduce(np.minimum, plant.facility_ts[self.flat])

    def states(self, plant: "Plant", at: IntArray) -> NDArray[np.int8]:
        """States per member; one whose data is too old at the group's instant is UNKNOWN."""
        seen = plant.facility_ts[self.flat]
        fresh = (seen != NEVER) & (
            np.where(seen == NEVER, 0, at[self.group] - seen) <= plant.facility_validity[self.flat]
        )
        found: NDArray[np.int8] = np.where(fresh, plant.state[self.flat], UNKNOWN).astype(np.int8)
        return found

    def any(self, members: BoolArray) -> BoolArray:
        found: BoolArray = np.logical_or.reduceat(members, self.starts) if len(members) else members
        return found

    def all(self, members: BoolArray) -> BoolArray:
        found: BoolArray = np.logical_and.reduceat(members, self.starts) if len(members) else members
        return found

    def earliest(self, since: IntArray, among: BoolArray) -> IntArray:
        """The smallest `since` among the marked members of each group; far in the future where none is."""
        return self._reduce(np.minimum, np.where(among, since[self.flat], FAR))

    def newest(self, since: IntArray) -> IntArray:
        return self._reduce(np.maximum, since[self.flat])

    def sums(self, amounts: FloatArray) -> FloatArray:
        """Sum over each group of an amount per facility (or meter)."""
        found: FloatArray = np.add.reduceat(amounts[self.flat], self.starts) if len(self.flat) else amounts[:0]
        return found

    def _reduce(self, by: np.ufunc, members: IntArray) -> IntArray:
        found: IntArray = by.reduceat(members, self.starts) if len(members) else members
        return found


def by_meter(meter: IntArray) -> IntArray:
    """The order that brings each meter's readings together, as they come."""
    # numpy sorts 16-bit integers by radix.
    key = meter.astype(np.uint16) if len(meter) and meter.max() < 0x10000 else meter
    order: IntArray = np.argsort(key, kind="stable")
    return order
