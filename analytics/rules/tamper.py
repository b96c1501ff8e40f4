"""`tamper` 疑似篡改: a register runs backwards, jumps or stands still under load, or a meter alone loses all current.

A suspicion to look at, not a proof: it goes to officers, not to the maintainer. A meter that repeats itself as a whole
is marked as frozen when its readings come and is not judged here; a clock that is not believed has no place in time.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from analytics.plant import Plant
from analytics.rules.currents import Currents
from analytics.rules.registers import Moves, Registers
from analytics.rules.rest import Known, Rest
from analytics.rules.rule import Rule, Subject
from analytics.states import NEVER
from analytics.stretch import Stretch
from analytics.timers import CLEAR, HOLDS, NOTHING, UNKNOWN, Timers, Verdicts, in_steps
from core.filing import Announced
from core.interval import MINUTE_MS, to_text
from core.readings import EP, IntArray, Readings
from core.registry import Registry

BoolArray = NDArray[np.bool_]

NONE, STEPPED, STILL, GONE = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class TamperSettings:
    """still_min    the register stands still under load for so long [S]
    still_steps  and so many of its steps are missing by the power [D]
    shown_min    a step of the register stays in alarm for so long [D]
    """

    still_min: int = 30
    still_steps: int = 20
    shown_min: int = 60


class Tamper(Rule):
    """Every meter."""

    id: ClassVar[str] = "tamper"
    says: ClassVar[dict[str, str]] = {
        "zh": "电表示数倒走、突跳或带负荷不走字，或电流消失而总进线不变，疑似篡改",
        "en": "A register runs backwards, jumps or stands still under load, or currents vanish but not the feeder's",
    }
    quantities: ClassVar[tuple[str, ...]] = ("ua", "ub", "uc", "ia", "ib", "ic")
    kept: ClassVar[tuple[str, ...]] = (
        *("step_kwh", "doubt_at", "doubt_kwh", "hit_at", "hit_kwh", "still_since", "still_kwh", "owed_kwh"),
        *("gone_at", "after_at", "gone_a", "gone_kw", "rest_kw", "proven_at", "kind"),
        *("quarter", "quarters", "feeder_kw", "level_kw", "noise_kw"),
    )
    Settings = TamperSettings

    def __init__(self, registry: Registry, plant: Plant, settings: TamperSettings) -> None:
        self.registry, self.settings = registry, settings
        self.subjects = tuple(_subject(registry, number) for number in range(len(registry.meters)))
        m = len(self.subjects)
        self.timers = Timers.alike(m, {1: 0})
        self.step_kwh = np.full(m, np.inf)
        self.doubt_at, self.doubt_kwh = np.full(m, NEVER), np.zeros(m)
        self.hit_at, self.hit_kwh = np.full(m, NEVER), np.zeros((m, 2))
        self.still_since, self.still_kwh, self.owed_kwh = np.full(m, NEVER), np.zeros(m), np.zeros(m)
        self.gone_at, self.after_at = np.full(m, NEVER), np.full(m, NEVER)
        self.gone_a, self.gone_kw = np.zeros(m), np.zeros(m)
        self.rest_kw, self.proven_at = np.zeros((m, 2)), np.full(m, NEVER)
        self.quarter, self.quarters = np.full(m, NEVER), np.zeros(m, dtype=np.int64)
        self.feeder_kw, self.level_kw, self.noise_kw = np.zeros(m), np.zeros(m), np.zeros(m)
        self.kind = np.zeros(m, dtype=np.int8)  # what an alarm in force is about
        self.registers = Registers(
            np.array([registry.facilities[f].rated_kw or np.nan for f in registry.facility_of_meter], dtype=np.float64),
            *(self.step_kwh, self.doubt_at, self.doubt_kwh, self.hit_at, self.hit_kwh),
            *(self.still_since, self.still_kwh, self.owed_kwh),
        )
        known = Known(self.quarter, self.quarters, self.feeder_kw, self.level_kw, self.noise_kw)
        self.currents = Currents(
            Rest(registry, known),
            *(self.gone_at, self.after_at, self.gone_a, self.gone_kw, self.rest_kw, self.proven_at),
        )

    def hear(self, wave: Readings, plant: Plant) -> None:
        rows = self.registers.of_note(wave, plant)
        if len(rows):
            noted = wave.take(rows)
            before, before_ts = plant.last_values[noted.meter], plant.last_ts[noted.meter]
            self.registers.take_in(Moves.of(noted, before_ts=before_ts, before=before), plant)
        self.currents.take_in(wave, plant)

    def judge(self, plant: Plant) -> Verdicts:
        self.currents.judge(plant)
        stirs = (self.hit_at != NEVER) | (self.still_since != NEVER) | (self.proven_at != NEVER) | self.timers.astir()
        picked = np.flatnonzero(stirs)
        return in_steps(picked, *self._judged(plant, picked)) if len(picked) else NOTHING

    def _judged(self, plant: Plant, picked: IntArray) -> tuple[NDArray[np.int8], IntArray, IntArray]:
        at, hit = plant.last_ts[picked].copy(), self.hit_at[picked]
        shown_ms = self.settings.shown_min * MINUTE_MS
        recent = (hit != NEVER) & (at - np.where(hit == NEVER, at, hit) < shown_ms)
        over = (hit != NEVER) & ~recent
        still = self.registers.stuck(
            picked, at, still_ms=self.settings.still_min * MINUTE_MS, steps=self.settings.still_steps
        )
        gone = self.proven_at[picked] != NEVER
        kind = np.where(gone, GONE, np.where(still, STILL, np.where(recent, STEPPED, NONE)))
        known = np.isfinite(plant.last_values[picked, EP]) | over
        verdict = np.where(kind != NONE, HOLDS, np.where(known, CLEAR, UNKNOWN)).astype(np.int8)
        since = np.where(gone, self.gone_at[picked], np.where(still, self.still_since[picked], hit))
        at = np.where(gone, np.maximum(at, self.proven_at[picked]), at)
        at = np.where(over & (kind == NONE), hit + np.where(over, shown_ms, 0), at)
        self.hit_at[picked[over]] = NEVER
        new = (kind != NONE) & ~self.timers.active[picked]
        self.kind[picked[new]] = kind[new]
        return verdict, since, at

    def heeds(self, stretch: Stretch) -> BoolArray:
        """Meters whose register does something of note, and all of an enterprise where currents vanish."""
        found: BoolArray = self.timers.astir() | (self.proven_at != NEVER)
        batch, row = stretch.batch.take(stretch.row), stretch.row
        before, before_ts = np.roll(batch.values, 1, axis=0), np.roll(batch.ts, 1)
        before[stretch.first] = stretch.plant.last_values[stretch.meter]
        before_ts[stretch.first] = stretch.plant.last_ts[stretch.meter]
        moves = Moves.of(batch, before_ts=before_ts, before=before)
        found[batch.meter[self.registers.news(moves, stretch.plant)]] = True
        gone = self.currents.pending()
        gone[batch.meter[self.currents.vanishes(batch, before, stretch.plant)]] = True
        if len(row) and gone.any():
            works = np.zeros(len(stretch.plant.powerless), dtype=np.bool_)
            works[stretch.plant.enterprise_of_meter[gone]] = True
            found |= works[stretch.plant.enterprise_of_meter]
        return found

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        kind, step = int(self.kind[subject]), float(self.step_kwh[subject])
        evidence: dict[str, Any] = {"meter": self.registry.meters[subject].id}
        if np.isfinite(step):
            evidence["register_step_kwh"] = step
        if kind == STEPPED:
            before, after = (float(kwh) for kwh in self.hit_kwh[subject])
            what = "ran backwards" if after < before else "jumped"
            evidence |= {"kind": "backwards" if after < before else "jump", "before_kwh": before, "after_kwh": after}
            return f"the register {what} from {before:g} to {after:g} kWh", evidence
        if kind == STILL:
            kwh, since = float(self.still_kwh[subject]), to_text(int(self.still_since[subject]))
            evidence |= {"kind": "still", "register_kwh": float(plant.last_values[subject, EP]), "by_power_kwh": kwh}
            return f"the register stands still since {since} while {kwh:.3g} kWh went through by the power", evidence
        gone, (rest, after) = float(self.gone_kw[subject]), (float(kw) for kw in self.rest_kw[subject])
        evidence |= {"kind": "currents-gone", "gone_kw": gone}
        evidence |= {"feeder_beside_meters_kw": rest, "feeder_beside_meters_after_kw": after}
        return f"all currents vanished with {gone:.4g} kW, and the feeder went on as before", evidence


def _subject(registry: Registry, number: int) -> Subject:
    facility = registry.facility(registry.meters[number].facility)
    return Subject(
        registry.meters[number].id, facility.enterprise, frozenset({facility.id}), frozenset({Announced.METER_OFF})
    )
