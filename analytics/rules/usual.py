"""What facilities normally draw while they run, by the level of production, from the hours of the last twenty days."""

import numpy as np

from analytics.energy import COVERED, HOURS
from analytics.medians import median, quantile
from analytics.members import Members
from analytics.plant import Plant
from core.readings import FloatArray, IntArray
from core.registry import Registry

BOUNDS = (0.0, 0.07, 0.1, 0.14, 0.2, 0.28, 0.4, 0.56, 0.8, np.inf)
"""Levels of production as shares of the load that it exceeds a tenth of the time: each 1.4 times the one before, so
that treatment which follows its production in proportion differs by less than a fifth within one."""
LEVELS = len(BOUNDS) - 1
OF_LEVEL = 6
"""Hours that a level needs for a median of its own."""


class Usual:
    """Medians for some facilities, each beside the production facilities of its line.

    least  hours of running that are needed before anything is called normal
    """

    least = 24

    def __init__(self, registry: Registry, facilities: list[int], production: list[list[int]]) -> None:
        meters: dict[int, list[int]] = {}
        for meter, facility in enumerate(registry.facility_of_meter.tolist()):
            meters.setdefault(facility, []).append(meter)
        self._own = Members.of_groups([meters[f] for f in facilities])
        self._made = Members.of_groups([[m for f in made for m in meters[f]] for made in production])
        self._facility = np.array(facilities, dtype=np.int64)

    def of(self, plant: Plant, *, until_hour: int) -> tuple[FloatArray, FloatArray]:
        """(normal kW (s, LEVELS), the line's load that is exceeded a tenth of the time (s,)); NaN where unknown.

        Only hours before `until_hour` (since 1970 UTC) that are covered count, in which the facility ran on average.
        """
        hours = plant.energy.hours
        # A batch of a day may have taken the place of the oldest day already.
        first = until_hour - HOURS + 24
        rows = np.flatnonzero((hours.number >= first) & (hours.number < until_hour))
        kw = np.where(hours.seconds[rows] >= COVERED * 3600, hours.kwh[rows], np.nan)
        own, made = _sums(kw, self._own), _sums(kw, self._made)
        own = np.where(own > plant.on_kw[self._facility], own, np.nan)
        high_kw = quantile(made, 0.9)
        normal = _filled(np.stack([_median(own, made, high_kw, level) for level in range(LEVELS)], axis=1))
        enough = np.isfinite(own).sum(axis=0) >= self.least
        return np.where(enough[:, None], normal, np.nan), high_kw


def _sums(kw: FloatArray, members: Members) -> FloatArray:
    if not len(members.flat):
        return kw[:, :0]
    found: FloatArray = np.add.reduceat(kw[:, members.flat], members.starts, axis=1, dtype=np.float64)
    return found


def level_of(load_kw: FloatArray, high_kw: FloatArray) -> IntArray:
    """Level of production of each load; the lowest where nothing is known."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num(load_kw / high_kw)
    found: IntArray = np.searchsorted(BOUNDS[1:-1], share, side="right")
    return found


def _filled(normal: FloatArray) -> FloatArray:
    """Of a level that was never seen what is normal at the level below holds: treatment does not fall with the load."""
    for level in range(1, LEVELS):
        normal[:, level] = np.where(np.isnan(normal[:, level]), normal[:, level - 1], normal[:, level])
    return normal


def _median(own: FloatArray, made: FloatArray, high_kw: FloatArray, level: int) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):  # of a line that never ran nothing is known
        share = made / high_kw
    among = (share >= BOUNDS[level]) & (share < BOUNDS[level + 1]) & np.isfinite(own)
    found = median(np.where(among, own, np.nan))
    return np.where(among.sum(axis=0) >= OF_LEVEL, found, np.nan)
