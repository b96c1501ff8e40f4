"""`idling` 空转 / 降频 / 低负荷: treatment is on, but draws much less than it normally does at that production load.

Normal is the median of a facility's mean power over the hours of the last 20 days in which it ran, apart for levels of
its line's production (analytics/rules/usual.py). It is found anew every day from the hours that are closed, needs a
day's worth of them, and at least six of the level; of a level that was never seen the next lower one's counts.

What the whole stage draws counts: two fans that share the work of one are not idling.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from analytics.members import Members
from analytics.plant import Plant
from analytics.rules.rule import BoolArray, Rule, Subject
from analytics.rules.usual import LEVELS, Usual, level_of
from analytics.states import NEVER, ON
from analytics.stretch import Stretch
from analytics.timers import CLEAR, HOLDS, NOTHING, UNKNOWN, Timers, Verdicts, in_steps
from core.filing import Announced
from core.interval import DAY_MS
from core.readings import FloatArray, IntArray, P
from core.records import Unjudged
from core.registry import Kind, Registry

STEPS = 2


@dataclass(frozen=True, slots=True)
class IdlingSettings:
    """Shares of normal power below which it is a pre-warning and an alarm, for how long, and by how much more of
    normal power a pending condition must be exceeded to be dropped [D]."""

    prewarning_share: float = 0.6
    alarm_share: float = 0.3
    for_s: int = 1800
    deadband: float = 0.05


class Idling(Rule):
    """Every metered treatment facility of a line with metered production.

    normal   float64 (s, LEVELS)  kW at each level of production, NaN while unknown
    high_kw  float64 (s,)         load of production that is exceeded a tenth of the time
    day      int64 (s,)           the UTC day of which they are
    """

    id: ClassVar[str] = "idling"
    says: ClassVar[dict[str, str]] = {
        "zh": "治污设施在运行，但功率明显低于相近产量下的正常水平",
        "en": "Treatment is on but draws far less than it normally does at such production",
    }
    Settings = IdlingSettings
    kept: ClassVar[tuple[str, ...]] = ("normal", "high_kw", "day")

    def __init__(self, registry: Registry, plant: Plant, settings: IdlingSettings) -> None:
        self.registry, self.settings = registry, settings
        self.pair = _pair_of_facility(plant)
        self.facility = np.array(sorted(self.pair), dtype=np.int64)
        self.of_pair = np.array([self.pair[f] for f in self.facility.tolist()], dtype=np.int64)
        self.subjects = tuple(_subject(registry, f) for f in self.facility.tolist())
        s = len(self.subjects)
        self.timers = Timers.alike(s, {1: settings.for_s * 1000, 2: settings.for_s * 1000})
        self.normal, self.high_kw = np.full((s, LEVELS), np.nan), np.full(s, np.nan)
        self.day = np.full(s, NEVER)
        made = [plant.pairs.production.of(p).tolist() for p in self.of_pair.tolist()]
        self.made = Members.of_groups(made)
        self.stage = Members.of_groups([plant.pairs.stage.of(p).tolist() for p in self.of_pair.tolist()])
        self.usual = Usual(registry, self.facility.tolist(), made)
        self.shares = np.array([settings.prewarning_share, settings.alarm_share])

    def judge(self, plant: Plant) -> Verdicts:
        if not len(self.subjects):
            return NOTHING
        self._learn(plant, plant.clock // DAY_MS)
        normal = self._normal_now(plant)
        running = np.where(plant.state == ON, np.nan_to_num(plant.power_kw), 0.0)
        share = self.stage.sums(running) / normal  # NaN while unknown
        on = plant.state[self.facility] == ON
        astir = self.timers.astir().reshape(-1, STEPS)
        with np.errstate(invalid="ignore"):
            low = on & (share < self.shares[0] + self.settings.deadband)
        picked = np.flatnonzero(low | astir.any(axis=1))
        if not len(picked):
            return NOTHING
        found = in_steps(picked, np.zeros(len(picked), dtype=np.int8), *self._instants(plant, picked), steps=STEPS)
        found.verdict[:] = self._verdicts(plant, picked, share=share[picked], astir=astir[picked]).reshape(-1)
        return found

    def heeds(self, stretch: Stretch) -> BoolArray:
        """Meters of the facilities that may come near their limits while production may run."""
        plant = stretch.plant
        found = np.zeros(len(plant.last_ts), dtype=np.bool_)
        if len(self.subjects):
            self._learn(plant, int(stretch.batch.ts[0]) // DAY_MS)
            low = np.bincount(plant.facility_of_meter, np.nan_to_num(stretch.extremes(P)[0]), len(plant.state))
            most = np.nanmax(np.nan_to_num(self.normal), axis=1) * (self.shares[0] + self.settings.deadband)
            safe = (low[self.facility] >= most) | stretch.stands[self.facility]
            safe |= self.made.all(stretch.stands[self.made.flat])
            safe &= ~self.timers.astir().reshape(-1, STEPS).any(axis=1)
            heeded = np.zeros(len(plant.state), dtype=np.bool_)
            for members in (self.made, self.stage):
                heeded[members.flat[~safe[members.group]]] = True
            found = heeded[plant.facility_of_meter]
        return found

    def unjudged(self, plant: Plant) -> Iterator[Unjudged]:
        """Facilities of which nothing normal is known yet."""
        for number in np.flatnonzero(~np.isfinite(self.normal).any(axis=1)).tolist():
            subject = self.subjects[number]
            yield Unjudged(self.id, subject.name, subject.enterprise, "no-baseline", {"needs_h": self.usual.least})

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        f = int(self.facility[subject])
        row, power = self.registry.facilities[f], float(plant.power_kw[f])
        normal = float(self._normal_now(plant)[subject])
        load = float(self.made.sums(np.nan_to_num(plant.power_kw))[subject])
        return f"{row.name or row.id} at {power:.3g} kW, {power / normal:.0%} of its normal {normal:.3g} kW", {
            "facility": row.id,
            "power_kw": power,
            "normal_kw": normal,
            "share": round(power / normal, 4),
            "production_kw": load,
            "levels_kw": [None if np.isnan(kw) else float(kw) for kw in self.normal[subject]],
            "for_s": self.settings.for_s,
            "shares": [self.settings.prewarning_share, self.settings.alarm_share],
        }

    def _verdicts(self, plant: Plant, picked: IntArray, *, share: FloatArray, astir: BoolArray) -> np.ndarray:
        known = np.isfinite(share) & (plant.state[self.facility[picked]] == ON)
        produces = self.made.some(picked).any(plant.state[self.made.some(picked).flat] == ON)
        limit = self.shares + np.where(astir, self.settings.deadband, 0.0)
        verdict = np.full(astir.shape, UNKNOWN, dtype=np.int8)
        verdict[known | (plant.state[self.facility[picked]] != UNKNOWN)] = CLEAR
        verdict[(known & produces)[:, None] & (share[:, None] < limit)] = HOLDS
        return verdict

    def _instants(self, plant: Plant, picked: IntArray) -> tuple[IntArray, IntArray]:
        at = plant.facility_ts[self.facility[picked]]
        return at, at

    def _normal_now(self, plant: Plant) -> FloatArray:
        """(s,) Normal power at the production load of this moment."""
        load = self.made.sums(np.nan_to_num(plant.power_kw))
        level = level_of(load, self.high_kw)
        found: FloatArray = self.normal[np.arange(len(level)), level]
        return found

    def _learn(self, plant: Plant, today: int) -> None:
        due = self.day < today
        if due.any():
            normal, high_kw = self.usual.of(plant, until_hour=today * 24)
            self.normal[due], self.high_kw[due], self.day[due] = normal[due], high_kw[due], today


def _pair_of_facility(plant: Plant) -> dict[int, int]:
    """The pair of every treatment facility that is in one."""
    return {int(f): int(p) for p, f in zip(plant.pairs.stage.group, plant.pairs.stage.flat, strict=True)}


def _subject(registry: Registry, f: int) -> Subject:
    row = registry.facilities[f]
    assert row.kind is Kind.TREATMENT  # noqa: S101  pairs hold no others
    explained = frozenset({Announced.TREATMENT_OFF, Announced.METER_OFF})
    return Subject(row.id, row.enterprise, frozenset({row.id}), explained)
