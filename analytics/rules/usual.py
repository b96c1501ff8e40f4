"""What facilities normally draw while they run, by the level of production, from the hours of the last twenty days."""

import numpy as np

from analytics.energy import COVERED, HOURS
from analytics.medians import median, quantile
from analytics.members import Members
from analytics.plant import Plant
from core.readings import FloatArray
from core.registry import Registry

LEVELS = 3
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
        normal = np.stack([_median(own, made, high_kw, level) for level in range(LEVELS)], axis=1)
        enough = np.isfinite(own).sum(axis=0) >= self.least
        return np.where(enough[:, None], normal, np.nan), high_kw


def _sums(kw: FloatArray, members: Members) -> FloatArray:
    if not len(members.flat):
        return kw[:, :0]
    found: FloatArray = np.add.reduceat(kw[:, members.flat], members.starts, axis=1, dtype=np.float64)
    return found


def _median(own: FloatArray, made: FloatArray, high_kw: FloatArray, level: int) -> FloatArray:
    bounds = (0.0, 0.5, 0.8, np.inf)
    with np.errstate(invalid="ignore", divide="ignore"):  # of a line that never ran nothing is known
        share = made / high_kw
    among = (share >= bounds[level]) & (share < bounds[level + 1]) & np.isfinite(own)
    found = median(np.where(among, own, np.nan))
    return np.where(among.sum(axis=0) >= OF_LEVEL, found, np.nan)
