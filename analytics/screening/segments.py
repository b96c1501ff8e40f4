"""Segments: what lies between two consecutive readings of one meter."""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from analytics.screening.lattice import BoolArray, Lattice, lattice, loose_ends
from core.interval import HOUR_MS, MINUTE_MS
from core.readings import FloatArray, IntArray, Quality, Readings

SHORTEST_GAP_MS = 15 * MINUTE_MS
"""Gaps up to this are covered however short the meter's interval is."""

_JUMP = int(Quality.REGISTER_JUMP)

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """n covered segments, ordered by (meter, start).

    meter         int64 (n,)  position among the watched meters
    start, end    int64 (n,)  ms UTC
    register_kwh  float64 (n,)  register difference; NaN where an end has no register, or the register jumped
    power_kwh     float64 (n,)  mean of the two powers × hours; NaN where an end has no power
    doubt_kwh     float64 (n,)  how far the true energy may lie from that, with power between the two all the time
    """

    meter: IntArray
    start: IntArray
    end: IntArray
    register_kwh: FloatArray
    power_kwh: FloatArray
    doubt_kwh: FloatArray

    def of_meters(self, first: int, end: int) -> "Segments":
        """The segments of meters first … end - 1, numbered from 0."""
        rows = slice(*np.searchsorted(self.meter, (first, end)).tolist())
        own = self.take(rows)
        return replace(own, meter=own.meter - first)

    def by_meter(self) -> "Segments":
        """The same segments, ordered by (meter, start)."""
        return self.take(np.lexsort((self.start, self.meter)))

    def take(self, rows: BoolArray | IntArray | slice) -> "Segments":
        """The same columns for some rows (mask, indices or slice)."""
        return Segments(
            self.meter[rows],
            self.start[rows],
            self.end[rows],
            self.register_kwh[rows],
            self.power_kwh[rows],
            self.doubt_kwh[rows],
        )


_NO, _NONE = np.zeros(0, dtype=np.int64), np.zeros(0)
NO_SEGMENTS = Segments(_NO, _NO, _NO, _NONE, _NONE, _NONE)


def longest_gap(interval_ms: IntArray) -> IntArray:
    """The longest gap between readings that still counts as covered, in ms, per meter."""
    return np.maximum(3 * interval_ms, SHORTEST_GAP_MS)


class LastReadings:
    """Carries the last reading of each watched meter from batch to batch.

    `watched` are numbers of meters in the registry; positions in it name meters in `Segments`.
    """

    def __init__(self, watched: IntArray, interval_ms: IntArray) -> None:
        self._position = np.full(len(interval_ms), -1, dtype=np.int64)
        self._position[watched] = np.arange(len(watched))
        self._gap = longest_gap(interval_ms[watched])
        self._ts = np.full(len(watched), np.iinfo(np.int64).min // 2, dtype=np.int64)
        self._p = np.full(len(watched), np.nan)
        self._ep = np.full(len(watched), np.nan)

    @property
    def shortest_gap(self) -> int:
        """A gap up to this is covered whatever the meter, in ms."""
        return int(self._gap.min())

    def taken(self, batch: Readings, *, fast: bool = True) -> tuple[Lattice | None, Segments]:
        """What the batch adds: the lattice in which its readings lie, and segments of what it leaves out.

        Batches must come in ascending time. A lattice leaves out segments over more than one row of it, and a batch
        in which a register jumped, or whose rows lie further apart than a meter may be unseen, is none.
        """
        if fast and not batch.has(_JUMP).any():
            found = lattice(batch.sound(), self._position, (self._ts, self._p, self._ep))
            if found is not None and int(np.diff(found.at).max(initial=0)) <= self.shortest_gap:
                return found, self._loose(found)
        return None, self.segments(batch)

    def _loose(self, found: Lattice) -> Segments:
        if found.whole and found.carried:
            self._ts[found.meter], self._p[found.meter], self._ep[found.meter] = found.at[-1], found.p[-1], found.ep[-1]
            return NO_SEGMENTS
        loose = loose_ends(found, (self._ts, self._p, self._ep))
        end, p, ep = found.at[loose.row], found.p[loose.row, loose.column], found.ep[loose.row, loose.column]
        meter, gap = found.meter[loose.column], end - loose.at
        half_h = gap / (2 * HOUR_MS)
        segments = Segments(
            meter, loose.at, end, ep - loose.ep, (p + loose.p) * half_h, np.abs(p - loose.p) * half_h
        ).take((gap > 0) & (gap <= self._gap[meter]))
        present = found.present
        seen = present.any(axis=0)
        last, column = len(present) - 1 - present[::-1].argmax(axis=0)[seen], np.flatnonzero(seen)
        at = found.meter[column]
        self._ts[at], self._p[at], self._ep[at] = found.at[last], found.p[last, column], found.ep[last, column]
        return segments.by_meter()

    def segments(self, batch: Readings) -> Segments:
        """The covered segments that end in this batch; batches must come in ascending time."""
        sound = batch.sound()
        rows, meter = self._by_meter(sound)
        # What the enterprise draws, as the import register counts it: power given back to the grid is zero.
        ts, p, ep = sound.ts[rows], np.maximum(sound.p[rows], 0), sound.ep[rows]
        first = np.ones(len(meter), dtype=np.bool_)
        first[1:] = meter[1:] != meter[:-1]
        start = _shift(ts, first, self._ts[meter])
        p_before, ep_before = _shift(p, first, self._p[meter]), _shift(ep, first, self._ep[meter])
        self._keep(meter, ts, p, ep)
        gap = ts - start
        half_h = gap / (2 * HOUR_MS)
        covered = (gap > 0) & (gap <= self._gap[meter])
        register = ep - ep_before
        if batch.quality.any():
            register[batch.has(_JUMP)[rows]] = np.nan
        found = Segments(meter, start, ts, register, (p + p_before) * half_h, np.abs(p - p_before) * half_h)
        return found.take(covered)

    def _by_meter(self, batch: Readings) -> tuple[IntArray, IntArray]:
        """Rows of watched meters with a power or a register, sorted by (meter, ts), and the meters' positions."""
        meter = self._position[batch.meter]
        rows = np.flatnonzero((meter >= 0) & ~(np.isnan(batch.p) & np.isnan(batch.ep)))
        meter = meter[rows]
        # numpy sorts 16-bit integers by radix: several times faster than the merge sort of wider ones.
        key = meter.astype(np.uint16) if len(self._ts) <= 0x10000 else meter
        order = np.argsort(key, kind="stable")
        return rows[order], meter[order]

    def _keep(self, meter: IntArray, ts: IntArray, p: FloatArray, ep: FloatArray) -> None:
        last = np.ones(len(meter), dtype=np.bool_)
        last[:-1] = meter[1:] != meter[:-1]
        at = meter[last]
        self._ts[at], self._p[at], self._ep[at] = ts[last], p[last], ep[last]


def _shift(column: NDArray[Scalar], first: BoolArray, carried: NDArray[Scalar]) -> NDArray[Scalar]:
    """Each row's predecessor: the row above, or what was carried where a meter's rows begin."""
    before = np.empty_like(column)
    before[1:] = column[:-1]
    return np.where(first, carried, before)


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Segments cut at the borders of a grid: n pieces.

    segment  int64 (n,)  row of the segment
    slot     int64 (n,)  slot of the grid
    hours    float64 (n,)  length
    share    float64 (n,)  part of its segment, 0–1
    """

    segment: IntArray
    slot: IntArray
    hours: FloatArray
    share: FloatArray


def cut(segments: Segments, borders: IntArray) -> Pieces:
    """Cut segments pro rata by time at ascending borders (ms UTC); what lies outside them is left out."""
    start, end = np.maximum(segments.start, borders[0]), np.minimum(segments.end, borders[-1])
    first = np.searchsorted(borders, start, side="right") - 1
    count = np.where(start < end, np.searchsorted(borders, end, side="left") - first, 0)
    segment = np.repeat(np.arange(len(start)), count)
    begun = np.cumsum(count) - count
    slot = first[segment] + np.arange(len(segment)) - begun[segment]
    length = np.minimum(end[segment], borders[slot + 1]) - np.maximum(start[segment], borders[slot])
    whole = (segments.end - segments.start)[segment]
    return Pieces(segment, slot, length / HOUR_MS, length / whole)
