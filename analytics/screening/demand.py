"""Maximum demand (最大需量): the highest mean load over a quarter of an hour, per enterprise and date."""

import numpy as np

from analytics.screening.calendar import Calendar
from analytics.screening.energy import DISAGREEMENT, DISAGREEMENT_KWH
from analytics.screening.lattice import Lattice
from analytics.screening.lattice_sums import SlotSums
from analytics.screening.segments import Segments, cut
from core.interval import HOUR_MS
from core.readings import FloatArray, IntArray

COVERED = 0.8
"""Share of a quarter that must be covered for its mean to count."""

MOST_CELLS = 4_000_000
"""Slots × meters that are held at once."""


class Demand:
    """Running maxima for E enterprises over the D dates of a calendar whose slots are quarters of hours or less.

    best_kw  float64 (E, D)  NaN where no quarter was covered. A quarter counts by the register where power does not
    contradict it, else by power; of several load meters, all must be covered. Readings further apart than a quarter
    give the mean between them, which is less than the demand.
    """

    def __init__(self, calendar: Calendar, members: list[slice]) -> None:
        self.best_kw = np.full((len(members), len(calendar.dates)), np.nan)
        self._calendar = calendar
        self._length_h = np.diff(calendar.borders) / HOUR_MS
        self._date = np.where(calendar.window >= 0, calendar.window // 2, calendar.date_hour // 24)
        self._loaded = np.array([i for i, rows in enumerate(members) if rows.stop > rows.start], dtype=np.int64)
        self._rows = np.concatenate([np.arange(m.start, m.stop) for m in members] or [np.zeros(0)]).astype(np.int64)
        sizes = np.array([m.stop - m.start for m in members], dtype=np.int64)[self._loaded]
        self._starts = np.cumsum(sizes) - sizes
        self._column = np.full(int(self._rows.max(initial=-1)) + 1, -1, dtype=np.int64)
        self._column[self._rows] = np.arange(len(self._rows))
        self._open: tuple[int, FloatArray] | None = None

    def add(self, lattice: Lattice | None, sums: SlotSums | None, segments: Segments) -> None:
        """What a batch brought: a lattice with its sums, and segments; batches come in ascending time."""
        if not len(self._calendar.borders) or not len(self._rows):
            return
        if lattice is not None and sums is not None and not len(segments.meter) and self._is_all(lattice):
            self._add_whole(lattice, sums)
        else:
            self._add_mixed(lattice, sums, segments)

    def _is_all(self, lattice: Lattice) -> bool:
        """Whether the lattice has every meter; then those of the loads are picked by row."""
        return len(lattice.meter) > int(self._rows.max()) and bool(
            (lattice.meter == np.arange(len(lattice.meter))).all()
        )

    def _add_whole(self, lattice: Lattice, sums: SlotSums) -> None:
        parts = np.empty((4, len(sums.slot), len(self._rows)))
        straight = len(self._rows) == len(lattice.meter) and bool((self._rows == lattice.meter).all())
        for part, name in zip(parts, _PARTS, strict=True):
            amount = getattr(sums, name)
            part[:] = amount if straight or amount.shape[1] == 1 else amount[:, self._rows]
        self._take(sums.slot, parts)

    def _add_mixed(self, lattice: Lattice | None, sums: SlotSums | None, segments: Segments) -> None:
        """Both roads into one room of slots × meters, a stretch of slots at a time."""
        pieces = cut(segments, self._calendar.borders)
        column = self._column_of(segments.meter)[pieces.segment]
        slots = np.unique(np.concatenate([pieces.slot, sums.slot if sums is not None else pieces.slot[:0]]))
        at_once = max(1, MOST_CELLS // len(self._rows))
        for first in range(0, len(slots), at_once):
            chosen = slots[first : first + at_once]
            parts = np.zeros((4, len(chosen), len(self._rows)))
            inside = (column >= 0) & (pieces.slot >= chosen[0]) & (pieces.slot <= chosen[-1])
            self._add_pieces(parts, chosen, segments, pieces.segment[inside], column[inside], pieces.slot[inside],
                             pieces.hours[inside], pieces.share[inside])  # fmt: skip
            if lattice is not None and sums is not None:
                self._add_sums(parts, chosen, lattice, sums)
            self._take(chosen, parts)

    def _column_of(self, meter: IntArray) -> IntArray:
        known = np.minimum(meter, len(self._column) - 1)
        return np.where(meter < len(self._column), self._column[known], -1)

    def _add_pieces(
        self,
        parts: FloatArray,
        slots: IntArray,
        segments: Segments,
        segment: IntArray,
        column: IntArray,
        slot: IntArray,
        hours: FloatArray,
        share: FloatArray,
    ) -> None:
        cell = np.searchsorted(slots, slot) * parts.shape[2] + column
        for part, kwh in ((0, segments.register_kwh[segment] * share), (2, segments.power_kwh[segment] * share)):
            known = ~np.isnan(kwh)
            for number, amount in ((part, kwh), (part + 1, hours)):
                counted = np.bincount(cell[known], amount[known], parts[number].size)
                parts[number] += counted.reshape(parts[number].shape)

    def _add_sums(self, parts: FloatArray, slots: IntArray, lattice: Lattice, sums: SlotSums) -> None:
        column = self._column_of(lattice.meter)
        own = np.flatnonzero(column >= 0)
        inside = np.flatnonzero((sums.slot >= slots[0]) & (sums.slot <= slots[-1]))
        at = np.ix_(np.searchsorted(slots, sums.slot[inside]), column[own])
        for part, name in zip(parts, _PARTS, strict=True):
            amount = getattr(sums, name)[inside]
            part[at] += amount if amount.shape[1] == 1 else amount[:, own]

    def _take(self, slots: IntArray, parts: FloatArray) -> None:
        """Judge the slots that are over; the last one stays open for the next batch."""
        if self._open is not None:
            slot, waiting = self._open
            if slot == slots[0]:
                parts[:, 0] += waiting
            else:
                self._judge(np.array([slot]), waiting[:, None])
            self._open = None
        full = parts[1, -1].min() >= self._length_h[slots[-1]] - 1e-9
        if not full:
            self._open = (int(slots[-1]), parts[:, -1].copy())
            slots, parts = slots[:-1], parts[:, :-1]
        if len(slots):
            self._judge(slots, parts)

    def close(self) -> None:
        """After the last batch."""
        if self._open is not None:
            self._judge(np.array([self._open[0]]), self._open[1][:, None])
            self._open = None

    def _judge(self, slots: IntArray, parts: FloatArray) -> None:
        kept = self._date[slots] >= 0
        if not kept.all():
            slots, parts = slots[kept], parts[:, kept]
        if not len(slots):
            return
        kw = _mean_kw(parts, self._length_h[slots][:, None])
        if len(self._starts) < kw.shape[1]:
            kw = np.add.reduceat(kw, self._starts, axis=1)
        date = self._date[slots]
        begins = np.flatnonzero(np.diff(date, prepend=-1))
        highest = np.fmax.reduceat(kw, begins, axis=0)
        for row, number in zip(highest, date[begins].tolist(), strict=True):
            best = self.best_kw[self._loaded, number]
            self.best_kw[self._loaded, number] = np.fmax(best, row)


_PARTS = ("register_kwh", "register_h", "power_kwh", "power_h")


def _mean_kw(parts: FloatArray, length_h: FloatArray) -> FloatArray:
    """Mean power of each slot and meter; NaN where it is not known."""
    register, register_h, power, power_h = parts
    enough = COVERED * length_h - 1e-9
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = np.abs(register - power)
        allowed = np.maximum(DISAGREEMENT * np.maximum(register, power), DISAGREEMENT_KWH)
        sound = (register_h >= enough) & (register >= 0) & ((apart <= allowed) | (power_h < enough))
        by_power = np.where(power_h >= enough, power / power_h, np.nan)
        kw: FloatArray = np.where(sound, register / register_h, by_power)
    return kw
