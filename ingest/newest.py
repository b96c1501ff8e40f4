"""The newest reading of each meter among those that wait for the store."""

import numpy as np

from core.readings import IntArray, Quality, Readings, concatenate


class Newest:
    """Keeps rows by meter number; not thread-safe."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Nothing waits any more."""
        self._rows: list[Readings] = []
        self._size = 0

    def take(self, batch: Readings) -> None:
        """Look at a batch; a time that is not believed is no news, and of the same instant the first counts."""
        believed = batch.take(~batch.has(int(Quality.CLOCK_SKEW)))
        self._rows.append(believed.take(_newest(believed)))
        self._size += len(self._rows[-1])
        if self._size > 2 * len(self._rows[0]) + 10_000:
            self._merge()

    def since(self, at: int) -> Readings:
        """Those with ts >= at."""
        self._merge()
        found = concatenate(self._rows)
        return found.take(found.ts >= at)

    @staticmethod
    def over(stored: Readings, waiting: Readings) -> Readings:
        """The newest of both for each meter."""
        both = concatenate([stored, waiting])
        return both.take(_newest(both))

    def _merge(self) -> None:
        if len(self._rows) > 1:
            both = concatenate(self._rows)
            self._rows = [both.take(_newest(both))]
        self._size = sum(map(len, self._rows))


def _newest(batch: Readings) -> IntArray:
    """Row of each meter's newest reading, the first of equals."""
    order = np.lexsort((-np.arange(len(batch)), batch.ts, batch.meter))
    last = np.r_[batch.meter[order][1:] != batch.meter[order][:-1], True] if len(batch) else np.zeros(0, dtype=bool)
    return order[last]
