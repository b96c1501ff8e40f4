"""Running sums per meter and window, and per meter, date and local hour: all that is kept of the readings."""

import numpy as np

from analytics.screening.calendar import Calendar
from analytics.screening.segments import Segments, cut
from core.readings import FloatArray, IntArray

NOISE_KWH = 1e-6
"""A register step below minus this runs backwards; less is rounding of the ratio applied to it."""


class Tally:
    """Sums for M meters over the W windows and 24 × D hours of a calendar. Memory: M × D × about 0.6 KB.

    Of shape (M, W):
    covered_h            hours that covered segments fill
    register_h, power_h  the part of them with a register, with a power, at both ends
    register_kwh, power_kwh        energy over that part
    both_register_kwh, both_power_kwh, both_doubt_kwh  energies, and power's doubt, over segments that have both
    power_doubt_kwh      how far the energy by power may lie from the true one
    backwards            steps of the register below zero
    top_kw, top_h        steepest register step that no power confirms: mean power and hours in the window
    Of shape (M, 24 D), single precision: hour_register_kwh, hour_register_h, hour_power_kwh, hour_power_h.
    """

    def __init__(self, calendar: Calendar, meters: int) -> None:
        windows, hours = (meters, len(calendar.start)), (meters, 24 * len(calendar.dates))
        self._calendar = calendar
        self.covered_h = np.zeros(windows)
        self.register_h = np.zeros(windows)
        self.power_h = np.zeros(windows)
        self.register_kwh = np.zeros(windows)
        self.power_kwh = np.zeros(windows)
        self.both_register_kwh = np.zeros(windows)
        self.both_power_kwh = np.zeros(windows)
        self.both_doubt_kwh = np.zeros(windows)
        self.power_doubt_kwh = np.zeros(windows)
        self.backwards = np.zeros(windows)
        self.top_kw = np.zeros(windows)
        self.top_h = np.zeros(windows)
        self.hour_register_kwh = np.zeros(hours, dtype=np.float32)
        self.hour_register_h = np.zeros(hours, dtype=np.float32)
        self.hour_power_kwh = np.zeros(hours, dtype=np.float32)
        self.hour_power_h = np.zeros(hours, dtype=np.float32)

    def add(self, segments: Segments) -> None:
        """Count segments; `segments.meter` are rows of the tally."""
        if not len(self._calendar.borders) or not len(segments.meter):
            return
        pieces = cut(segments, self._calendar.borders)
        register = segments.register_kwh[pieces.segment] * pieces.share
        power = segments.power_kwh[pieces.segment] * pieces.share
        meter = segments.meter[pieces.segment]
        window, hour = self._calendar.window[pieces.slot], self._calendar.date_hour[pieces.slot]
        cells = _Cells(meter, window)
        self._add_windows(cells, register=register, power=power, hours=pieces.hours)
        doubt = segments.doubt_kwh[pieces.segment] * pieces.share
        cells.add(self.both_doubt_kwh, np.where(np.isnan(register) | np.isnan(power), 0, doubt))
        cells.add(self.power_doubt_kwh, np.where(np.isnan(power), 0, doubt))
        self._add_hours(_Cells(meter, hour), register=register, power=power, hours=pieces.hours)

    def _add_windows(self, cells: "_Cells", *, register: FloatArray, power: FloatArray, hours: FloatArray) -> None:
        has_register, has_power = ~np.isnan(register), ~np.isnan(power)
        both = has_register & has_power
        cells.add(self.covered_h, hours)
        cells.add(self.register_h, np.where(has_register, hours, 0))
        cells.add(self.power_h, np.where(has_power, hours, 0))
        cells.add(self.register_kwh, np.where(has_register, register, 0))
        cells.add(self.power_kwh, np.where(has_power, power, 0))
        cells.add(self.both_register_kwh, np.where(both, register, 0))
        cells.add(self.both_power_kwh, np.where(both, power, 0))
        cells.add(self.backwards, (register < -NOISE_KWH).astype(np.float64))
        alone = has_register & ~has_power & (cells.column >= 0)
        if alone.any():
            self._add_top(cells.meter[alone], cells.column[alone], register[alone], hours[alone])

    def _add_top(self, meter: IntArray, window: IntArray, register: FloatArray, hours: FloatArray) -> None:
        cell = meter * self.top_kw.shape[1] + window
        kw, top_kw, top_h = register / hours, self.top_kw.reshape(-1), self.top_h.reshape(-1)
        np.maximum.at(top_kw, cell, kw)
        steepest = (kw == top_kw[cell]) & (kw > 0)
        top_h[cell[steepest]] = hours[steepest]

    def _add_hours(self, cells: "_Cells", *, register: FloatArray, power: FloatArray, hours: FloatArray) -> None:
        has_register, has_power = ~np.isnan(register), ~np.isnan(power)
        cells.add(self.hour_register_kwh, np.where(has_register, register, 0))
        cells.add(self.hour_register_h, np.where(has_register, hours, 0))
        cells.add(self.hour_power_kwh, np.where(has_power, power, 0))
        cells.add(self.hour_power_h, np.where(has_power, hours, 0))


class _Cells:
    """Where pieces are counted: row `meter`, `column` (-1 is nowhere).

    Only the columns in use are touched, so that a batch of one day costs the same in a month as in a year.
    """

    def __init__(self, meter: IntArray, column: IntArray) -> None:
        self.meter, self.column = meter, column
        self._kept = None if len(column) and column.min() >= 0 else np.flatnonzero(column >= 0)
        used = column if self._kept is None else column[self._kept]
        rows = meter if self._kept is None else meter[self._kept]
        self._first, self._last = (int(used.min()), int(used.max()) + 1) if len(used) else (0, 0)
        self._index = rows * (self._last - self._first) + used - self._first

    def add(self, sums: np.ndarray[tuple[int, ...], np.dtype[np.floating]], amount: FloatArray) -> None:
        width = self._last - self._first
        weights = amount if self._kept is None else amount[self._kept]
        counted = np.bincount(self._index, weights, len(sums) * width)
        sums[:, self._first : self._last] += counted.reshape(len(sums), width)
