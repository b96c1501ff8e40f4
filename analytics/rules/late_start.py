"""`late-start` 治污滞后启动: a required stage is not on within ten minutes of production's start.

Only a start that was seen counts: all of the line's production was known to stand before. A stage that stops later is
the interlock's matter.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from analytics.plant import Plant
from analytics.rules.pair import described, meters_of_pairs, pair_subjects
from analytics.rules.rule import BoolArray, Rule
from analytics.states import ON
from analytics.stretch import Stretch
from analytics.timers import BETWEEN, CLEAR, HOLDS, NOTHING, UNKNOWN, Timers, Verdicts, in_steps
from core.interval import to_text
from core.registry import Registry


@dataclass(frozen=True, slots=True)
class LateStartSettings:
    """within_s: by when the stage must run, seconds [D]; at least two sampling intervals of the slowest meter."""

    within_s: int = 600


class LateStart(Rule):
    """Every (line, stage) of a registry that has production and treatment to compare."""

    id: ClassVar[str] = "late-start"
    says: ClassVar[dict[str, str]] = {
        "zh": "产污设施启动后，治污环节未在规定时间内启动",
        "en": "A treatment stage does not start in time after its line's production",
    }
    Settings = LateStartSettings

    def __init__(self, registry: Registry, plant: Plant, settings: LateStartSettings) -> None:
        self.registry, self.pairs = registry, plant.pairs
        self.subjects = pair_subjects(registry, plant.pairs)
        self.timers = Timers.alike(len(plant.pairs), {1: settings.within_s * 1000})
        self.timers.on_delay = np.maximum(self.timers.on_delay, 2 * plant.pairs.slowest_ms)

    def judge(self, plant: Plant) -> Verdicts:
        glance = self.pairs.glance(plant)
        picked = np.flatnonzero((glance.producing & glance.untreated) | self.timers.astir())
        if not len(picked):
            return NOTHING
        seen = self.pairs.view(plant, picked)
        without = seen.producing & seen.untreated
        late = without & seen.started & seen.steady & (seen.untreated_since <= seen.producing_since)
        verdict = np.full(len(picked), UNKNOWN, dtype=np.int8)
        verdict[seen.treated | seen.idle] = CLEAR
        verdict[without] = BETWEEN
        verdict[late] = HOLDS
        return in_steps(picked, verdict, seen.producing_since, np.where(late, seen.proven_at, seen.at))

    def heeds(self, stretch: Stretch) -> BoolArray:
        """Like the interlock: nothing can come where the stage runs or production stands throughout."""
        safe = self.pairs.stage.any(stretch.runs_on[self.pairs.stage.flat])
        safe |= self.pairs.production.all(stretch.stands[self.pairs.production.flat])
        return meters_of_pairs(self.pairs, ~(safe & ~self.timers.astir()), stretch)

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        running = [int(f) for f in self.pairs.production.of(subject) if plant.state[f] == ON]
        began = min(int(plant.state_since[f]) for f in running)
        within_s = int(self.timers.on_delay[subject]) // 1000
        stage = self.subjects[subject].name.rpartition("/")[2]
        return f"{stage} does not run {within_s // 60} min after production started", {
            "production_since": to_text(began),
            "within_s": within_s,
            "running": [described(self.registry, plant, f) for f in running],
            "stopped": [described(self.registry, plant, int(f)) for f in self.pairs.stage.of(subject)],
        }
