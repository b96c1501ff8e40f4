"""The readings of a batch that a meter's past can be held against, in order."""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.readings import FloatArray, IntArray, Quality, Readings

BoolArray = NDArray[np.bool_]
Column = TypeVar("Column", bound=NDArray[Any])

_NO_PAST = int(Quality.CLOCK_SKEW | Quality.INVALID)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """n readings of a batch, ordered by (meter, ts).

    row     int64 (n,)  position in the batch
    meter   int64 (n,)
    ts      int64 (n,)  ms UTC
    rank    int64 (n,)  0 for a meter's first, 1 for its second …
    first, last  int64 (k,)  rows that are a meter's first, its last
    """

    batch: Readings
    row: IntArray
    meter: IntArray
    ts: IntArray
    rank: IntArray
    first: IntArray
    last: IntArray

    def __len__(self) -> int:
        return len(self.row)

    def those(self, kept: BoolArray) -> "Rows":
        """Some of the rows, ranked anew."""
        if kept.all():
            return self
        meter = self.meter[kept]
        return Rows(self.batch, self.row[kept], meter, self.ts[kept], *_ranks(meter))

    def quantity(self, column: int) -> FloatArray:
        """One column of the batch's values, (n,)."""
        found: FloatArray = self.batch.values[self.row, column]
        return found

    def before(self, column: Column, carried: Column) -> Column:
        """Each row's predecessor in a column: the row above, or `carried` (by meter) for a meter's first."""
        found: Column = np.empty_like(column)
        found[1:] = column[:-1]
        found[self.first] = carried[self.meter[self.first]]
        return found

    def since(self, begins: BoolArray) -> IntArray:
        """Row at which the run of each row begins: a meter's first row, or the last one where `begins` holds."""
        begin = np.where(begins, np.arange(len(self)), 0)
        begin[self.first] = self.first
        found: IntArray = np.maximum.accumulate(begin)
        return found

    def joined(self, column: FloatArray, carried: FloatArray, by: np.ufunc) -> FloatArray:
        """The column with `carried` (by meter) joined into each meter's first row."""
        found = column.copy()
        found[self.first] = by(column[self.first], carried[self.meter[self.first]])
        return found

    def running(self, column: FloatArray, by: np.ufunc) -> FloatArray:
        """Running fmax or fmin of a column within each meter, by doubling strides."""
        reach, longest = 1, int(self.rank.max()) if len(self) else 0
        while reach <= longest:
            within = self.rank[reach:] >= reach
            joined = by(column[reach:], column[:-reach])
            column = np.concatenate([column[:reach], np.where(within, joined, column[reach:])])
            reach *= 2
        return column

    def keep(self, column: Column, kept: Column) -> None:
        """Put each meter's last row of a column into `kept` (by meter)."""
        kept[self.meter[self.last]] = column[self.last]


def in_order(batch: Readings, last_ts: IntArray) -> Rows:
    """Readings of a believed time, newer than their meter's last; of one instant only the first that came.

    What comes late, and what its device calls invalid, can't be held against the past and is no past for others.
    """
    row = np.flatnonzero(((batch.quality & _NO_PAST) == 0) & (batch.ts > last_ts[batch.meter]))
    meter, ts = batch.meter[row], batch.ts[row]
    order = _order(meter, ts)
    row, meter, ts = row[order], meter[order], ts[order]
    again = np.zeros(len(row), dtype=np.bool_)
    again[1:] = (meter[1:] == meter[:-1]) & (ts[1:] == ts[:-1])
    if again.any():
        row, meter, ts = row[~again], meter[~again], ts[~again]
    return Rows(batch, row, meter, ts, *_ranks(meter))


def _order(meter: IntArray, ts: IntArray) -> IntArray:
    # numpy sorts 16-bit integers by radix; within a meter readings are nearly always in order already.
    key = meter.astype(np.uint16) if len(meter) and meter.max() < 0x10000 else meter
    order: IntArray = np.argsort(key, kind="stable")
    meter, ts = meter[order], ts[order]
    if ((meter[1:] == meter[:-1]) & (ts[1:] < ts[:-1])).any():
        order = order[np.lexsort((ts, meter))]
    return order


def _ranks(meter: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Rank, first rows and last rows."""
    begins = np.ones(len(meter) + 1, dtype=np.bool_)
    begins[1:-1] = meter[1:] != meter[:-1]
    edges = np.flatnonzero(begins)
    first = edges[:-1]
    rank: IntArray = np.arange(len(meter)) - np.repeat(first, np.diff(edges))
    return rank, first, edges[1:] - 1
