"""The compliance of an order, from the stored readings of what it is about and the alarms on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.compliance import Compliance, Hours, compliance
from api.services import Services
from core.alarm import Alarm, AlarmState
from core.filing import Filing
from core.interval import DAY_MS, HOUR_MS, MINUTE_MS, local_date
from core.jurisdiction import Scope
from core.measures import ListedOrder
from core.order import Order
from core.readings import FloatArray
from core.records import AlarmFilter
from core.registry import Registry

BACK_MS = 28 * DAY_MS
"""How far back valid days are looked for."""
LONGEST_MS = 62 * DAY_MS
"""Of an order that lasts longer, the first days are judged."""
COVERED = 0.8
RULES = ("stop-order", "limit-order", "window-order")
MOST_ALARMS = 500


@dataclass(frozen=True, slots=True)
class Violation:
    """An alarm on the order; `cleared_at` None while it lasts."""

    alarm: int
    rule: str
    since: int
    cleared_at: int | None


@dataclass(frozen=True, slots=True)
class OrderCompliance:
    """A verdict with the alarms that belong to it."""

    order: str
    ordered_percent: float
    baseline_day_kwh: float
    expected_kwh: float
    used_kwh: float
    reduction_percent: float
    coverage: float
    baseline_days: int
    why_not: str
    violations: list[Violation]


def compliance_of(services: Services, scope: Scope, listed: ListedOrder, *, registry: Registry) -> OrderCompliance:
    """Reads the series store once per meter; StoreAway where it can't be reached."""
    order, enterprise = listed.order, listed.enterprise
    now = services.clock()
    end = min(order.to_at, now, order.from_at + LONGEST_MS)
    hours = hours_of(services, registry, order, end=end)
    found: Compliance = compliance(order, hours, tz=enterprise.timezone, now=end)
    return OrderCompliance(
        order.id,
        found.ordered_percent,
        found.baseline_day_kwh,
        found.expected_kwh,
        found.used_kwh,
        found.reduction_percent,
        found.coverage,
        found.baseline_days,
        found.why_not,
        violations_of(services, scope, listed),
    )


def violations_of(services: Services, scope: Scope, listed: ListedOrder) -> list[Violation]:
    """Alarms whose subject is the order, without those that a filing explains; the oldest first."""
    found: list[Alarm] = []
    for rule in RULES:
        wanted = AlarmFilter(enterprise=listed.enterprise.id, rule=rule, from_at=listed.order.from_at)
        page = services.alarms.alarms(scope, wanted, limit=MOST_ALARMS)
        found += [row.alarm for row in page.rows if row.alarm.subject == listed.order.id]
    meant = sorted((a for a in found if a.state is not AlarmState.SUPPRESSED), key=lambda alarm: alarm.since)
    return [Violation(alarm.id, alarm.rule, alarm.since, alarm.cleared_at) for alarm in meant]


def hours_of(services: Services, registry: Registry, order: Order, *, end: int) -> Hours:
    """Hourly energy of the production that the order is about, from BACK_MS before it."""
    start = (order.from_at - BACK_MS) // HOUR_MS * HOUR_MS
    count = max(0, (end - start) // HOUR_MS)
    meters = registry.meters_of(registry.production_of(order.scope))
    kwh = np.full(count, np.nan) if not meters else np.zeros(count)
    for meter in meters:
        kwh += _hourly(services, meter, registry.meters[meter].interval_s, start=start, count=count)
    at = start + np.arange(count, dtype=np.int64) * HOUR_MS
    tz = registry.enterprise(registry.enterprise_of_scope[order.scope]).timezone
    return Hours(at, kwh, _free(registry, order, at.tolist(), tz))


def _hourly(services: Services, meter: int, interval_s: int, *, start: int, count: int) -> FloatArray:
    """kWh per hour as mean power × time; NaN where less than COVERED of the hour has readings."""
    width = next((w for w in (15 * MINUTE_MS, 30 * MINUTE_MS) if interval_s * 1000 <= w), HOUR_MS)
    parts = HOUR_MS // width
    at, mean, _, _ = services.series.buckets(meter, start, start + count * HOUR_MS, width)
    known = np.isfinite(mean)
    hour = ((at[known] - start) // HOUR_MS).astype(np.int64)
    total = np.bincount(hour, np.maximum(mean[known], 0.0), count)[:count]
    parts_there = np.bincount(hour, minlength=count)[:count]
    covered = parts_there >= COVERED * parts
    return np.where(covered, total / np.maximum(parts_there, 1), np.nan)


def _free(registry: Registry, order: Order, at: Sequence[int], tz: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether the local day of each hour has neither order nor approved filing of the enterprise."""
    enterprise = registry.enterprise_of_scope[order.scope]
    spans: list[Order | Filing] = [
        row for row in registry.orders if registry.enterprise_of_scope.get(row.scope) == enterprise
    ]
    spans += [row for row in registry.filings_of(enterprise) if row.status in ("approved", "revoked")]
    taken = {
        local_date(instant, tz)
        for row in spans
        if row.to_at > row.from_at
        for instant in (*range(row.from_at, row.to_at, 12 * HOUR_MS), row.to_at - 1)
        if at and at[0] - DAY_MS <= instant <= at[-1] + DAY_MS
    }
    return np.array([local_date(instant, tz) not in taken for instant in at], dtype=np.bool_)
