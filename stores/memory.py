"""The fake series store, shipped beside the real ones and put through the same contract."""

import threading
from collections.abc import Iterator, Sequence

import numpy as np

from core.errors import StoreAway
from core.readings import COLUMN, QUANTITIES, FloatArray, IntArray, Quality, Readings, concatenate, readings


class MemorySeries:
    """SeriesStore in a dict. `away = True` makes every call fail as a store does that is away."""

    def __init__(self) -> None:
        self.away = False
        self._rows: dict[tuple[int, int], Readings] = {}
        self._lock = threading.Lock()

    def append(self, batch: Readings) -> int:
        self._check()
        with self._lock:
            before = len(self._rows)
            for i in range(len(batch)):
                self._rows.setdefault((int(batch.ts[i]), int(batch.meter[i])), batch.take(slice(i, i + 1)))
            return len(self._rows) - before

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        self._check()
        wanted = None if meters is None else {int(m) for m in meters}
        with self._lock:
            keys = sorted(k for k in self._rows if start <= k[0] < end and (wanted is None or k[1] in wanted))
            found = concatenate([self._rows[key] for key in keys])
        if len(found):
            values = found.values.copy()
            values[:, [i for i, name in enumerate(QUANTITIES) if name not in quantities]] = np.nan
            yield readings(
                found.meter,
                found.ts,
                values=values,
                received_at=found.received_at,
                quality=found.quality,
                source=found.source,
                seq=found.seq,
            )

    def buckets(
        self, meter: int, start: int, end: int, width: int, quantity: str = "p"
    ) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
        found = concatenate(list(self.scan(start, end, meters=np.array([meter]), quantities=[quantity])))
        value = found.values[:, COLUMN[quantity]]
        known = np.isfinite(value)
        bucket = start + (found.ts[known] - start) // width * width
        at = np.unique(bucket)
        groups = [value[known][bucket == b] for b in at]
        return (
            at,
            np.array([g.mean() for g in groups]),
            np.array([g.min() for g in groups]),
            np.array([g.max() for g in groups]),
        )

    def latest(self, since: int) -> Readings:
        self._check()
        newest: dict[int, tuple[int, int]] = {}
        with self._lock:
            for key in sorted(k for k in self._rows if k[0] >= since):
                if not self._rows[key].quality[0] & Quality.CLOCK_SKEW:
                    newest[key[1]] = key
            return concatenate([self._rows[key] for key in sorted(newest.values())])

    def count(self, *, meter: int | None = None) -> int:
        self._check()
        return sum(meter is None or key[1] == meter for key in self._rows)

    def close(self) -> None:
        """Nothing to let go of."""

    def _check(self) -> None:
        if self.away:
            raise StoreAway("the memory store was told to be away")
