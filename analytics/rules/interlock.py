"""`interlock` 产污开治污停: production runs while a treatment stage that must run with it does not.

An alarm is about one stage of one line (analytics/pairs.py).

States are proven minutes after they begin and dated back. While one is about to change (treatment above its
on-threshold, production below its off-threshold) nothing is raised: the proof may date the end before the delay's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from analytics.pairs import listed
from analytics.plant import Plant
from analytics.rules.pair import described, meters_of_pairs, pair_subjects, unjudged_lines
from analytics.rules.rule import Rule
from analytics.states import ON
from analytics.stretch import Stretch
from analytics.timers import BETWEEN, CLEAR, HOLDS, NOTHING, UNKNOWN, Timers, Verdicts, in_steps
from core.readings import IntArray
from core.records import Unjudged
from core.registry import Registry


@dataclass(frozen=True, slots=True)
class InterlockSettings:
    """On-delays of the severities in seconds [D]; at least two sampling intervals of the slowest meter."""

    prewarning_s: int = 300
    alarm_s: int = 900
    critical_s: int = 3600


STEPS = 3


class Interlock(Rule):
    """Every (line, stage) of a registry that has production and treatment to compare."""

    id: ClassVar[str] = "interlock"
    says: ClassVar[dict[str, str]] = {
        "zh": "产污设施运行时，同一线组的治污环节没有任何设施运行",
        "en": "Production of a line runs while none of the facilities of a treatment stage does",
    }
    Settings = InterlockSettings

    def __init__(self, registry: Registry, plant: Plant, settings: InterlockSettings) -> None:
        self.registry = registry
        self.pairs = pairs = plant.pairs
        self.subjects = pair_subjects(registry, pairs)
        delays_ms = {1: settings.prewarning_s * 1000, 2: settings.alarm_s * 1000, 3: settings.critical_s * 1000}
        self.timers = Timers.alike(len(pairs), delays_ms)
        self.timers.on_delay = np.maximum(self.timers.on_delay, np.repeat(2 * pairs.slowest_ms, STEPS))

    def judge(self, plant: Plant) -> Verdicts:
        """Subjects that can't be in alarm, and are not on the way into or out of one, are left out."""
        glance = self.pairs.glance(plant)
        astir = self.timers.astir().reshape(-1, STEPS).any(axis=1)
        picked = np.flatnonzero((glance.producing & glance.untreated) | astir)
        if not len(picked):
            return NOTHING
        return in_steps(picked, *self._judged(plant, picked), steps=STEPS)

    def heeds(self, stretch: Stretch) -> NDArray[np.bool_]:
        """The meters of subjects in or near an alarm, and of those that may come near one.

        None can where some facility of the stage runs in every wave, or all of production stands in every wave.
        """
        safe = self.pairs.stage.any(stretch.runs_on[self.pairs.stage.flat])
        safe |= self.pairs.production.all(stretch.stands[self.pairs.production.flat])
        safe &= ~self.timers.astir().reshape(-1, STEPS).any(axis=1)
        return meters_of_pairs(self.pairs, ~safe, stretch)

    def _judged(self, plant: Plant, picked: IntArray) -> tuple[NDArray[np.int8], IntArray, IntArray]:
        """Verdict, since when it holds, and the instant judged, of each subject picked."""
        seen = self.pairs.view(plant, picked)
        verdict = np.full(len(picked), UNKNOWN, dtype=np.int8)
        verdict[seen.treated | seen.idle] = CLEAR
        verdict[seen.producing & seen.untreated] = BETWEEN
        verdict[seen.producing & seen.untreated & seen.steady] = HOLDS
        at = np.where(verdict == HOLDS, seen.proven_at, seen.at)
        return verdict, np.maximum(seen.producing_since, seen.untreated_since), at

    def unjudged(self, plant: Plant) -> Iterator[Unjudged]:
        return unjudged_lines(self.id, self.registry, plant)

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        running = [int(f) for f in self.pairs.production.of(subject) if plant.state[f] == ON]
        stopped = [int(f) for f in self.pairs.stage.of(subject)]
        names = self.registry.facilities
        reason = (
            f"production runs ({listed(names[f].name or names[f].id for f in running)})"
            f" while treatment does not ({listed(names[f].name or names[f].id for f in stopped)})"
        )
        return reason, {
            "running": [described(self.registry, plant, f) for f in running],
            "stopped": [described(self.registry, plant, f) for f in stopped],
            "delays_s": self._delays_s(subject),
        }

    def _delays_s(self, subject: int) -> dict[int, int]:
        rows = self.timers.subject == subject
        delays = (self.timers.on_delay[rows] // 1000).tolist()
        return dict(zip(self.timers.severity[rows].tolist(), delays, strict=True))
