"""`stop-order` 停产违规: production goes on under an order to stop; and what it shares with `limit-order`.

Both judge the hours of energy (analytics/energy.py) that lie wholly in the order, one after the other as they close.
An hour is closed when all meters of the production ordered are past its end, or when one is past it by the two hours
that a register's difference can bridge: what is known of such an hour is a lower bound, which proves an excess but
never that there was none.

The baseline is learnt once, before the first hour of an order is judged, from the days before the day on which the
order began, and kept as long as the order. An exemption for a part of its time takes the facility's energy out of those
hours; the baseline stays that of all.
"""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from analytics.baseline_hours import LEAST_DAYS, baseline_hours, supporting_days
from analytics.energy import COVERED, SPREAD_MS
from analytics.members import Members
from analytics.plant import Plant
from analytics.rules.orders import (
    BoolArray,
    Days,
    Demands,
    busy_days,
    busy_spans,
    day_of,
    demanded,
    hour_shown,
    ordered,
    rated_kw_of,
    safety_kwh_of,
)
from analytics.rules.rule import Rule
from analytics.states import NEVER
from analytics.stretch import Stretch
from analytics.timers import CLEAR, HOLDS, NOTHING, UNKNOWN, Timers, Verdicts
from core.interval import DAY_MS, HOUR_MS, MINUTE_MS
from core.order import OrderKind
from core.readings import FloatArray, IntArray
from core.records import Unjudged
from core.registry import Registry

REACH_HOURS = 480
"""Hours before an order in which its baseline is looked for: those that are kept but a day, which a batch may need."""
LAG_HOURS = 3
"""After a hole closed hours are judged one a wave; of more than so many only the last is."""
LEARNT_A_WAVE = 20
"""Of orders that begin together, so that a city's are learnt before the first hour is due without holding up a wave."""

Judged = tuple[NDArray[np.int8], IntArray, IntArray]
"""Of k subjects with c conditions each: verdict (k, c), since (k, c) and the instant judged (k, c)."""


class HourlyOrder(Rule):
    """Orders judged by the energy of whole hours.

    judged      (s,) newest hour (since 1970 UTC) that was judged
    baseline    (s, 2, 24) kWh of the local hours of a workday and of a weekend day; NaN where there is none
    supporting  (s, 2) how many days support them; -1: not learnt yet
    """

    kept: ClassVar[tuple[str, ...]] = ("judged", "baseline", "supporting")
    kinds: ClassVar[frozenset[str]]
    steps: ClassVar[int] = 1

    def _prepare(self, registry: Registry, *, run_down_ms: int) -> None:
        orders = [row for row in registry.orders if row.kind in self.kinds and row.to_at > row.from_at]
        self.registry = registry
        self.demands = asked = Demands(registry, demanded(registry, orders), by_meter=True)
        self.subjects = asked.subjects(registry)
        self.busy = busy_spans(registry)
        by_id = {row.id: row for row in orders}
        self.orders = [by_id[row.id] for row in asked.asked]
        self.zones = [registry.enterprise(row.enterprise).timezone for row in asked.asked]
        starts = zip(asked.from_at.tolist(), self.zones, strict=True)
        self.day_began = np.array([day_of(at // HOUR_MS, tz).first for at, tz in starts], dtype=np.int64)
        self.first_hour = -(-(asked.from_at + run_down_ms) // HOUR_MS)
        self.last_hour = asked.to_at // HOUR_MS - 1
        self.rated_kw = np.array([rated_kw_of(registry, row.facilities) for row in asked.asked], dtype=np.float64)
        self.safety_kwh = np.array(
            [safety_kwh_of(by_id[row.id], registry, row.facilities) for row in asked.asked],
            dtype=np.float64,
        )
        self.judged = np.full(len(self.subjects), NEVER)
        self.baseline = np.full((len(self.subjects), 2, 24), np.nan)
        self.supporting = np.full((len(self.subjects), 2), -1, dtype=np.int64)

    @abstractmethod
    def _judge_hours(self, plant: Plant, picked: IntArray, hours: IntArray, *, before: IntArray) -> Judged:
        """Verdicts on one hour of each subject picked; `before` is the one that was judged before it."""

    def judge(self, plant: Plant) -> Verdicts:
        """The next closed hour of each order; and when an order is over, so is what it raised."""
        begun = self.demands.from_at <= plant.clock
        live = np.flatnonzero(self._live(plant.clock)) if begun.any() else NOTHING.at
        if not len(live):
            return NOTHING
        newest, oldest = self._heard(plant, live)
        closed = np.maximum(oldest, newest - SPREAD_MS) // HOUR_MS - 1
        ready = (self.supporting[live, 0] < 0) & (closed >= self.day_began[live] - 1)
        if ready.any():
            self._learn(plant, live[ready][:LEARNT_A_WAVE])
        after = self._next(live)
        due = np.minimum(closed, self.last_hour[live]) >= after
        end = self.demands.to_at[live]
        past = (oldest >= end) | (newest - SPREAD_MS >= end) | (plant.clock - DAY_MS >= end)
        over = past & ~due & self._astir()[live]
        if not (due.any() or over.any()):
            return NOTHING
        return self._verdicts(plant, live, closed, due=due, over=over)

    def heeds(self, stretch: Stretch) -> BoolArray:
        """The meters of orders that are in force in the batch."""
        wanted = self._live(int(stretch.batch.ts[-1]))
        found = np.zeros(len(stretch.plant.last_ts), dtype=np.bool_)
        found[self.demands.item[wanted[self.demands.places.group]]] = True
        return found

    def unjudged(self, plant: Plant) -> Iterator[Unjudged]:
        """Orders in force without meter, without data, or without a limit because there is no baseline."""
        yield from self.demands.without_meter(self.id, plant.clock)
        current = (self.demands.from_at <= plant.clock) & (plant.clock < self.demands.to_at)
        for number in np.flatnonzero(current).tolist():
            subject = self.subjects[number]
            meters = self.demands.item[self.demands.places.of(number)]
            silent = plant.clock - np.maximum(plant.last_ts[meters], 0) > plant.meter_validity[meters] + HOUR_MS
            if silent.any():
                meter = self.registry.meters[int(meters[np.argmax(silent)])].id
                yield Unjudged(self.id, subject.name, subject.enterprise, "no-data", {"meter": meter})
            elif not self._is_limited(number, day_type := day_of(plant.clock // HOUR_MS, self.zones[number]).type):
                days = {"days": int(self.supporting[number, day_type]), "of": LEAST_DAYS}
                yield Unjudged(self.id, subject.name, subject.enterprise, "no-baseline", days)

    def _is_limited(self, number: int, day_type: int) -> bool:
        """Whether there is a limit to judge by on a day of that type, or it is not time to say."""
        return bool(self.supporting[number, 0] < 0 or np.isfinite(self.baseline[number, day_type]).all())

    def _ordered(self, subject: int) -> dict[str, Any]:
        """The order, its meters and the days behind its baseline, as evidence."""
        meters = self.demands.item[self.demands.places.of(subject)].tolist()
        workdays, weekends = self.supporting[subject].tolist()
        return ordered(self.orders[subject]) | {
            "meters": [self.registry.meters[meter].id for meter in meters],
            "baseline_workdays": workdays,
            "baseline_weekend_days": weekends,
        }

    def _live(self, clock: int) -> BoolArray:
        """Orders that have begun and of which hours are left to judge, or alarms to end."""
        found: BoolArray = (self.demands.from_at <= clock) & ((self._next() <= self.last_hour) | self._astir())
        return found

    def _next(self, picked: IntArray | slice = slice(None)) -> IntArray:
        first, judged = self.first_hour[picked], self.judged[picked]
        found: IntArray = np.where(judged == NEVER, first, np.maximum(judged, 0) + 1)
        return found

    def _astir(self) -> BoolArray:
        found: BoolArray = np.logical_or.reduce(self.timers.astir().reshape(-1, self.steps), axis=1)
        return found

    def _heard(self, plant: Plant, live: IntArray) -> tuple[IntArray, IntArray]:
        """(newest, oldest) of the last readings of the meters of each order; 0 where one was never heard."""
        some = self.demands.places.some(live)
        last = np.maximum(plant.last_ts[self.demands.item[some.flat]], 0)
        return np.maximum.reduceat(last, some.starts), np.minimum.reduceat(last, some.starts)

    def _verdicts(self, plant: Plant, live: IntArray, closed: IntArray, *, due: BoolArray, over: BoolArray) -> Verdicts:
        picked = live[due | over]
        shape = (len(picked), self.steps)
        verdict, since = np.full(shape, CLEAR, dtype=np.int8), np.zeros(shape, dtype=np.int64)
        at = np.repeat(self.demands.to_at[picked][:, None], self.steps, axis=1)
        restart = np.zeros(shape, dtype=np.bool_)
        judged = due[due | over]
        if judged.any():
            rows = picked[judged]
            last = np.minimum(closed[due], self.last_hour[rows])
            after = self._next(rows)
            hours = np.where(last - after >= LAG_HOURS, last, after)
            self._learn(plant, rows[self.supporting[rows, 0] < 0])
            before, self.judged[rows] = self.judged[rows], hours
            restart[judged] = (hours > after)[:, None]
            verdict[judged], since[judged], at[judged] = self._judge_hours(plant, rows, hours, before=before)
        conditions = (picked[:, None] * self.steps + np.arange(self.steps)).reshape(-1)
        return Verdicts(verdict.reshape(-1), since.reshape(-1), at.reshape(-1), restart.reshape(-1), conditions)

    def _energies(self, plant: Plant, some: Members, hours: IntArray) -> tuple[FloatArray, FloatArray]:
        """(kWh, covered share 0–1 of the worst meter) of k subjects in their hours (n, k); what is exempt is none."""
        ring, number = plant.energy.hours, hours[:, some.group]
        slot, meter = number % len(ring.number), self.demands.item[some.flat]
        known = ring.number[slot] == number
        spared = self.demands.spared(some.flat, number * HOUR_MS, (number + 1) * HOUR_MS)
        kwh = np.where(known & ~spared, ring.kwh[slot, meter].astype(np.float64), 0.0)
        covered = np.where(spared, 1.0, np.where(known, ring.seconds[slot, meter] / 3600, 0.0))
        return np.add.reduceat(kwh, some.starts, axis=1), np.minimum.reduceat(covered, some.starts, axis=1)

    def _learn(self, plant: Plant, picked: IntArray) -> None:
        """The baselines of some orders."""
        for number in picked.tolist():
            tz, order, enterprise = self.zones[number], self.orders[number], self.subjects[number].enterprise
            hours = np.arange(self.day_began[number] - REACH_HOURS, self.day_began[number])
            kwh, covered = self._energies(plant, self.demands.places.some(np.array([number])), hours[:, None])
            valid = covered[:, 0] >= COVERED
            days = Days.of(
                hours, kwh[:, 0], valid, busy=busy_days(self.busy[enterprise], before=order.from_at, tz=tz), tz=tz
            )
            for kind in (0, 1):
                given = (days.kwh, days.valid, days.weekend)
                self.baseline[number, kind] = baseline_hours(*given, weekend_wanted=bool(kind))
                self.supporting[number, kind] = supporting_days(*given, weekend_wanted=bool(kind))


@dataclass(frozen=True, slots=True)
class StopOrderSettings:
    """baseline_percent    of the baseline hour, that may go on
    hours               in a row above the limit that make the alarm
    run_down_min        after the order begins, in which production may come to rest
    unlearnt_percent    of the rated power [D], the limit where there is no baseline
    """

    baseline_percent: float = 10.0
    hours: int = 2
    run_down_min: int = 60
    unlearnt_percent: float = 50.0


class StopOrder(HourlyOrder):
    """Hourly production above max(10 % of the baseline hour, safety load), two hours in a row after an hour's run-down.

    The safety load is what the order grants, else the on-thresholds, else 0.5 kWh an hour [D]. Without a baseline
    only what is above half of the rated power is proof that production goes on [D]; where that is not known either,
    nothing is judged.
    """

    id: ClassVar[str] = "stop-order"
    says: ClassVar[dict[str, str]] = {
        "zh": "停产指令生效后，产污设施的小时用电量仍高于基线的一成和保障负荷",
        "en": "Production takes more energy an hour than an order to stop leaves it",
    }
    Settings = StopOrderSettings
    kinds = frozenset({OrderKind.STOP})

    def __init__(self, registry: Registry, plant: Plant, settings: StopOrderSettings) -> None:
        self.settings = settings
        self._prepare(registry, run_down_ms=settings.run_down_min * MINUTE_MS)
        self.timers = Timers.alike(len(self.subjects), {2: settings.hours * HOUR_MS})

    def _judge_hours(self, plant: Plant, picked: IntArray, hours: IntArray, *, before: IntArray) -> Judged:
        kwh, covered = self._energies(plant, self.demands.places.some(picked), hours[None])
        excess = kwh[0] - self._limits(picked, hours)
        verdict = np.where(excess > 0, HOLDS, np.where(covered[0] >= COVERED, CLEAR, UNKNOWN))
        verdict[np.isnan(excess)] = UNKNOWN
        return verdict.astype(np.int8)[:, None], (hours * HOUR_MS)[:, None], ((hours + 1) * HOUR_MS)[:, None]

    def _limits(self, picked: IntArray, hours: IntArray) -> FloatArray:
        """(k,) kWh of one hour of each; NaN where there is none."""
        usual = self._usual(picked, hours)
        share, rated = self.settings.baseline_percent / 100, self.settings.unlearnt_percent / 100
        allowed = np.where(np.isnan(usual), rated * self.rated_kw[picked], share * usual)
        found: FloatArray = np.maximum(allowed, self.safety_kwh[picked])
        return found

    def _usual(self, picked: IntArray, hours: IntArray) -> FloatArray:
        places = [
            day_of(hour, self.zones[s]).place(hour) for s, hour in zip(picked.tolist(), hours.tolist(), strict=True)
        ]
        day_type, clock = np.array(places, dtype=np.int64).reshape(-1, 2).T
        found: FloatArray = self.baseline[picked, day_type, clock]
        return found

    def _is_limited(self, number: int, day_type: int) -> bool:
        return bool(np.isfinite(self.rated_kw[number])) or super()._is_limited(number, day_type)

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        last = int(self.judged[subject])
        hours = np.arange(last - self.settings.hours + 1, last + 1)
        one = np.full(len(hours), subject)
        kwh, covered = self._energies(plant, self.demands.places.some(np.array([subject])), hours[:, None])
        limits, usual = self._limits(one, hours), self._usual(one, hours)
        reason = (
            f"production took {kwh[-1, 0]:.4g} kWh in an hour under order {self.orders[subject].id} to stop,"
            f" more than {limits[-1]:.4g} kWh for {self.settings.hours} h"
        )
        return reason, self._ordered(subject) | {
            "hours": [
                hour_shown(hour, used_kwh=used, limit_kwh=limit, baseline_kwh=base, covered_share=share)
                for hour, used, limit, base, share in zip(
                    hours.tolist(), kwh[:, 0], limits, usual, covered[:, 0], strict=True
                )
            ],
            "safety_kwh": float(self.safety_kwh[subject]),
            "baseline_percent": self.settings.baseline_percent,
            "run_down_min": self.settings.run_down_min,
        }
