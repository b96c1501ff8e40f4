"""`phase` 缺相 / 失压 / 失流: a phase has lost its voltage or its current while the others carry the load.

Judged only under load: a power cut, a stop and a motor that idles look alike on every phase.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from analytics.plant import Plant
from analytics.rules.phases import QUANTITIES, Look, Phases
from analytics.rules.rule import Rule, Subject
from analytics.states import ON
from analytics.stretch import Stretch
from analytics.timers import CLEAR, HOLDS, NOTHING, UNKNOWN, Timers, Verdicts
from core.filing import Announced
from core.readings import COLUMN, IntArray, Readings
from core.registry import Registry

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PhaseSettings:
    """on_delay_s   a phase is lost for so long; two readings at least
    off_delay_s  and sound again for so long
    """

    on_delay_s: int = 60
    off_delay_s: int = 60


class Phase(Rule):
    """Every meter; those without voltages and currents are never in alarm."""

    id: ClassVar[str] = "phase"
    says: ClassVar[dict[str, str]] = {
        "zh": "有负荷时某相电压低于额定的六成，或某相电流几乎为零（缺相、失压、失流）",
        "en": "Under load one phase has lost its voltage, or its current",
    }
    ticket: ClassVar[bool] = True
    quantities: ClassVar[tuple[str, ...]] = QUANTITIES
    kept: ClassVar[tuple[str, ...]] = ("nominal_v", "usual_a", "sound")
    Settings = PhaseSettings

    def __init__(self, registry: Registry, plant: Plant, settings: PhaseSettings) -> None:
        self.registry = registry
        self.subjects = tuple(_subject(registry, number) for number in range(len(registry.meters)))
        m = len(self.subjects)
        self.timers = Timers.alike(m, {1: settings.on_delay_s * 1000}, off_delay=settings.off_delay_s * 1000)
        self.nominal_v, self.usual_a = np.full(m, np.nan), np.full(m, np.nan)
        self.sound = np.zeros(m, dtype=np.int64)
        self.phases = Phases(self.nominal_v, self.usual_a, self.sound)
        self._seen: tuple[IntArray, BoolArray, BoolArray] | None = None  # of the wave that is being taken in

    def hear(self, wave: Readings, plant: Plant) -> None:
        look = Look.at(wave)
        if not len(look.meter):
            return
        lost, loaded = self.phases.lacking(look)
        counted = self.phases.counts(look, lost)
        self._seen = (look.meter, counted, loaded)
        new = self.phases.new(look, lost, loaded)
        if len(new):
            self.phases.learn(look, new, lost)

    def judge(self, plant: Plant) -> Verdicts:
        if self._seen is None:
            return NOTHING
        (meter, counted, loaded), self._seen = self._seen, None
        picked = np.flatnonzero(counted.any(axis=0) | self.timers.astir()[meter])
        if not len(picked):
            return NOTHING
        picked = picked[np.argsort(meter[picked])]
        meter, counted, loaded = meter[picked], counted[:, picked], loaded[picked]
        facility = plant.facility_of_meter[meter]
        runs = (plant.state[facility] == ON) | np.isnan(plant.on_kw[facility])
        lost = counted[:3].any(axis=0) | counted[3:].any(axis=0) & runs
        verdict = np.where(lost, HOLDS, np.where(loaded & ~counted.any(axis=0), CLEAR, UNKNOWN)).astype(np.int8)
        at = plant.last_ts[meter]
        return Verdicts(verdict, at, at, plant.resumed[meter], meter)

    def heeds(self, stretch: Stretch) -> BoolArray:
        """Meters that lack something, or of which something new is learnt."""
        found = self.timers.astir()
        look = Look.at(stretch.batch)
        if len(look.meter):
            lost, loaded = self.phases.lacking(look)
            found[look.meter[self.phases.counts(look, lost).any(axis=0)]] = True
            found[look.meter[self.phases.new(look, lost, loaded)]] = True
        return found

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        values = {name: float(plant.last_values[subject, COLUMN[name]]) for name in QUANTITIES}
        named = {name: value for name, value in values.items() if np.isfinite(value)}
        nominal = float(self.nominal_v[subject])
        most = max((abs(value) for name, value in named.items() if name[0] == "i"), default=0.0)
        low = [name for name, value in named.items() if name[0] == "u" and value < 0.6 * nominal]
        low += [name for name, value in named.items() if name[0] == "i" and abs(value) < 0.05 * most]
        shown = ", ".join(f"{name} {values[name]:.3g} {'V' if name[0] == 'u' else 'A'}" for name in low)
        reason = f"{shown} while the largest current is {most:.3g} A and the nominal voltage {nominal:g} V"
        return reason, {
            "meter": self.registry.meters[subject].id,
            "lost": low,
            "nominal_v": nominal,
            "usual_largest_a": float(self.usual_a[subject]),
            "on_delay_s": int(self.timers.on_delay[subject] // 1000),
        } | {f"{name}_{'v' if name[0] == 'u' else 'a'}": value for name, value in named.items()}


def _subject(registry: Registry, number: int) -> Subject:
    facility = registry.facility(registry.meters[number].facility)
    return Subject(
        registry.meters[number].id, facility.enterprise, frozenset({facility.id}), frozenset({Announced.METER_OFF})
    )
