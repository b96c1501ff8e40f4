"""Which readings have been judged lately: a message that is delivered again is no reason to judge again."""

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.replay import History
from core.readings import IntArray, Readings

BLOCK = 65_536
BLOCKS = 32
_TS_BITS = 42  # ms UTC until 2109; the rest is room for two million meters


class Seen:
    """(meter, ts) of the newest two million readings, 16 MB at most. What is forgotten counts as not seen."""

    def __init__(self) -> None:
        self._blocks: deque[IntArray] = deque(maxlen=BLOCKS)  # sorted keys
        self._tail: list[IntArray] = []
        self._tail_rows = 0

    def add(self, batch: Readings) -> None:
        """Remember them."""
        self._tail.append(_keys(batch))
        self._tail_rows += len(batch)
        if self._tail_rows >= BLOCK:
            self._blocks.append(self._sorted_tail())
            self._tail, self._tail_rows = [], 0

    def has(self, batch: Readings) -> NDArray[np.bool_]:
        """(n,) True for those that are remembered."""
        keys, found = _keys(batch), np.zeros(len(batch), dtype=np.bool_)
        for block in (*self._blocks, self._sorted_tail()):
            if len(block):
                place = np.minimum(np.searchsorted(block, keys), len(block) - 1)
                found |= block[place] == keys
        return found & (keys >= 0)

    def _sorted_tail(self) -> IntArray:
        return np.sort(np.concatenate(self._tail)) if self._tail else np.zeros(0, dtype=np.int64)


class Noting:
    """A history whose readings are remembered as they are read."""

    def __init__(self, history: History, seen: Seen) -> None:
        self._history, self._seen = history, seen

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        for batch in self._history.scan(start, end, meters=meters, quantities=quantities):
            self._seen.add(batch)
            yield batch


def _keys(batch: Readings) -> IntArray:
    """One number for (meter, ts); -1 where they do not fit, which is never found."""
    fits = (batch.ts >= 0) & (batch.ts < 1 << _TS_BITS) & (batch.meter >= 0) & (batch.meter < 1 << (63 - _TS_BITS))
    keys: IntArray = np.where(fits, (batch.meter << _TS_BITS) | batch.ts, -1)
    return keys
