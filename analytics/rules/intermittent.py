"""`intermittent` 时开时停: treatment is switched off and on again and again while production runs.

Within the last hour of production the stage switched at least four times, or stopped at least twice and ran for less
than 80 % of the time. A single stop, however long, is the interlock's matter; a change from duty to standby is no stop.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from analytics.plant import Plant
from analytics.rules.pair import meters_of_pairs, pair_subjects
from analytics.rules.rule import BoolArray, Rule
from analytics.states import FAR, NEVER
from analytics.stretch import Stretch
from analytics.timers import CLEAR, HOLDS, NOTHING, UNKNOWN, Timers, Verdicts, in_steps
from core.interval import HOUR_MS, to_text
from core.readings import FloatArray, IntArray
from core.registry import Registry

KEPT = 8
"""Stops remembered of each stage."""


@dataclass(frozen=True, slots=True)
class IntermittentSettings:
    """switches: how many within an hour are too many; least_share: of the time that treatment must run [D]."""

    switches: int = 4
    least_share: float = 0.8


class Intermittent(Rule):
    """Every (line, stage) of a registry that has production and treatment to compare.

    off_from, off_to  int64 (s, KEPT)  the newest stops during production, the newest last; NEVER where there is none,
                      FAR for the end of one that goes on
    """

    id: ClassVar[str] = "intermittent"
    says: ClassVar[dict[str, str]] = {
        "zh": "产污设施运行期间，治污环节频繁启停或运行时间不足八成",
        "en": "A treatment stage is switched off and on repeatedly while production runs",
    }
    Settings = IntermittentSettings
    kept: ClassVar[tuple[str, ...]] = ("off_from", "off_to")

    def __init__(self, registry: Registry, plant: Plant, settings: IntermittentSettings) -> None:
        self.registry, self.pairs, self.settings = registry, plant.pairs, settings
        self.subjects = pair_subjects(registry, plant.pairs)
        self.timers = Timers.alike(len(plant.pairs), {2: 0})
        self.off_from = np.full((len(plant.pairs), KEPT), NEVER)
        self.off_to = np.full((len(plant.pairs), KEPT), NEVER)

    def judge(self, plant: Plant) -> Verdicts:
        self._note(plant)
        picked = np.flatnonzero((self.off_from[:, -2] != NEVER) | self.timers.astir())
        if not len(picked):
            return NOTHING
        seen = self.pairs.view(plant, picked)
        switches, stops, share, first = self._last_hour(picked, seen.at, seen.producing_since)
        often = (switches >= self.settings.switches) | ((stops >= 2) & (share < self.settings.least_share))
        verdict = np.full(len(picked), UNKNOWN, dtype=np.int8)
        verdict[seen.idle | seen.producing] = CLEAR
        verdict[seen.producing & often] = HOLDS
        return in_steps(picked, verdict, first, seen.at)

    def heeds(self, stretch: Stretch) -> BoolArray:
        """Pairs whose treatment may stop while production runs, or has stopped lately."""
        safe = self.pairs.stage.any(stretch.runs_on[self.pairs.stage.flat])
        safe |= self.pairs.production.all(stretch.stands[self.pairs.production.flat])
        return meters_of_pairs(self.pairs, ~(safe & (self.off_from[:, -1] == NEVER) & ~self.timers.astir()), stretch)

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        row = np.array([subject])
        seen = self.pairs.view(plant, row)
        switches, stops, share, first = self._last_hour(row, seen.at, seen.producing_since)
        spans = zip(self.off_from[subject].tolist(), self.off_to[subject].tolist(), strict=True)
        name = self.subjects[subject].name.rpartition("/")[2]
        reason = f"{name} switched {int(switches[0])} times within an hour and ran {share[0]:.0%} of the time"
        return reason, {
            "switches": int(switches[0]),
            "stops": int(stops[0]),
            "share": round(float(share[0]), 4),
            "first_at": to_text(int(first[0])),
            "least_share": self.settings.least_share,
            "most_switches": self.settings.switches,
            "off": [[to_text(a), to_text(b) if b != FAR else None] for a, b in spans if a != NEVER],
        }

    def _note(self, plant: Plant) -> None:
        """Remember stops that began or ended, and forget those of a shift that is over."""
        glance = self.pairs.glance(plant)
        open_ = self.off_to[:, -1] == FAR
        begins = np.flatnonzero(glance.producing & glance.untreated & ~open_)
        ends = np.flatnonzero(glance.treated & open_)
        forgets = np.flatnonzero(glance.idle & (self.off_from[:, -1] != NEVER))
        if len(begins):
            since = self.pairs.stage.newest(plant.state_since)[begins]
            self.off_from[begins] = np.c_[self.off_from[begins, 1:], since]
            self.off_to[begins] = np.c_[self.off_to[begins, 1:], np.full(len(begins), FAR)]
        if len(ends):
            stage = self.pairs.stage.some(ends)
            self.off_to[ends, -1] = stage.earliest(plant.state_since, plant.state[stage.flat] == 1)
        if len(forgets):
            self.off_from[forgets] = self.off_to[forgets] = NEVER

    def _last_hour(
        self, picked: IntArray, at: IntArray, producing_since: IntArray
    ) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
        """(switches, stops, share of the time that treatment ran, start of the first stop) of the last hour."""
        off_from, off_to = self.off_from[picked], self.off_to[picked]
        begin = at - HOUR_MS
        inside = (off_from != NEVER) & (off_to > begin[:, None])
        starts = inside & (off_from >= np.maximum(begin, producing_since)[:, None])
        switches = starts.sum(axis=1) + (inside & (off_to <= at[:, None])).sum(axis=1)
        off = np.minimum(off_to, at[:, None]) - np.maximum(off_from, begin[:, None])
        lost = np.where(inside, off, 0).sum(axis=1)
        first = np.where(inside, off_from, FAR).min(axis=1)
        found: FloatArray = 1 - lost / HOUR_MS
        return switches, starts.sum(axis=1), found, np.where(first == FAR, at, first)
