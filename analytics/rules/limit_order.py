"""`limit-order` 限产违规: production takes more than an order to limit or cap leaves it.

Limit: the energy of the local day against (1 − r) × the baseline day × 1.05. Only whole hours inside the order count,
on both sides, so that a day on which an order begins or ends is compared with the same part of the usual day. What was
not measured is not there: an excess is proven by what was. The pre-warning looks ahead: the sum so far, and for each
hour that remains its baseline, scaled by what today has been of it so far (at most 1).

Cap: the mean power of an hour against the cap × 1.05.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from analytics.energy import COVERED
from analytics.plant import Plant
from analytics.rules.orders import day_of, hour_shown
from analytics.rules.stop_order import HourlyOrder, Judged
from analytics.timers import BETWEEN, CLEAR, HOLDS, UNKNOWN, Timers
from core.interval import HOUR_MS, to_text
from core.order import OrderKind
from core.readings import FloatArray, IntArray
from core.registry import Registry

LONGEST_DAY = 25


@dataclass(frozen=True, slots=True)
class LimitOrderSettings:
    """margin_percent       of the limit or cap, that metering may be wrong by
    least_hours          closed hours of the day before anything is projected [D]
    least_usual_percent  of the baseline day, that those hours must usually take: a night of standstill says nothing [D]
    clear_percent        of the limit, that the projection must fall below for the pre-warning to end [D]
    """

    margin_percent: float = 5.0
    least_hours: int = 6
    least_usual_percent: float = 10.0
    clear_percent: float = 95.0


@dataclass(frozen=True, eq=False)
class Day:
    """What is known of the local day of k orders at the end of one hour of each; kWh, NaN without baseline.

    start    the first hour (since 1970 UTC) of the day that the order counts
    counted  hours of it that are over; `covered` how many of them readings cover
    usual    what the baseline has for the hours counted, and `usual_day` for all of the day in the order
    """

    start: IntArray
    counted: IntArray
    covered: IntArray
    used: FloatArray
    usual: FloatArray
    usual_day: FloatArray
    allowed: FloatArray

    @property
    def projected(self) -> FloatArray:
        ratio = np.divide(self.used, self.usual, out=np.ones(len(self.used)), where=self.usual > 0)
        return self.used + (self.usual_day - self.usual) * np.minimum(1.0, ratio)


class LimitOrder(HourlyOrder):
    """Pre-warning when the day is about to exceed the limit, alarm when it has, or an hour the cap.

    A load that the order guarantees raises the limit; no limit is below the safety load of `stop-order` [D]. What was
    raised of a limit ends with the day.
    """

    id: ClassVar[str] = "limit-order"
    says: ClassVar[dict[str, str]] = {
        "zh": "产污设施当日用电量超过限产指令允许的数值，或小时平均功率超过上限",
        "en": "Production takes more energy a day than an order to limit leaves it, or more power than its cap",
    }
    Settings = LimitOrderSettings
    kinds = frozenset({OrderKind.LIMIT, OrderKind.CAP})
    steps: ClassVar[int] = 2

    def __init__(self, registry: Registry, plant: Plant, settings: LimitOrderSettings) -> None:
        self.settings = settings
        self._prepare(registry, run_down_ms=0)
        self.timers = Timers.alike(len(self.subjects), {1: 0, 2: 0})
        self.is_cap = np.array([row.kind == OrderKind.CAP for row in self.orders], dtype=np.bool_)
        self.value = np.array([np.nan if row.value is None else row.value for row in self.orders], dtype=np.float64)
        self.granted_kw = np.array([row.guaranteed_kw or 0.0 for row in self.orders], dtype=np.float64)

    def _judge_hours(self, plant: Plant, picked: IntArray, hours: IntArray, *, before: IntArray) -> Judged:
        verdict = np.full((len(picked), 2), CLEAR, dtype=np.int8)
        at = (hours + 1) * HOUR_MS
        cap = self.is_cap[picked]
        if cap.any():
            verdict[cap, 1] = self._capped(plant, picked[cap], hours[cap])
        if not cap.all():
            limit = ~cap
            day = self._day(plant, picked[limit], hours[limit])
            verdict[limit, 0], verdict[limit, 1] = self._expected(day), self._exceeded(day)
            # The first hour of a day ends what was of the day before, and is judged with the second.
            new = limit.copy()
            new[limit] = before[limit] < day.start
            verdict[new] = CLEAR
            at[new] = day.start[new[limit]] * HOUR_MS
        return verdict, np.repeat((hours * HOUR_MS)[:, None], 2, axis=1), np.repeat(at[:, None], 2, axis=1)

    def _capped(self, plant: Plant, picked: IntArray, hours: IntArray) -> IntArray:
        kwh, covered = self._energies(plant, self.demands.places.some(picked), hours[None])
        over = kwh[0] > self._cap_kw(picked)
        return np.where(over, HOLDS, np.where(covered[0] >= COVERED, CLEAR, UNKNOWN))

    def _cap_kw(self, picked: IntArray) -> FloatArray:
        found: FloatArray = np.maximum(self.value[picked], self.granted_kw[picked]) * self._margin
        return found

    @property
    def _margin(self) -> float:
        return 1 + self.settings.margin_percent / 100

    def _exceeded(self, day: Day) -> IntArray:
        return np.where(np.isnan(day.allowed), UNKNOWN, np.where(day.used > day.allowed, HOLDS, CLEAR))

    def _expected(self, day: Day) -> IntArray:
        """Pre-warnings; what has come already needs no projection."""
        known = (day.counted >= self.settings.least_hours) & (day.covered >= COVERED * day.counted)
        known &= day.usual >= self.settings.least_usual_percent / 100 * day.usual_day
        low = self.settings.clear_percent / 100 * day.allowed
        likely = np.where(day.projected > day.allowed, HOLDS, np.where(day.projected > low, BETWEEN, CLEAR))
        return np.where(day.used > day.allowed, HOLDS, np.where(known, likely, UNKNOWN))

    def _day(self, plant: Plant, picked: IntArray, hours: IntArray) -> Day:
        days = [day_of(hour, self.zones[s]) for s, hour in zip(picked.tolist(), hours.tolist(), strict=True)]
        start = np.maximum([day.first for day in days], self.first_hour[picked])
        end = np.minimum([day.end for day in days], self.last_hour[picked] + 1)
        number = start + np.arange(LONGEST_DAY)[:, None]
        inside, past = number < end, number <= hours
        kwh, covered = self._energies(plant, self.demands.places.some(picked), np.where(inside & past, number, -1))
        local = np.array([_clock(day.clock, int(first) - day.first) for day, first in zip(days, start, strict=True)]).T
        usual = self.baseline[picked, np.array([day.type for day in days]), local]
        usual_day = np.where(inside, usual, 0.0).sum(axis=0)
        return Day(
            start=start,
            counted=(inside & past).sum(axis=0),
            covered=(inside & past & (covered >= COVERED)).sum(axis=0),
            used=kwh.sum(axis=0),
            usual=np.where(inside & past, usual, 0.0).sum(axis=0),
            usual_day=usual_day,
            allowed=self._allowed_kwh(picked, usual_day, inside.sum(axis=0)),
        )

    def _allowed_kwh(self, picked: IntArray, usual_day: FloatArray, hours: IntArray) -> FloatArray:
        left = (1 - self.value[picked] / 100) * usual_day * self._margin
        found: FloatArray = np.maximum(left, self.safety_kwh[picked] * hours)
        return found

    def _is_limited(self, number: int, day_type: int) -> bool:
        return bool(self.is_cap[number]) or super()._is_limited(number, day_type)

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        order, hour, one = self.orders[subject], int(self.judged[subject]), np.array([subject])
        if self.is_cap[subject]:
            kwh, covered = self._energies(plant, self.demands.places.some(one), np.array([[hour]]))
            cap_kw = float(self._cap_kw(one)[0])
            reason = f"production took {kwh[0, 0]:.4g} kW on average of an hour, more than {cap_kw:.4g} kW"
            shown = hour_shown(hour, mean_kw=float(kwh[0, 0]), limit_kw=cap_kw, covered_share=float(covered[0, 0]))
            return f"{reason} under order {order.id}", self._ordered(subject) | {"hours": [shown]}
        day = self._day(plant, one, np.array([hour]))
        return self._limited(subject, day), self._ordered(subject) | self._shown(subject, day, hour)

    def _limited(self, subject: int, day: Day) -> str:
        used, projected, allowed = float(day.used[0]), float(day.projected[0]), float(day.allowed[0])
        under = f"the {allowed:.4g} kWh that order {self.orders[subject].id} leaves the day"
        if used > allowed:
            return f"production took {used:.4g} kWh, more than {under}"
        return f"production took {used:.4g} kWh so far and is about to reach {projected:.4g} kWh, more than {under}"

    def _shown(self, subject: int, day: Day, hour: int) -> dict[str, Any]:
        return {
            "counted_from": to_text(int(day.start[0]) * HOUR_MS),
            "counted_to": to_text((hour + 1) * HOUR_MS),
            "counted_hours": int(day.counted[0]),
            "covered_hours": int(day.covered[0]),
            "used_kwh": round(float(day.used[0]), 3),
            "projected_kwh": round(float(day.projected[0]), 3),
            "allowed_kwh": round(float(day.allowed[0]), 3),
            "baseline_kwh": round(float(day.usual_day[0]), 3),
            "limit_percent": float(self.value[subject]),
            "margin_percent": self.settings.margin_percent,
        }


def _clock(clock: tuple[int, ...], skipped: int) -> list[int]:
    """The local hours of a day from one of them on, filled up to LONGEST_DAY."""
    left = list(clock[skipped:])
    return left + [0] * (LONGEST_DAY - len(left))
