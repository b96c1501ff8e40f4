"""What a lattice adds up to in each slot of a grid."""

from dataclasses import dataclass

import numpy as np

from analytics.screening.lattice import BoolArray, Lattice
from analytics.screening.segments import Segments, cut
from core.interval import HOUR_MS
from core.readings import FloatArray, IntArray

NOISE_KWH = 1e-6
"""A register step below minus this runs backwards; less is rounding of the ratio applied to it."""


@dataclass(frozen=True, slots=True, eq=False)
class SlotSums:
    """Sums of M meters over n slots, ascending; of shape (n, M), or (n, 1) where all meters have the same.

    slot                             int64 (n,)
    covered_h, register_h, power_h   hours; the part of them with a register, with a power, at both ends
    register_kwh, power_kwh          energy over that part
    both_register_kwh, both_power_kwh, both_doubt_kwh  over pieces that have both
    power_doubt_kwh                  how far the energy by power may lie from the true one
    backwards                        steps of the register below zero
    alone                            row, column, kWh and hours of pieces with a register and no power; or None
    """

    slot: IntArray
    covered_h: FloatArray
    register_h: FloatArray
    power_h: FloatArray
    register_kwh: FloatArray
    power_kwh: FloatArray
    both_register_kwh: FloatArray
    both_power_kwh: FloatArray
    both_doubt_kwh: FloatArray
    power_doubt_kwh: FloatArray
    backwards: FloatArray
    alone: tuple[IntArray, IntArray, FloatArray, FloatArray] | None


def slot_sums(of: Lattice, borders: IntArray) -> SlotSums | None:
    """Cut the rows at the borders, once for all meters, and add them up; None: nothing lies inside the grid."""
    start, end = of.at[:-1], of.at[1:]
    none = np.zeros(len(start))
    pieces = cut(Segments(np.zeros(len(start), dtype=np.int64), start, end, none, none, none), borders)
    if not len(pieces.slot):
        return None
    begins = np.flatnonzero(np.diff(pieces.slot, prepend=-1))
    rows = _Rows(pieces.segment, pieces.share, begins, len(start))
    half_h = ((end - start) / (2 * HOUR_MS))[:, None]
    register = rows.cut(np.diff(of.ep, axis=0))
    power = rows.cut((of.p[1:] + of.p[:-1]) * half_h)
    doubt = rows.cut(np.abs(np.diff(of.p, axis=0)) * half_h)
    if of.whole:
        return _whole(pieces.slot[begins], register, power, doubt, rows.add(pieces.hours[:, None]), rows)
    present = of.present
    seen = rows.cut_mask(present[1:] & present[:-1])
    return _gappy(pieces.slot, register, power, doubt, np.where(seen, pieces.hours[:, None], 0), rows)


class _Rows:
    """How rows of a lattice become pieces, and pieces slots."""

    def __init__(self, row: IntArray, share: FloatArray, begins: IntArray, rows: int) -> None:
        self._row, self._share = row, share[:, None]
        self.begins = begins
        self._straight = len(row) == rows and bool((share == 1).all())
        self._single = len(begins) == len(row)

    def cut(self, amount: FloatArray) -> FloatArray:
        return amount if self._straight else amount[self._row] * self._share

    def cut_mask(self, mask: BoolArray) -> BoolArray:
        return mask if self._straight else mask[self._row]

    def add(self, amount: FloatArray) -> FloatArray:
        return amount if self._single else np.add.reduceat(amount, self.begins, axis=0)


def _whole(
    slot: IntArray, register: FloatArray, power: FloatArray, doubt: FloatArray, hours: FloatArray, rows: _Rows
) -> SlotSums:
    backwards = register < -NOISE_KWH
    steps = rows.add(backwards.astype(np.float64)) if backwards.any() else np.zeros((len(slot), 1))
    kwh, by_power, open_kwh = rows.add(register), rows.add(power), rows.add(doubt)
    return SlotSums(slot, hours, hours, hours, kwh, by_power, kwh, by_power, open_kwh, open_kwh, steps, None)


def _gappy(
    slot: IntArray, register: FloatArray, power: FloatArray, doubt: FloatArray, hours: FloatArray, rows: _Rows
) -> SlotSums:
    seen = hours > 0
    has_register, has_power = seen & ~np.isnan(register), seen & ~np.isnan(power)
    both = has_register & has_power

    def of(mask: BoolArray, amount: FloatArray) -> FloatArray:
        return rows.add(np.where(mask, amount, 0))

    alone = np.nonzero(has_register & ~has_power)
    number = np.searchsorted(rows.begins, alone[0], side="right") - 1
    return SlotSums(
        slot[rows.begins],
        rows.add(hours),
        of(has_register, hours),
        of(has_power, hours),
        of(has_register, register),
        of(has_power, power),
        of(both, register),
        of(both, power),
        of(both, doubt),
        of(has_power, doubt),
        of(has_register, (register < -NOISE_KWH).astype(np.float64)),
        (number, alone[1], register[alone], hours[alone]) if len(number) else None,
    )
