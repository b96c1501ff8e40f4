"""The load of one enterprise: the sum of its load meters, per window, per period and per hour of the day."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.screening.calendar import Calendar
from analytics.screening.energy import Energy
from analytics.screening.lattice import BoolArray
from analytics.screening.tally import Tally
from core.readings import FloatArray, IntArray

UNSEEN = (float("nan"),) * 24


@dataclass(frozen=True, slots=True, eq=False)
class Load:
    """An enterprise's load over the windows of its calendar.

    kwh, hours  float64 (W,)  energy, and covered time as the least-covered meter has it
    total_h     float64 (W,)  length of the windows
    doubt_kwh   float64 (W,)  how far the energy may lie from the true one
    """

    kwh: FloatArray
    hours: FloatArray
    total_h: FloatArray
    doubt_kwh: FloatArray

    def valid(self, *, excluded: BoolArray, min_coverage: float) -> BoolArray:
        """Dates with both windows covered well enough and not excluded, shape (D,)."""
        full = self.hours >= min_coverage * self.total_h - 1e-9
        full &= self.hours > 0
        valid: BoolArray = full[0::2] & full[1::2] & ~excluded
        return valid

    def mean_kw(self, valid: BoolArray) -> tuple[float, float]:
        """Mean load of the valid nights and of the valid days; NaN where there are none."""
        if not valid.any():
            return float("nan"), float("nan")
        kwh, hours = self.kwh.reshape(-1, 2)[valid].sum(axis=0), self.hours.reshape(-1, 2)[valid].sum(axis=0)
        day, night = kwh / hours
        return float(night), float(day)

    def day_is_zero(self, valid: BoolArray) -> bool:
        """Whether all that is seen by day may be the edges of the nights, as far as sampled power can tell.

        A meter that says 0 kW at 21:45 and 100 kW at 22:00 does not say when between them the load came.
        """
        day_kwh, doubt_kwh = self.kwh[0::2][valid].sum(), self.doubt_kwh[0::2][valid].sum()
        return bool(0 < day_kwh <= doubt_kwh * (1 + 1e-9))

    def coverage(self, excluded: BoolArray) -> float:
        """Covered share of the windows of all dates that are not excluded; 0 without such dates."""
        total = self.total_h.reshape(-1, 2)[~excluded].sum()
        covered = self.hours.reshape(-1, 2)[~excluded].sum()
        return float(covered / total) if total else 0.0


def load(energy: Energy, meters: slice | IntArray, calendar: Calendar) -> Load:
    """Add the meters up. A meter that covers more of a window than another counts for the time of the lesser."""
    kwh, hours = energy.kwh[meters], energy.hours[meters]
    least = hours.min(axis=0) if len(hours) else np.zeros_like(calendar.hours)
    share = np.divide(least, hours, out=np.zeros_like(hours), where=hours > 0)
    doubt_kwh = (energy.doubt_kwh[meters] * share).sum(axis=0)
    return Load((kwh * share).sum(axis=0), least, calendar.hours, doubt_kwh)


def source(energy: Energy, meters: slice, valid: BoolArray) -> str:
    """Where the energy of the valid dates came from, of all dates where none is valid: the core's words."""
    windows = np.repeat(valid if valid.any() else np.ones_like(valid), 2)
    used = (energy.hours[meters] > 0) & windows
    by_register = energy.by_register[meters][used]
    if not len(by_register):
        return ""
    if by_register.all():
        return "register"
    return "mixed" if by_register.any() else "power"


def profile_kw(tally: Tally, energy: Energy, meters: slice, valid: BoolArray) -> tuple[float, ...]:
    """Mean load of each local hour over the valid dates, 24 values; NaN where a meter was unseen."""
    if not valid.any():
        return UNSEEN
    both: BoolArray = np.logical_and.reduce(energy.by_register[meters].reshape(-1, len(valid), 2), axis=2)
    by_register = both[:, valid, None]

    def of_valid(hourly: NDArray[np.float32]) -> FloatArray:
        found: FloatArray = hourly[meters].reshape(-1, len(valid), 24)[:, valid].astype(np.float64)
        return found

    def chosen(register: NDArray[np.float32], power: NDArray[np.float32]) -> FloatArray:
        common = by_register.all()
        parts = of_valid(register) if common else np.where(by_register, of_valid(register), of_valid(power))
        total: FloatArray = parts.sum(axis=1)
        return total

    kwh = chosen(tally.hour_register_kwh, tally.hour_power_kwh)
    hours = chosen(tally.hour_register_h, tally.hour_power_h)
    kw = np.divide(kwh, hours, out=np.full_like(kwh, np.nan), where=hours > 0).sum(axis=0)
    return tuple(kw.tolist())
