"""The fast road of the screening: a batch whose meters report at the same instants, as a matrix.

A city's meters mostly sample on one clock. Their readings are then a lattice of instants × meters, the segment
before a row is as long for every meter, and it is one slot's or is cut once for all. What does not fit (a reading
whose predecessor is missing) is handed back as segments for the slow road, so that both give the same sums.
"""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.readings import FloatArray, IntArray, Readings

BoolArray = NDArray[np.bool_]
Scalar = TypeVar("Scalar", bound=np.generic)
Carried = tuple[IntArray, FloatArray, FloatArray]
"""Last instant, power and register of every watched meter."""

SPARSE = 2.0
"""A matrix with more than this many cells per reading is not worth it."""


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Readings of M meters at T instants.

    meter    int64 (M,)  positions among the watched meters, ascending
    at       int64 (T,)  instants in ms UTC, ascending
    p, ep    float64 (T, M)  kW, never negative, and kWh; NaN where absent
    carried  whether the first row was read in an earlier batch
    whole    whether nothing is absent
    """

    meter: IntArray
    at: IntArray
    p: FloatArray
    ep: FloatArray
    carried: bool
    whole: bool

    @property
    def present(self) -> BoolArray:
        """Where there is a reading, (T, M)."""
        found: BoolArray = ~(np.isnan(self.p) & np.isnan(self.ep))
        return found

    def of_meters(self, first: int, end: int) -> "Lattice":
        """The columns of meters first … end - 1, numbered from 0."""
        low, high = np.searchsorted(self.meter, (first, end)).tolist()
        own = slice(low, high)
        return replace(self, meter=self.meter[own] - first, p=self.p[:, own], ep=self.ep[:, own])


@dataclass(frozen=True, slots=True, eq=False)
class LooseEnds:
    """Readings without a predecessor in the row above, and the last one before them: n of each.

    row, column  int64 (n,)  where they are in the lattice
    at           int64 (n,)  instant of the reading before, far in the past where there is none
    p, ep        float64 (n,)  its values
    """

    row: IntArray
    column: IntArray
    at: IntArray
    p: FloatArray
    ep: FloatArray


def loose_ends(of: Lattice, carried: Carried) -> LooseEnds:
    """What the slow road must judge of a lattice that is not whole."""
    present = of.present
    begins = present.copy()
    begins[1:] &= ~present[:-1]
    if of.carried:
        begins[0] = False
    row, column = np.nonzero(begins)
    above = np.maximum.accumulate(np.where(present, np.arange(len(of.at))[:, None], -1), axis=0)
    before = np.where(row > 0, above[row - 1, column], -1)
    meter, inside = of.meter[column], before >= 0

    def of_before(within: NDArray[Scalar], last: NDArray[Scalar]) -> NDArray[Scalar]:
        return np.where(inside, within, last[meter])

    return LooseEnds(
        row,
        column,
        of_before(of.at[before], carried[0]),
        of_before(of.p[before, column], carried[1]),
        of_before(of.ep[before, column], carried[2]),
    )


def lattice(batch: Readings, position: IntArray, carried: Carried) -> Lattice | None:
    """The batch (sound, sorted by ts and meter) with the readings carried over as its first row; None: too sparse.

    position  int64 (meters,)  position of each meter among the watched, -1 for none
    carried   last ts, p and ep of each watched meter; only those of the commonest instant are in the row
    """
    ts = batch.ts
    if len(ts) < 2:
        return None
    new = np.empty(len(ts), dtype=np.bool_)
    new[0], new[1:] = True, ts[1:] != ts[:-1]
    at = ts[new]
    width = int(np.searchsorted(ts, ts[0], side="right"))
    if len(ts) == len(at) * width and new[::width].all() and _repeats(batch.meter, width):
        return _full(batch, at, position, carried)
    return _gappy(batch, at, np.cumsum(new), position, carried)


def _repeats(meter: IntArray, width: int) -> bool:
    return bool((meter[width:] == meter[:-width]).all())


def _full(batch: Readings, at: IntArray, position: IntArray, carried: Carried) -> Lattice | None:
    """Every meter reads at every instant."""
    width = len(batch) // len(at)
    places = position[batch.meter[:width]]
    order = np.argsort(places, kind="stable")
    order = order[places[order] >= 0]
    if not len(order):
        return None
    straight = len(order) == width and bool((order == np.arange(width)).all())
    meter = places if straight else places[order]
    found = _empty(len(at) + 1, meter)
    p, ep = batch.p.reshape(len(at), width), batch.ep.reshape(len(at), width)
    np.maximum(p if straight else p[:, order], 0, out=found[0][1:])
    found[1][1:] = ep if straight else ep[:, order]
    return _with_carried(at, meter, found, carried)


def _gappy(batch: Readings, at: IntArray, row: IntArray, position: IntArray, carried: Carried) -> Lattice | None:
    """Some readings are missing; `row` counts instants from 1."""
    place = position[batch.meter]
    rows = np.flatnonzero(place >= 0)
    seen = np.zeros(int(place.max(initial=-1)) + 1, dtype=np.bool_)
    seen[place[rows]] = True
    meter = np.flatnonzero(seen)
    if not len(rows) or len(at) * len(meter) > SPARSE * len(rows):
        return None
    column = np.cumsum(seen) - 1
    found = _empty(len(at) + 1, meter)
    cell = row[rows] * len(meter) + column[place[rows]]
    found[0].reshape(-1)[cell] = np.maximum(batch.p[rows], 0)
    found[1].reshape(-1)[cell] = batch.ep[rows]
    return _with_carried(at, meter, found, carried)


def _empty(rows: int, meter: IntArray) -> tuple[FloatArray, FloatArray]:
    return np.full((rows, len(meter)), np.nan), np.full((rows, len(meter)), np.nan)


def _with_carried(
    at: IntArray,
    meter: IntArray,
    found: tuple[FloatArray, FloatArray],
    carried: Carried,
) -> Lattice:
    p, ep = found
    last_at = carried[0][meter]
    before = int(last_at.max())
    if not 0 < before < at[0]:
        return Lattice(meter, at, p[1:], ep[1:], carried=False, whole=_is_whole(p[1:], ep[1:]))
    here = last_at == before
    p[0], ep[0] = np.where(here, carried[1][meter], np.nan), np.where(here, carried[2][meter], np.nan)
    return Lattice(meter, np.concatenate([[before], at]), p, ep, carried=True, whole=_is_whole(p, ep))


def _is_whole(p: FloatArray, ep: FloatArray) -> bool:
    """A sum is a number if all its parts are."""
    return bool(np.isfinite(p.sum()) and np.isfinite(ep.sum()))
