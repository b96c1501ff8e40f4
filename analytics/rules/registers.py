"""What a register does that none does by itself: it runs backwards, jumps, or stands still under load.

A step is believed when the next reading confirms it: one wrong value that comes and goes is a broken message. A
register that begins anew near zero is a new meter. How coarse a register counts is learnt as its smallest step.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.plant import Plant
from analytics.states import NEVER, OFF, ON
from core.interval import HOUR_MS
from core.readings import EP, FloatArray, IntArray, P, Quality, Readings

BoolArray = NDArray[np.bool_]

BACKWARDS, JUMPED = 1, 2

DENSE_MS = 300_000
"""Between readings so close together the powers at both ends tell what can have gone through."""
MARGIN = 3.0
UNKNOWN_MARGIN = 10.0
SLACK_KWH = 2.0
UNKNOWN_SLACK_KWH = 10.0
SLACK_STEPS = 4
OFTEN = 3.0
"""A register stands still for good where this many times what it ever caught up with is missing [D]."""
_JUMP = int(Quality.REGISTER_JUMP)
_LADDER = np.array([1.0, 2.0, 5.0])


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """Of n readings: kWh since the reading of the meter before it, NaN where unknown, and what goes with it."""

    meter: IntArray
    ts: IntArray
    gap: IntArray
    kwh: FloatArray
    ep: FloatArray
    before: FloatArray
    most_kw: FloatArray
    mean_kw: FloatArray
    marked: BoolArray

    @classmethod
    def of(cls, batch: Readings, *, before_ts: IntArray, before: FloatArray) -> "Moves":
        """`before` (n, 11) are the readings before these, at `before_ts` (n,)."""
        p, p_before = batch.values[:, P], before[:, P]
        ep, ep_before = batch.values[:, EP], before[:, EP]
        gap = np.where(before_ts == NEVER, 0, batch.ts - np.where(before_ts == NEVER, batch.ts, before_ts))
        return cls(
            batch.meter,
            batch.ts,
            gap,
            ep - ep_before,
            ep,
            ep_before,
            np.fmax(np.fmax(p, p_before), 0),
            np.where((p > 0) & (p_before > 0), (p + p_before) / 2, 0.0),
            batch.has(_JUMP),
        )

    def take(self, rows: IntArray) -> "Moves":
        return Moves(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class Registers:
    """Of m meters; the arrays belong to the rule.

    step         float64  kWh, the smallest step so far on a ladder of 1, 2, 5; infinite until known
    doubt_at     int64    instant of a step that the next reading must confirm; NEVER where there is none
    doubt_kwh    float64  the register before it
    hit_at       int64    the newest step that was confirmed
    hit_kwh      float64  (m, 2) the register before and after it
    still_since  int64    the register has stood still under load since; NEVER where it moves
    still_kwh    float64  and so much has gone through by the power
    owed_kwh     float64  the most that went through while it stood and that it then caught up with
    """

    rated_kw: FloatArray
    step: FloatArray
    doubt_at: IntArray
    doubt_kwh: FloatArray
    hit_at: IntArray
    hit_kwh: FloatArray
    still_since: IntArray
    still_kwh: FloatArray
    owed_kwh: FloatArray

    def of_note(self, wave: Readings, plant: Plant) -> IntArray:
        """Rows of a wave that may change what is remembered: most registers move on, or stand where nothing runs."""
        meter = wave.meter
        kwh = wave.values[:, EP] - plant.last_values[:, EP][meter]
        through = np.nan_to_num(wave.values[:, P]) * (wave.ts - plant.last_ts[meter])
        calm = (kwh >= self.step[meter]) & (kwh <= SLACK_KWH + (MARGIN / HOUR_MS) * through)
        calm |= (kwh == 0) & (plant.state[plant.facility_of_meter[meter]] == OFF)
        calm |= np.isnan(kwh)
        stirs = (self.doubt_at != NEVER) | (self.still_since != NEVER)
        return np.flatnonzero(~calm | stirs[meter]) if not calm.all() or stirs.any() else np.zeros(0, dtype=np.int64)

    def take_in(self, found: Moves, plant: Plant) -> None:
        """Move on by one reading of each meter, before the plant does."""
        known = np.isfinite(found.kwh)
        waiting = self.doubt_at[found.meter] != NEVER
        self._learn(found)
        doubtful = known & ~waiting & self._impossible(found)
        if waiting.any():
            self._confirm(found.take(np.flatnonzero(waiting & np.isfinite(found.ep))))
        if doubtful.any():
            meter = found.meter[doubtful]
            self.doubt_at[meter], self.doubt_kwh[meter] = found.ts[doubtful], found.before[doubtful]
        self._stand(found, known, plant)

    def news(self, found: Moves, plant: Plant) -> BoolArray:
        """(n,) readings that change what is remembered, or may."""
        stirs = (self.doubt_at != NEVER) | (self.still_since != NEVER) | (self.hit_at != NEVER)
        changed = np.isfinite(found.kwh) & (self._impossible(found) | self._stands(found, plant))
        news: BoolArray = stirs[found.meter] | changed | (_ladder(found.kwh) < self.step[found.meter])
        return news

    def stuck(self, meters: IntArray, at: IntArray, *, still_ms: int, steps: int) -> BoolArray:
        """Of some meters: the register stands still for too long."""
        since = self.still_since[meters]
        # Some registers are handed on but once an hour; one that was never seen to move tells nothing.
        least = np.maximum(steps * self.step[meters], OFTEN * self.owed_kwh[meters])
        long = (since != NEVER) & (at - np.where(since == NEVER, at, since) >= still_ms)
        found: BoolArray = long & (self.still_kwh[meters] >= least)
        return found

    def _learn(self, found: Moves) -> None:
        smaller = np.flatnonzero((found.kwh > _noise(found.before)) & (found.kwh < 0.999 * self.step[found.meter]))
        if len(smaller):
            meter = found.meter[smaller]
            self.step[meter] = np.minimum(self.step[meter], _ladder(found.kwh[smaller]))

    def _impossible(self, found: Moves) -> BoolArray:
        """(n,) steps back, or further than the circuit can; a beginning near zero aside."""
        step = self.step[found.meter]
        back = found.kwh < -np.maximum(1.5 * np.where(np.isinf(step), 0.1, step), _noise(found.before))
        rated = self.rated_kw[found.meter]
        dense, hours = (found.gap > 0) & (found.gap <= DENSE_MS), found.gap / HOUR_MS
        cap = np.fmax(rated, found.most_kw)
        allowed = np.where(
            np.isfinite(rated) | found.marked,
            MARGIN * cap * hours + SLACK_KWH,
            UNKNOWN_MARGIN * cap * hours + UNKNOWN_SLACK_KWH,
        )
        # A register that stood still, as behind a gateway that repeats it, may catch up with what it owes.
        forth = found.kwh > allowed + SLACK_STEPS * step + MARGIN * self.still_kwh[found.meter]
        forth &= dense | np.isfinite(rated) | found.marked
        if back.any():
            fresh = np.maximum(0.01 * found.before, 24 * found.most_kw)
            back &= ~((found.ep < fresh) & (found.ep < 0.5 * found.before))
        impossible: BoolArray = back | forth
        return impossible

    def _confirm(self, found: Moves) -> None:
        """The reading after a step that can't be: it goes on from there, or the step is undone, or it is as odd.

        To go on is to move as the circuit can, which may be as far as a small step back was, but not past where it was.
        """
        meter, was = found.meter, self.doubt_kwh[found.meter]
        step = found.before - was
        undone = (found.ep >= was) & (found.ep - was < np.where(step < 0, -step, 0.5 * step))
        odd = ~undone & self._impossible(found)
        stays = ~undone & ~odd
        sure = meter[stays]
        self.hit_at[sure] = self.doubt_at[sure]
        self.hit_kwh[sure, 0], self.hit_kwh[sure, 1] = was[stays], found.before[stays]
        self.doubt_at[meter] = np.where(odd, found.ts, NEVER)

    def _stands(self, found: Moves, plant: Plant) -> BoolArray:
        facility = plant.facility_of_meter[found.meter]
        runs = (plant.state[facility] == ON) | np.isnan(plant.on_kw[facility])
        lasting = (found.gap > 0) & (found.gap <= plant.meter_validity[found.meter])
        stands: BoolArray = (found.kwh == 0) & (found.mean_kw > 0) & runs & lasting
        return stands

    def _stand(self, found: Moves, known: BoolArray, plant: Plant) -> None:
        stands = known & self._stands(found, plant)
        moves = (self.still_since[found.meter] != NEVER) & (~known | (found.kwh != 0))
        if moves.any():
            meter, stood_kwh = found.meter[moves], self.still_kwh[found.meter[moves]]
            caught = found.kwh[moves] >= 0.5 * stood_kwh
            self.owed_kwh[meter] = np.where(caught, np.maximum(self.owed_kwh[meter], stood_kwh), self.owed_kwh[meter])
            self.still_since[found.meter[moves]], self.still_kwh[found.meter[moves]] = NEVER, 0.0
        if stands.any():
            meter, since = found.meter[stands], (found.ts - found.gap)[stands]
            self.still_since[meter] = np.where(self.still_since[meter] == NEVER, since, self.still_since[meter])
            self.still_kwh[meter] += (found.mean_kw * found.gap / HOUR_MS)[stands]


def _noise(register: FloatArray) -> FloatArray:
    """kWh that a register may differ by for the rounding of a 32-bit float alone."""
    found: FloatArray = np.maximum(1e-6, 1e-7 * np.abs(register))
    return found


def _ladder(kwh: FloatArray) -> FloatArray:
    """The step of 1, 2, 5 × 10ⁿ at or below each; infinite where it is no step forward."""
    good = kwh > 1e-3
    known = np.where(good, kwh * 1.001, 1.0)
    ten = 10.0 ** np.floor(np.log10(known))
    found: FloatArray = np.where(good, ten * _LADDER[np.searchsorted(_LADDER, known / ten, side="right") - 1], np.inf)
    return found
