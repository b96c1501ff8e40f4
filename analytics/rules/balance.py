"""`balance` 总分不平: what the feeder has beside all sub-meters leaves its usual: an unmetered load, or a moved clamp.

Judged by closed quarters of an hour, or by hours where the feeder reports no oftener, of enterprises where the feeder
and all of production and treatment are metered. The usual is learnt anew each local day from the fourteen days before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from analytics.energy import COVERED, QUARTER_MS
from analytics.members import Members
from analytics.plant import Plant
from analytics.rules.balanced import balanced, offsets_ms
from analytics.rules.rule import Rule, Subject
from analytics.rules.shares import Shares
from analytics.states import NEVER
from analytics.stretch import Stretch
from analytics.timers import BETWEEN, CLEAR, HOLDS, NOTHING, UNKNOWN, Timers, Verdicts, in_steps
from core.filing import Announced
from core.interval import DAY_MS, HOUR_MS, to_text
from core.readings import FloatArray, IntArray
from core.records import Unjudged
from core.registry import Registry

BoolArray = NDArray[np.bool_]

SLOTS = 96
"""At most so many quarters are looked at at once: those that the sums still have."""


@dataclass(frozen=True, slots=True)
class BalanceSettings:
    """sigmas        the rest leaves its usual by so many σ
    within        and is back within so many
    on_delay_min  for so long
    days          days that the usual is learnt from, and the fewest of them with data
    """

    sigmas: float = 4.0
    within: float = 3.0
    on_delay_min: int = 60
    days: int = 14
    fewest_days: int = 3


class Balance(Rule):
    """Every enterprise that is metered throughout."""

    id: ClassVar[str] = "balance"
    says: ClassVar[dict[str, str]] = {
        "zh": "总进线与各分表之和的差额偏离其历史水平：存在未计量负荷或互感器被移动",
        "en": "The feeder and the sum of its sub-meters drift apart: an unmetered load, or a moved clamp",
    }
    kept: ClassVar[tuple[str, ...]] = ("judged_at", "out_since", "out_by")
    Settings = BalanceSettings

    def __init__(self, registry: Registry, plant: Plant, settings: BalanceSettings) -> None:
        self.registry, self.settings = registry, settings
        self.works = balanced(registry)
        self.subjects = tuple(_subject(registry, e) for e in self.works.enterprises)
        self.everyone = Members.of_groups([f + s for f, s in zip(self.works.feeders, self.works.subs, strict=True)])
        self.feeders, self.subs = Members.of_groups(self.works.feeders), Members.of_groups(self.works.subs)
        s = len(self.subjects)
        self.timers = Timers.alike(s, {1: settings.on_delay_min * 60_000})
        self.judged_at = np.full(s, NEVER)  # end of the last quarter or hour that was looked at
        self.out_since = np.full(s, NEVER)  # the rest has been away from its usual since
        self.out_by = np.full(s, np.nan)  # by so many σ
        self.width = np.where(self.works.slow, HOUR_MS, QUARTER_MS)
        self.zones = np.array([registry.enterprises[e].timezone for e in self.works.enterprises], dtype=np.str_)
        self._shares, self._day = Shares(s), np.full(s, NEVER)  # found anew from the sums whenever it is asked for

    def judge(self, plant: Plant) -> Verdicts:
        if not self.subjects:
            return NOTHING
        due, closed, end = self._due(plant.last_ts)
        if not len(due):
            return NOTHING
        verdict = np.full(len(self.subjects), UNKNOWN, dtype=np.int8)
        while len(due):
            self._look(plant, due, end, verdict)
            self.judged_at[due] = end
            due, end = self._next(due, closed, end)
        picked = np.flatnonzero((verdict != UNKNOWN) | self.timers.astir())
        return in_steps(picked, verdict[picked], self.out_since[picked], self.judged_at[picked])

    def _look(self, plant: Plant, rows: IntArray, end: IntArray, verdict: NDArray[np.int8]) -> None:
        """Judge one quarter or hour of each row, that which ends at `end`."""
        away = self._away(plant, rows, end)
        out = away > self.settings.sigmas
        since = np.where(self.out_since[rows] == NEVER, end - self.width[rows], self.out_since[rows])
        self.out_since[rows] = np.where(out, since, NEVER)
        self.out_by[rows] = away
        verdict[rows] = np.where(out, HOLDS, np.where(away > self.settings.within, BETWEEN, CLEAR))
        verdict[rows[np.isnan(away)]] = UNKNOWN

    def _due(self, last_ts: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """(rows with something new, (s,) what is closed by the readings up to `last_ts` (m,), first end to look at)."""
        newest = np.minimum.reduceat(last_ts[self.everyone.flat], self.everyone.starts)
        closed = np.where(newest == NEVER, NEVER, newest // self.width * self.width)
        due = np.flatnonzero(closed > self.judged_at)
        begin = np.maximum(self.judged_at[due], closed[due] - SLOTS * self.width[due])
        return due, closed, begin + self.width[due]

    def _next(self, rows: IntArray, closed: IntArray, end: IntArray) -> tuple[IntArray, IntArray]:
        more = closed[rows] > end
        return rows[more], end[more] + self.width[rows[more]]

    def _away(self, plant: Plant, rows: IntArray, end: IntArray) -> FloatArray:
        """σ that each row is away from its usual in the quarter or hour up to `end`; NaN where it is not known."""
        local = end - self.width[rows] + offsets_ms(self.zones[rows], end)
        self._learn(plant, rows, local)
        feeder, subs = self._kw(plant, rows, end - self.width[rows])
        away = self._shares.usual(rows, feeder, subs, local // HOUR_MS).distance(feeder - subs)
        away[self._shares.days[rows] < self.settings.fewest_days] = np.nan
        return away

    def _kw(self, plant: Plant, rows: IntArray, start: IntArray) -> tuple[FloatArray, FloatArray]:
        """Mean kW of the feeders and of the others from each start on; NaN where someone's data has a hole."""
        feeder, subs = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
        for ring in (plant.energy.quarters, plant.energy.hours):
            for number in np.unique(start[self.width[rows] == ring.width] // ring.width).tolist():
                here = (self.width[rows] == ring.width) & (start // ring.width == number)
                kwh, covered = ring.of(number)
                hours, some = ring.width / HOUR_MS, rows[here]
                whole = self.everyone.some(some).all(covered[self.everyone.some(some).flat] >= COVERED)
                feeder[here] = np.where(whole, self.feeders.some(some).sums(kwh) / hours, np.nan)
                subs[here] = np.where(whole, self.subs.some(some).sums(kwh) / hours, np.nan)
        return feeder, subs

    def _learn(self, plant: Plant, rows: IntArray, local: IntArray) -> None:
        """Where a new local day has begun, the usual of the days before it."""
        day = local // DAY_MS
        new = day != self._day[rows]
        rows, day = rows[new], day[new]
        for tz in np.unique(self.zones[rows]).tolist():
            for each in np.unique(day[self.zones[rows] == tz]).tolist():
                some = rows[(self.zones[rows] == tz) & (day == each)]
                self._learn_before(plant, some, each * DAY_MS, tz)
                self._day[some] = each

    def _learn_before(self, plant: Plant, rows: IntArray, midnight: int, tz: str) -> None:
        shift = int(offsets_ms(np.array([tz]), np.array([midnight]))[0])
        last = (midnight - shift) // HOUR_MS
        numbers = range(last - 24 * self.settings.days, last)
        everyone, feeders, subs = self.everyone.some(rows), self.feeders.some(rows), self.subs.some(rows)
        feeder_kw, subs_kw = np.full((2, len(numbers), len(rows)), np.nan)
        for i, number in enumerate(numbers):
            kwh, covered = plant.energy.hours.of(number)
            whole = everyone.all(covered[everyone.flat] >= COVERED)
            feeder_kw[i] = np.where(whole, feeders.sums(kwh), np.nan)
            subs_kw[i] = np.where(whole, subs.sums(kwh), np.nan)
        day, shape = midnight // DAY_MS + np.arange(-self.settings.days, 0), (self.settings.days, 24, len(rows))
        self._shares.learn(rows, feeder_kw.reshape(shape), subs_kw.reshape(shape), day)

    def heeds(self, stretch: Stretch) -> BoolArray:
        """One feeder of each enterprise that leaves its usual, so that time passes in waves: the sums, which have all
        readings of the batch already, tell which do."""
        found = np.zeros(len(stretch.plant.last_ts), dtype=np.bool_)
        if self.subjects:
            unusual = self.timers.astir() | (self.out_since != NEVER)
            due, closed, end = self._due(stretch.plant.energy.last_ts)
            while len(due):
                unusual[due[self._away(stretch.plant, due, end) > self.settings.sigmas]] = True
                due, end = self._next(due, closed, end)
            found[self.feeders.flat[self.feeders.starts[unusual]]] = True
        return found

    def unjudged(self, plant: Plant) -> Iterator[Unjudged]:
        for enterprise, reason in self.works.left_out.items():
            yield Unjudged(self.id, enterprise, enterprise, reason)
        for row, subject in enumerate(self.subjects):
            days = int(self._shares.days[row])
            if days < self.settings.fewest_days:
                detail = {"days": days, "of": self.settings.fewest_days}
                yield Unjudged(self.id, subject.name, subject.enterprise, "no-baseline", detail)

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        end, width = int(self.judged_at[subject]), int(self.width[subject])
        row, start = np.array([subject]), np.array([end - width])
        feeder, subs = self._kw(plant, row, start)
        local = start + offsets_ms(self.zones[row], start + width)
        usual = self._shares.usual(row, feeder, subs, local // HOUR_MS)
        low, high, sigma, kw, all_kw = (float(each[0]) for each in (usual.low, usual.high, usual.sigma, subs, feeder))
        share = float(self._shares.share(feeder, subs)[0])
        usual_share = float(self._shares.share(subs + usual.nearest(feeder - subs), subs)[0])
        reason = f"{share:.0%} of the feeder, {all_kw - kw:.1f} kW, is in no sub-meter"
        reason += f", where {usual_share:.0%} is usual at such an hour and load" if np.isfinite(usual_share) else ""
        return reason, {
            "from": to_text(end - width),
            "to": to_text(end),
            "feeder_kw": all_kw,
            "sub_meters_kw": kw,
            "rest_kw": all_kw - kw,
            "usual_rest_from_kw": low if np.isfinite(low) else None,
            "usual_rest_to_kw": high if np.isfinite(high) else None,
            "rest_sigma_kw": sigma if np.isfinite(sigma) else None,
            "share": share if np.isfinite(share) else None,
            "usual_share": usual_share if np.isfinite(usual_share) else None,
            "away_sigmas": float(self.out_by[subject]),
            "limit_sigmas": self.settings.sigmas,
            "learnt_days": int(self._shares.days[subject]),
        }


def _subject(registry: Registry, number: int) -> Subject:
    id = registry.enterprises[number].id
    facilities = frozenset(row.id for row in registry.facilities_of(id))
    return Subject(id, id, facilities, frozenset({Announced.METER_OFF}))
