"""The rest of a feeder: what it takes beside all other meters, by closed quarters of an hour, and how restless it is.

Means of a quarter, not instants: a feeder reports once in a quarter of an hour, and what its other circuits drew in
that very second is not known to a few per cent. Energies are, from the feeder's own register. Loads that are metered do
not show in the rest: when one stops and its standby takes over, or another machine happens to start, the rest stays.
What can't be added up is left out: with a meter that is silent nothing is learnt and nothing is judged.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.energy import COVERED, QUARTER_MS, QUARTERS
from analytics.members import Members
from analytics.plant import Plant
from analytics.states import NEVER
from core.interval import HOUR_MS
from core.readings import FloatArray, IntArray
from core.registry import Kind, Registry

PER_HOUR = HOUR_MS / QUARTER_MS
LEVEL_SHARE = 0.5
"""By how much each quarter moves the level: it is that of the last half hour [D]."""
NOISE_SHARE = 0.1
"""And the noise: it is that of the last hours [D]."""
OUTLIER = 3.0
"""A step of more than so many times the noise is an event, and counts as so much [D]."""

FADES = 0.9
"""Per quarter: a plant that has just come to rest is measured by what it was, as it comes to rest in parts [D]."""


@dataclass(frozen=True, slots=True, eq=False)
class Quarter:
    """A quarter that is over for some enterprises: its number since 1970, and kW of each one's feeders and their rest.

    `works` are positions among those that have a feeder.
    """

    number: int
    works: IntArray
    feeder_kw: FloatArray
    rest_kw: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Of m meters, set in the row of each enterprise's first feeder; the arrays belong to the rule.

    quarter   int64    the newest quarter taken in
    quarters  int64    how many were complete
    feeder_kw float64  the most that the feeders carried of late
    level_kw  float64  of the rest
    noise_kw  float64  mean of what a quarter differs from the level before it
    """

    quarter: IntArray
    quarters: IntArray
    feeder_kw: FloatArray
    level_kw: FloatArray
    noise_kw: FloatArray

    @classmethod
    def nothing(cls, meters: int) -> "Known":
        kw = (np.zeros(meters) for _ in range(3))
        return cls(np.full(meters, NEVER), np.zeros(meters, dtype=np.int64), *kw)

    def learn(self, rows: IntArray, found: Quarter) -> None:
        """Take in a complete quarter."""
        first, step = self.quarters[rows] == 0, found.rest_kw - self.level_kw[rows]
        noise, early = self.noise_kw[rows], self.quarters[rows] < OUTLIER
        size = np.where(early, np.abs(step), np.minimum(np.abs(step), OUTLIER * np.maximum(noise, 1e-3)))
        share = np.maximum(NOISE_SHARE, 1 / np.maximum(self.quarters[rows], 1))
        self.noise_kw[rows] = np.where(first, 0.0, noise + share * (size - noise))
        self.level_kw[rows] = np.where(first, found.rest_kw, self.level_kw[rows] + LEVEL_SHARE * step)
        self.feeder_kw[rows] = np.maximum(found.feeder_kw, FADES * self.feeder_kw[rows])
        self.quarters[rows] += 1


class Rest:
    """Of every enterprise that has a feeder's meter and others.

    lead   int64 (w,)  its first feeder's meter
    works  int64 (m,)  its position among these, by meter that is no feeder's; -1 where there is no feeder
    every  int64 (w,)  ms between readings of its first feeder
    """

    def __init__(self, registry: Registry, known: Known) -> None:
        self.known = known
        feeding = np.array([registry.facilities[f].kind is Kind.FEEDER for f in registry.facility_of_meter], dtype=bool)
        groups: dict[int, list[int]] = {}
        for meter, enterprise in enumerate(registry.enterprise_of_meter.tolist()):
            groups.setdefault(enterprise, []).append(meter)
        fed = [sorted(group, key=lambda m: not feeding[m]) for group in groups.values() if feeding[group].any()]
        self.members = Members.of_groups(fed)
        self.feeds: NDArray[np.bool_] = feeding[self.members.flat]
        self.lead: IntArray = self.members.flat[self.members.starts]
        self.works = np.full(len(registry.meters), -1)
        self.works[self.members.flat] = np.where(self.feeds, -1, self.members.group)
        self.every: IntArray = registry.interval_ms[self.lead]

    def next_ms(self, works: int, at: int, plant: Plant) -> int:
        """When the feeder's first reading after `at` is due: from there on its energy is of what came after."""
        last, every = int(plant.last_ts[self.lead[works]]), int(self.every[works])
        return at + (last - at) % every

    def quarters(self, plant: Plant) -> Iterator[Quarter]:
        """Quarters that are over now and were not before, in order; each is learnt after it was looked at."""
        if not len(self.lead):
            return
        newest = np.minimum.reduceat(plant.last_ts[self.members.flat], self.members.starts)
        over = np.where(newest == NEVER, 0, newest) // QUARTER_MS - 1
        before = self.known.quarter[self.lead]
        if not (over > before).any():
            return
        last = int(over.max())
        for number in range(max(int(before[over > before].min()) + 1, last - QUARTERS + 1), last + 1):
            found = self._of(number, np.flatnonzero((before < number) & (number <= over)), plant)
            yield found
            self.known.learn(self.lead[found.works], found)
        self.known.quarter[self.lead] = np.maximum(over, before)

    def _of(self, number: int, works: IntArray, plant: Plant) -> Quarter:
        kwh, covered = plant.energy.quarters.of(number)
        flat, starts = self.members.flat, self.members.starts
        whole = np.minimum.reduceat(covered[flat], starts)[works] >= COVERED
        kw = kwh[flat] * PER_HOUR
        feeder_kw = np.add.reduceat(np.where(self.feeds, kw, 0.0), starts)
        others_kw = np.add.reduceat(np.where(self.feeds, 0.0, kw), starts)
        works = works[whole]
        return Quarter(number, works, feeder_kw[works], (feeder_kw - others_kw)[works])
