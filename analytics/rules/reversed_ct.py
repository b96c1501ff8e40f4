"""`reversed-ct` 互感器反接: a production or treatment meter shows power flowing backwards; nothing is judged by it.

Beyond domain.md's list: a reversed CT makes a facility that runs look as if it stood, and so a violation of nobody's.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from analytics.plant import Plant
from analytics.rules.rule import BoolArray, Rule, Subject
from analytics.states import NEVER
from analytics.stretch import Stretch
from analytics.timers import CLEAR, HOLDS, NOTHING, Timers, Verdicts, in_steps
from core.filing import Announced
from core.readings import P
from core.registry import Registry


@dataclass(frozen=True, slots=True)
class ReversedCtSettings:
    """on_delay_s: how long power must flow backwards, seconds [D]."""

    on_delay_s: int = 600


class ReversedCt(Rule):
    """Every metered facility that can't export."""

    id: ClassVar[str] = "reversed-ct"
    says: ClassVar[dict[str, str]] = {
        "zh": "产污或治污设施的电表功率持续为负，互感器可能反接",
        "en": "The meter of a production or treatment facility shows power flowing backwards",
    }
    Settings = ReversedCtSettings
    ticket: ClassVar[bool] = True

    def __init__(self, registry: Registry, plant: Plant, settings: ReversedCtSettings) -> None:
        watched = np.flatnonzero(np.isfinite(plant.least_kw[plant.facility_of_meter]))
        self.meter, self.facility = watched, plant.facility_of_meter[watched]
        self.subjects = tuple(_subject(registry, m) for m in watched.tolist())
        self.timers = Timers.alike(len(self.subjects), {1: settings.on_delay_s * 1000})

    def judge(self, plant: Plant) -> Verdicts:
        backwards = plant.reversed_since[self.facility] != NEVER
        picked = np.flatnonzero(backwards | self.timers.astir())
        if not len(picked):
            return NOTHING
        facility = self.facility[picked]
        verdict = np.where(backwards[picked], HOLDS, CLEAR).astype(np.int8)
        return in_steps(picked, verdict, plant.reversed_since[facility], plant.facility_ts[facility])

    def heeds(self, stretch: Stretch) -> BoolArray:
        """Meters of the facilities that run backwards here or did before."""
        plant = stretch.plant
        low, _ = stretch.extremes(P)
        found: BoolArray = (low < plant.least_kw[plant.facility_of_meter]) | (
            plant.reversed_since[plant.facility_of_meter] != NEVER
        )
        found[self.meter[self.timers.astir()]] = True
        return found

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        meter, facility = int(self.meter[subject]), int(self.facility[subject])
        power = float(plant.last_values[meter, P])
        return f"power of {self.subjects[subject].name} flows backwards: {power:.4g} kW", {
            "meter": self.subjects[subject].name,
            "power_kw": power,
            "on_kw": float(plant.on_kw[facility]),
            "on_delay_s": int(self.timers.on_delay[subject]) // 1000,
        }


def _subject(registry: Registry, meter: int) -> Subject:
    row = registry.meters[meter]
    facility = registry.facility(row.facility)
    return Subject(row.id, facility.enterprise, frozenset({facility.id}), frozenset({Announced.METER_OFF}))
