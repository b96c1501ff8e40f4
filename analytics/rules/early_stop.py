"""`early-stop` 治污提前关闭: a required stage goes off before production has been off for its lag.

Both stops must have been seen. A stage that stopped a quarter of an hour or more before production is the interlock's
alarm, not this. The condition is of a moment: it stands for a quarter of an hour after the later of the two stops, or
until the stage or production runs again.
"""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from analytics.members import Members
from analytics.plant import Plant
from analytics.rules.pair import described, meters_of_pairs, pair_subjects
from analytics.rules.rule import BoolArray, Rule
from analytics.states import ON
from analytics.stretch import Stretch
from analytics.timers import CLEAR, HOLDS, NOTHING, UNKNOWN, Timers, Verdicts, in_steps
from core.interval import to_text
from core.readings import IntArray
from core.registry import Registry

STANDS_MS = 900_000
"""How long the condition counts as standing, and how much earlier than production a stage's stop is this rule's."""

VOC = re.compile(r"VOC|有机|RTO|RCO|活性炭|催化", re.IGNORECASE)
"""Stages whose beds and ducts must be purged for longer."""


@dataclass(frozen=True, slots=True)
class EarlyStopSettings:
    """How long a stage must run on after production, seconds [D]; `voc_lag_s` for stages that treat VOC."""

    lag_s: int = 600
    voc_lag_s: int = 1800


class EarlyStop(Rule):
    """Every (line, stage) of a registry that has production and treatment to compare."""

    id: ClassVar[str] = "early-stop"
    says: ClassVar[dict[str, str]] = {
        "zh": "产污设施停止后，治污环节未按要求延时运行即关闭",
        "en": "A treatment stage stops before its time after its line's production has run out",
    }
    Settings = EarlyStopSettings

    def __init__(self, registry: Registry, plant: Plant, settings: EarlyStopSettings) -> None:
        self.registry, self.pairs = registry, plant.pairs
        self.subjects = pair_subjects(registry, plant.pairs)
        lags_s = [
            settings.voc_lag_s if VOC.search(name.rpartition("/")[2]) else settings.lag_s for name in plant.pairs.names
        ]
        self.lag_ms = 1000 * np.array(lags_s, dtype=np.int64)
        self.timers = Timers.alike(len(plant.pairs), {1: 0})

    def judge(self, plant: Plant) -> Verdicts:
        glance = self.pairs.glance(plant)
        off = np.flatnonzero(glance.idle & glance.untreated)
        recent = self._at(plant, off) - self._later_stop(plant, off) <= STANDS_MS
        picked = np.union1d(off[recent], np.flatnonzero(self.timers.astir()))
        if not len(picked):
            return NOTHING
        seen = self.pairs.view(plant, picked)
        stopped, idle_since = seen.untreated_since, seen.idle_since
        # A stop is known to one sampling interval only.
        due = idle_since + self.lag_ms[picked] - self.pairs.slowest_ms[picked]
        early = seen.idle & seen.untreated & (stopped < due) & (stopped > idle_since - STANDS_MS)
        early &= self._ran_before(plant, self.pairs.production, picked, idle_since)
        early &= self._ran_before(plant, self.pairs.stage, picked, stopped)
        early &= seen.at - np.maximum(stopped, idle_since) <= STANDS_MS
        verdict = np.full(len(picked), UNKNOWN, dtype=np.int8)
        verdict[seen.idle | seen.producing | seen.treated] = CLEAR
        verdict[early] = HOLDS
        return in_steps(picked, verdict, stopped, seen.at)

    def heeds(self, stretch: Stretch) -> BoolArray:
        """Pairs of which some facility may stop in this batch or has lately; what stands for long can't stop."""
        runs = self.pairs.stage.any(stretch.runs_on[self.pairs.stage.flat])
        makes = self.pairs.production.any(stretch.runs_on[self.pairs.production.flat])
        glance = self.pairs.glance(stretch.plant)
        rests = (
            glance.idle
            & glance.untreated
            & self.pairs.production.all(stretch.stands[self.pairs.production.flat])
            & self.pairs.stage.all(stretch.stands[self.pairs.stage.flat])
        )
        everything = np.arange(len(self.pairs))
        rests &= self._at(stretch.plant, everything) - self._later_stop(stretch.plant, everything) > STANDS_MS
        return meters_of_pairs(self.pairs, ~((runs | makes | rests) & ~self.timers.astir()), stretch)

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        made, stage = self.pairs.production.of(subject), self.pairs.stage.of(subject)
        idle_since, stopped = int(plant.state_since[made].max()), int(plant.state_since[stage].max())
        lag_s, ran_s = int(self.lag_ms[subject]) // 1000, (stopped - idle_since) // 1000
        how = f"{ran_s // 60} min after" if ran_s >= 0 else f"{-ran_s // 60} min before"
        name = self.subjects[subject].name.rpartition("/")[2]
        return f"{name} stopped {how} production; it must run on for {lag_s // 60} min", {
            "production_stopped_at": to_text(idle_since),
            "treatment_stopped_at": to_text(stopped),
            "lag_s": lag_s,
            "ran_on_s": ran_s,
            "stopped": [described(self.registry, plant, int(f)) for f in stage],
        }

    def _at(self, plant: Plant, picked: IntArray) -> IntArray:
        latest = np.maximum(self.pairs.production.latest(plant), self.pairs.stage.latest(plant))
        found: IntArray = latest[picked]
        return found

    def _later_stop(self, plant: Plant, picked: IntArray) -> IntArray:
        since = plant.state_since
        found: IntArray = np.maximum(self.pairs.production.newest(since), self.pairs.stage.newest(since))[picked]
        return found

    def _ran_before(self, plant: Plant, members: Members, picked: IntArray, since: IntArray) -> BoolArray:
        """Whether the facility that stopped last was known to run until then."""
        some = members.some(picked)
        last = plant.state_since[some.flat] == since[some.group]
        return some.any(last & (plant.state_before[some.flat] == ON))
