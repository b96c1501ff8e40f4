"""The power of facilities with several meters: their sum at common times."""

import numpy as np

from core.readings import FloatArray, IntArray


class Sums:
    """Readings of facilities with one meter go through as they are.

    Of the others time is cut into slots as long as the longest interval of their meters; a slot counts once, with
    the sum of its meters' means, and only where every meter was heard in it. A slot cut in two by the end of a
    batch is lost.
    """

    def __init__(self, row: IntArray, interval_ms: IntArray) -> None:
        """`row` (meters,) the facility's row or -1; `interval_ms` (rows,)."""
        self._row, self._interval = row, interval_ms
        self._meters = np.bincount(row[row >= 0], minlength=len(interval_ms))

    def of(self, meter: IntArray, ts: IntArray, power_kw: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
        """(row, ts, power) of n or fewer samples of facilities."""
        row = self._row[meter]
        several = self._meters[row] > 1
        if not several.any():
            return row, ts, power_kw
        one = ~several
        summed = self._summed(meter[several], ts[several], power_kw[several])
        kept = (row[one], ts[one], power_kw[one])
        return (
            np.concatenate([kept[0], summed[0]]),
            np.concatenate([kept[1], summed[1]]),
            np.concatenate([kept[2], summed[2]]),
        )

    def _summed(self, meter: IntArray, ts: IntArray, power_kw: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
        slot = ts // self._interval[self._row[meter]]
        (meter, slot), group = _groups(meter, slot)
        mean = np.bincount(group, weights=power_kw) / np.bincount(group)
        (row, slot), group = _groups(self._row[meter], slot)
        complete = np.bincount(group) == self._meters[row]
        total = np.bincount(group, weights=mean)
        return row[complete], (slot * self._interval[row])[complete], total[complete]


def _groups(first: IntArray, second: IntArray) -> tuple[tuple[IntArray, IntArray], IntArray]:
    """The different pairs, and the number of its pair for each element."""
    if not len(first):
        return (first, second), first
    pairs, group = np.unique(np.stack([first, second]), axis=1, return_inverse=True)
    return (pairs[0], pairs[1]), group.reshape(-1)
