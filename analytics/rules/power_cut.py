"""`power-cut` 停电: all meters of an enterprise vanish at once.

It is proven when no quick meter has come for three of its intervals and at least five minutes, and dated back to the
last reading. What else is missing of the enterprise is not judged until something is heard of it again. A gateway
that fails looks the same; what it sends later shows that there was no cut, and history is judged anew.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from analytics.plant import Plant
from analytics.rules.reception import Reception
from analytics.rules.rule import Rule, Subject
from analytics.states import NEVER
from analytics.stretch import Stretch
from analytics.timers import CLEAR, HOLDS, NOTHING, Timers, Verdicts, in_steps
from core.filing import Announced
from core.interval import to_text
from core.readings import IntArray, Readings
from core.registry import Registry

BoolArray = NDArray[np.bool_]

QUICK_MS = 300_000
"""Meters that report at least so often prove a cut; slower ones must only have nothing newer to say."""


@dataclass(frozen=True, slots=True)
class PowerCutSettings:
    """together_s     last readings lie so close together, each meter's own interval aside
    overdue_s      and none of the quick meters has come for so long, or three intervals where that is more
    grid_s         cuts so close together are one outage of the grid …
    grid_works     … where they are at least so many and half of the enterprises of the township or grid
    """

    together_s: int = 60
    overdue_s: int = 300
    grid_s: int = 120
    grid_works: int = 3


class PowerCut(Rule):
    """Every enterprise with two meters or more."""

    id: ClassVar[str] = "power-cut"
    says: ClassVar[dict[str, str]] = {
        "zh": "企业的全部电表在同一分钟内失去数据，判为停电",
        "en": "All meters of an enterprise vanish within a minute: its power is cut",
    }
    ticket: ClassVar[bool] = True
    by_clock: ClassVar[bool] = True
    kept: ClassVar[tuple[str, ...]] = ("heard_at", "missed_since", "missed_at", "resumed_at")
    Settings = PowerCutSettings

    def __init__(self, registry: Registry, plant: Plant, settings: PowerCutSettings) -> None:
        self.registry, self.settings = registry, settings
        self.reception = Reception(registry)
        self.together = settings.together_s * 1000 + registry.interval_ms
        self.quick = registry.interval_ms <= QUICK_MS
        self._least = least = settings.overdue_s * 1000
        self.overdue = np.where(self.quick, np.maximum(3 * registry.interval_ms, least), registry.interval_ms + least)
        self.group = np.flatnonzero(self.reception.works.sizes >= 2)
        self.subject_of_group = np.full(len(self.reception.works.sizes), -1)
        self.subject_of_group[self.group] = np.arange(len(self.group))
        self.number = self.reception.enterprise[self.group]
        self.subjects = tuple(self._subject(int(e)) for e in self.number)
        self.timers = Timers.alike(len(self.subjects), {1: 0})
        self.heard_at = np.full(len(self.subjects), NEVER)  # the first reading after the cut
        self.missed_since = np.full(len(self.subjects), NEVER)  # a cut that was over before the clock could tell
        self.missed_at = np.full(len(self.subjects), NEVER)

        self.resumed_at = np.full(len(self.subjects), NEVER)  # when we heard anybody again after we heard nobody

    def hear(self, wave: Readings, plant: Plant) -> None:
        if self.reception.deaf(plant, int(wave.ts[0])):
            self.resumed_at[:] = wave.ts[0]
        before = plant.last_ts[wave.meter]
        late = (before != NEVER) & (wave.ts - np.where(before == NEVER, wave.ts, before) > self.overdue[wave.meter])
        if self.timers.active.any():
            cut = np.zeros(len(self.subject_of_group), dtype=np.bool_)
            cut[self.group[self.timers.active]] = True
            late |= cut[self.reception.group_of_meter[wave.meter]]
        if late.any():
            groups, first = self.reception.first(wave)
            returned = np.isin(groups, self.reception.group_of_meter[wave.meter[late]])
            self._returned(plant, groups[returned], first[returned])

    def _returned(self, plant: Plant, groups: IntArray, first: IntArray) -> None:
        """Enterprises of which something comes that was overdue; cuts that no clock saw are found here."""
        at = np.full(len(self.reception.works.sizes), NEVER)
        at[groups] = first
        since, proven = self._vanished(plant)
        here = self.subject_of_group[groups]
        rows = here[here >= 0]
        active = self.timers.active[rows]
        again = rows[active & (self.heard_at[rows] == NEVER)]
        self.heard_at[again] = at[self.group[again]]
        missed = rows[~active & (proven[rows] != NEVER) & (proven[rows] < at[self.group[rows]])]
        if len(missed):
            self.missed_since[missed], self.missed_at[missed] = since[missed], proven[missed]
            self.heard_at[missed] = at[self.group[missed]]
            plant.powerless[self.number[missed]] = True

    def judge(self, plant: Plant) -> Verdicts:
        active, missed = self.timers.active.copy(), self.missed_since != NEVER
        if not (active.any() or missed.any()):
            newest = self.reception.newest(plant)
            if not (newest[newest != NEVER] < plant.clock - self._least).any():
                return NOTHING
        since, at = self._vanished(plant)
        again = active & (self.heard_at != NEVER) & (since >= self.heard_at)
        cut = (at != NEVER) & (plant.clock > at) & (~active | again) & ~missed
        if cut.any() and self.reception.deaf(plant, plant.clock):
            cut[:] = False
        since, at = np.where(missed, self.missed_since, since), np.where(missed, self.missed_at, at)
        over = active & (self.heard_at != NEVER) & ~cut
        picked = np.flatnonzero(cut | missed | over)
        plant.powerless[self.number] = (active | cut) & ~over
        if not len(picked):
            return NOTHING
        ended = np.where(self.timers.clearing_since == NEVER, self.heard_at, self.reception.newest(plant)[self.group])
        at = np.where(over, np.maximum(ended, self.timers.raised), at)
        self.heard_at[cut] = NEVER
        self.missed_since[missed] = self.missed_at[missed] = NEVER
        return in_steps(picked, np.where(over, CLEAR, HOLDS).astype(np.int8)[picked], since[picked], at[picked])

    def _vanished(self, plant: Plant) -> tuple[IntArray, IntArray]:
        """(s,) instant of the last reading, and from when on its silence is a power cut; NEVER where it is none."""
        works, newest = self.reception.works, self.reception.newest(plant)
        alive = self.reception.alive(plant, newest)
        quick = alive & self.quick[works.flat]
        last = plant.last_ts[works.flat]
        apart = quick & (newest[works.group] - np.where(quick, last, 0) > self.together[works.flat])
        proofs = _reduced(np.add, works.starts, quick.astype(np.int64))
        # A quick meter alone proves nothing: then the slow ones must be overdue as well.
        counts = np.where(proofs[works.group] >= 2, quick, alive & (proofs[works.group] == 1))
        due = _reduced(np.maximum, works.starts, np.where(counts, last + self.overdue[works.flat] * counts, NEVER))
        enough = _reduced(np.add, works.starts, counts.astype(np.int64)) >= 2
        due = np.where(enough & ~works.any(apart), due, NEVER)
        due = due[self.group]
        again = np.where(self.resumed_at == NEVER, NEVER, self.resumed_at + self._least * (self.resumed_at != NEVER))
        return newest[self.group], np.where(due == NEVER, NEVER, np.maximum(due, again))

    def heeds(self, stretch: Stretch) -> BoolArray:
        """The meters of enterprises where a meter is missing for so long that it may be a cut."""
        return self.reception.heeded(stretch, hole=self.overdue, limit=self.overdue)

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        since = int(self.timers.episode[subject])
        members = self.reception.works.of(int(self.group[subject])).tolist()
        others, peers = self._neighbours(subject, since, plant)
        grid = len(others) + 1 >= max(self.settings.grid_works, (peers + 1) / 2)
        ids = [self.registry.meters[m].id for m in members]
        reason = f"all {len(ids)} meters vanished at {to_text(since)}"
        reason += f", as did {len(others)} other enterprises nearby: a grid outage" if grid else ""
        return reason, {
            "meters": ids,
            "vanished_at": to_text(since),
            "overdue_s": int(self.overdue[members].max() // 1000),
            "grid_outage": grid,
            "also_vanished": others,
            "enterprises_nearby": peers,
        }

    def _neighbours(self, subject: int, since: int, plant: Plant) -> tuple[list[str], int]:
        """Other enterprises of the same grid or township that vanished too, and how many it has that were heard."""
        area, newest = self._area(int(self.number[subject])), self.reception.newest(plant)
        near = [
            (self.registry.enterprises[int(self.number[s])].id, int(newest[self.group[s]]))
            for s in range(len(self.subjects))
            if s != subject and self._area(int(self.number[s])) == area
        ]
        heard = [(id, last) for id, last in near if last != NEVER]
        return sorted(id for id, last in heard if abs(last - since) <= self.settings.grid_s * 1000), len(heard)

    def _area(self, number: int) -> tuple[str, str | None]:
        row = self.registry.enterprises[number]
        return row.district, row.township or row.grid

    def _subject(self, number: int) -> Subject:
        row = self.registry.enterprises[number]
        facilities = frozenset(f.id for f in self.registry.facilities_of(row.id))
        return Subject(row.id, row.id, facilities, frozenset({Announced.POWER_OFF}))


def _reduced(by: np.ufunc, starts: IntArray, members: IntArray) -> IntArray:
    found: IntArray = by.reduceat(members, starts) if len(members) else members
    return found
