"""Running sums per meter and window, and per meter, date and local hour: all that is kept of the readings."""

import numpy as np
from numpy.typing import NDArray

from analytics.screening.calendar import Calendar
from analytics.screening.lattice import Lattice
from analytics.screening.lattice_sums import NOISE_KWH, SlotSums, slot_sums
from analytics.screening.segments import Segments, cut
from core.readings import FloatArray, IntArray

_SUMMED = (
    "covered_h",
    "register_h",
    "power_h",
    "register_kwh",
    "power_kwh",
    "both_register_kwh",
    "both_power_kwh",
    "both_doubt_kwh",
    "power_doubt_kwh",
    "backwards",
)
_BY_WINDOW = (*_SUMMED, "top_kw", "top_h")
_HOURLY = {
    "hour_register_kwh": "register_kwh",
    "hour_register_h": "register_h",
    "hour_power_kwh": "power_kwh",
    "hour_power_h": "power_h",
}
_BY_HOUR = tuple(_HOURLY)


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
        windows, hours = (len(calendar.start), meters), (24 * len(calendar.dates), meters)
        self._calendar = calendar
        # Window by window in memory: what arrives together lies together.
        for name in _BY_WINDOW:
            setattr(self, name, np.zeros(windows).T)
        for name in _BY_HOUR:
            setattr(self, name, np.zeros(hours, dtype=np.float32).T)

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
    top_kw: FloatArray
    top_h: FloatArray
    hour_register_kwh: NDArray[np.float32]
    hour_register_h: NDArray[np.float32]
    hour_power_kwh: NDArray[np.float32]
    hour_power_h: NDArray[np.float32]

    def add_lattice(self, of: Lattice) -> SlotSums | None:
        """Count a lattice; `of.meter` are rows of the tally. Returns its sums by slot, for others to use."""
        if not len(self._calendar.borders) or not len(of.meter):
            return None
        sums = slot_sums(of, self._calendar.borders)
        if sums is None:
            return None
        window, hour = self._calendar.window[sums.slot], self._calendar.date_hour[sums.slot]
        whole = len(of.meter) == len(self.covered_h)
        rows = slice(None) if whole else of.meter
        for begin, end in _runs(window):
            for name in _SUMMED:
                getattr(self, name).T[window[begin], rows] += getattr(sums, name)[begin:end].sum(axis=0)
        for begin, end in _runs(hour):
            for name, source in _HOURLY.items():
                getattr(self, name).T[hour[begin], rows] += getattr(sums, source)[begin:end].sum(axis=0)
        if sums.alone is not None:
            number, column, kwh, hours = sums.alone
            kept = window[number] >= 0
            self._add_top(of.meter[column[kept]], window[number[kept]], kwh[kept], hours[kept])
        return sums

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
        kw = register / hours
        np.maximum.at(self.top_kw, (meter, window), kw)
        steepest = (kw == self.top_kw[meter, window]) & (kw > 0)
        self.top_h[meter[steepest], window[steepest]] = hours[steepest]

    def _add_hours(self, cells: "_Cells", *, register: FloatArray, power: FloatArray, hours: FloatArray) -> None:
        has_register, has_power = ~np.isnan(register), ~np.isnan(power)
        cells.add(self.hour_register_kwh, np.where(has_register, register, 0))
        cells.add(self.hour_register_h, np.where(has_register, hours, 0))
        cells.add(self.hour_power_kwh, np.where(has_power, power, 0))
        cells.add(self.hour_power_h, np.where(has_power, hours, 0))


def _runs(column: IntArray) -> list[tuple[int, int]]:
    """[begin, end) of neighbouring slots that are counted in the same column; those that are in none are left out."""
    begins = np.flatnonzero(np.diff(column, prepend=-2))
    ends = [*begins[1:].tolist(), len(column)]
    return [(begin, end) for begin, end in zip(begins.tolist(), ends, strict=True) if column[begin] >= 0]


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
