"""Readings: a columnar batch of samples of meters.

Instants are int64 milliseconds since 1970 UTC (`_ms`), the resolution at which (meter, ts) is the
key of a reading. Absent values are NaN; they are never zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

QUANTITIES = ("p", "ep", "q", "pf", "ua", "ub", "uc", "ia", "ib", "ic", "f")
"""Columns of `Readings.values`, in the order of the wire contract."""

UNITS = dict(zip(QUANTITIES, ("kW", "kWh", "kvar", "", "V", "V", "V", "A", "A", "A", "Hz"), strict=True))

COLUMN = {name: i for i, name in enumerate(QUANTITIES)}
P, EP = COLUMN["p"], COLUMN["ep"]


class Source(IntEnum):
    """How a reading came: as it happened, or sent later."""

    REALTIME = 0
    BACKFILL = 1


class Quality(IntFlag):
    """What is doubtful about a reading; 0 is good. The values themselves are never altered."""

    GOOD = 0
    ARRIVAL_TIME = 1  # no time in the message: stamped on arrival
    CLOCK_SKEW = 2  # stamped too far from its arrival to be believed
    FROZEN = 4  # the meter repeats itself to the last digit while its circuit is loaded
    SPURIOUS_ZERO = 8  # a zero that the reading's other quantities, or its register's past, contradict
    REGISTER_JUMP = 16  # the register ran backwards or further than the circuit can: no difference across it counts
    INVALID = 32  # the device itself says that its values are no measurement


_NOT_MEASURED = int(Quality.CLOCK_SKEW | Quality.FROZEN | Quality.INVALID)
_SPURIOUS_ZERO = int(Quality.SPURIOUS_ZERO)


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """n readings as columns.

    meter        int64 (n,)   number of the meter in the registry
    ts           int64 (n,)   instant in ms UTC
    values       float64 (n, 11)  QUANTITIES in primary kW, kWh, kvar, V, A, Hz; NaN where absent
    received_at  int64 (n,)   arrival in ms UTC
    quality      int64 (n,)   Quality bits
    source       int64 (n,)   Source
    seq          int64 (n,)   the meter's own running number, -1 where absent
    """

    meter: IntArray
    ts: IntArray
    values: FloatArray
    received_at: IntArray
    quality: IntArray
    source: IntArray
    seq: IntArray

    def __len__(self) -> int:
        return len(self.ts)

    @property
    def p(self) -> FloatArray:
        """Active power in kW, shape (n,)."""
        return self.values[:, P]

    @property
    def ep(self) -> FloatArray:
        """Import register in kWh, shape (n,)."""
        return self.values[:, EP]

    def has(self, marks: int) -> NDArray[np.bool_]:
        """Which readings carry any of these Quality bits, shape (n,)."""
        found: NDArray[np.bool_] = (self.quality & marks) != 0
        return found

    def sound(self) -> "Readings":
        """The same readings with what may not be judged left out, as if it were absent.

        Nothing counts of readings that are frozen, invalid or of a wrong time; of a spurious zero only the zeros of
        p and ep do not (the value tells which one is meant). A register that jumped counts: it is the difference
        to the reading before that means nothing, which is for those to heed who take differences.
        """
        if not self.quality.any() or not self.has(_NOT_MEASURED | _SPURIOUS_ZERO).any():
            return self
        values = self.values.copy()
        values[self.has(_NOT_MEASURED)] = np.nan
        zeros = np.flatnonzero(self.has(_SPURIOUS_ZERO))
        for column in (P, EP):
            values[zeros[values[zeros, column] == 0], column] = np.nan
        return replace(self, values=values)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> "Readings":
        """The same columns for some rows (indices, mask or slice), in the order given."""
        return Readings(
            self.meter[rows],
            self.ts[rows],
            self.values[rows],
            self.received_at[rows],
            self.quality[rows],
            self.source[rows],
            self.seq[rows],
        )


def readings(
    meter: Sequence[int] | IntArray,
    ts: Sequence[int] | IntArray,
    *,
    received_at: int | IntArray = 0,
    quality: IntArray | None = None,
    source: IntArray | None = None,
    seq: IntArray | None = None,
    values: FloatArray | None = None,
    **quantities: Sequence[float] | FloatArray,
) -> Readings:
    """Build Readings from columns; quantities not named are absent.

    `values` (n, 11) is used as it is where given, otherwise named columns (`p=…`, `ep=…`) are stacked.
    """
    n = len(ts)
    if values is None:
        values = np.full((n, len(QUANTITIES)), np.nan)
        for name, column in quantities.items():
            values[:, COLUMN[name]] = column

    def column_of(given: int | IntArray | None, fill: int) -> IntArray:
        if given is None or isinstance(given, int):
            return np.full(n, fill if given is None else given, dtype=np.int64)
        return np.asarray(given, dtype=np.int64)

    return Readings(
        np.asarray(meter, dtype=np.int64),
        np.asarray(ts, dtype=np.int64),
        values,
        column_of(received_at, 0),
        column_of(quality, 0),
        column_of(source, 0),
        column_of(seq, -1),
    )


def concatenate(batches: Sequence[Readings]) -> Readings:
    """One batch of all, in the order given; no batches give an empty one."""
    if not batches:
        return readings([], [])
    if len(batches) == 1:
        return batches[0]
    return Readings(
        np.concatenate([b.meter for b in batches]),
        np.concatenate([b.ts for b in batches]),
        np.concatenate([b.values for b in batches]),
        np.concatenate([b.received_at for b in batches]),
        np.concatenate([b.quality for b in batches]),
        np.concatenate([b.source for b in batches]),
        np.concatenate([b.seq for b in batches]),
    )
