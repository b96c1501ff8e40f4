"""How an order was obeyed: what was ordered against what was achieved, over the hours that can be judged."""

import math
from dataclasses import dataclass

import numpy as np

from analytics.baseline_hours import LEAST_DAYS, BoolArray, baseline_hours, supporting_days
from core.interval import HOUR_MS, dates, to_datetime, zone
from core.order import Order, OrderKind
from core.readings import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Compliance:
    """Of one order. NaN and `why_not` where it can't be said.

    ordered_percent    by how much production was to fall: of a limit its per cent, of a stop 100; NaN of the others
    baseline_day_kwh   what the order's days would usually have taken, on average
    expected_kwh       the baseline of the hours judged
    used_kwh           what they took
    reduction_percent  (1 - used / expected) x 100
    coverage           hours judged ÷ hours of the order so far, 0-1
    baseline_days      days that support the baseline; of two day types the fewer
    """

    ordered_percent: float
    baseline_day_kwh: float
    expected_kwh: float
    used_kwh: float
    reduction_percent: float
    coverage: float
    baseline_days: int
    why_not: str = ""


@dataclass(frozen=True, eq=False)
class Hours:
    """Hourly energy of what an order is about.

    start   (h,) ms UTC, ascending, each an hour
    kwh     (h,) NaN where readings cover too little of it
    free    (h,) the hour lies on a day without order or filing
    """

    start: IntArray
    kwh: FloatArray
    free: BoolArray


@dataclass(frozen=True, eq=False)
class _Days:
    kwh: FloatArray  # (d, 24)
    valid: BoolArray  # (d, 24)
    weekend: BoolArray  # (d,)


def compliance(order: Order, hours: Hours, *, tz: str, now: int) -> Compliance:
    """The verdict over [order.from_at, min(order.to_at, now)); a window order is judged inside its window."""
    places = [_place(at, tz) for at in hours.start.tolist()]
    end = min(order.to_at, now)
    due = np.array(
        [
            order.from_at <= at and at + HOUR_MS <= end and _meant(order, hour)
            for at, (_, hour, _) in _with(hours, places)
        ],
        dtype=np.bool_,
    )
    by_type = {kind: _baseline(hours, places, before=order.from_at, weekend=kind) for kind in (False, True)}
    usual = np.array([by_type[weekend][0][hour] for _, hour, weekend in places], dtype=np.float64)
    judged = due & np.isfinite(usual) & np.isfinite(hours.kwh)
    kinds = {weekend for (_, _, weekend), wanted in zip(places, due, strict=True) if wanted}
    days = min((by_type[kind][1] for kind in kinds), default=0)
    expected, used = float(usual[judged].sum()), float(hours.kwh[judged].sum())
    return Compliance(
        ordered_percent=_ordered(order),
        baseline_day_kwh=_baseline_day(order, by_type, tz=tz, end=end),
        expected_kwh=expected,
        used_kwh=used,
        reduction_percent=(1 - used / expected) * 100 if expected > 0 else math.nan,
        coverage=float(judged.sum() / due.sum()) if due.any() else 0.0,
        baseline_days=days,
        why_not=_why_not(due, judged, days, expected),
    )


def _with(hours: Hours, places: list[tuple[int, int, bool]]) -> list[tuple[int, tuple[int, int, bool]]]:
    return list(zip(hours.start.tolist(), places, strict=True))


def _place(at: int, tz: str) -> tuple[int, int, bool]:
    """(day, local hour, whether it is a weekend) of an hour."""
    local = to_datetime(at).astimezone(zone(tz))
    return local.date().toordinal(), local.hour, local.isoweekday() > 5


def _meant(order: Order, hour: int) -> bool:
    return order.kind != OrderKind.WINDOW or order.window is None or order.window.holds(hour * 60)


def _baseline(
    hours: Hours, places: list[tuple[int, int, bool]], *, before: int, weekend: bool
) -> tuple[FloatArray, int]:
    """(24 baseline hours, days that support them) from what lies before the order."""
    days = _days(hours, places, before=before)
    found = baseline_hours(days.kwh, days.valid, days.weekend, weekend_wanted=weekend)
    return found, supporting_days(days.kwh, days.valid, days.weekend, weekend_wanted=weekend)


def _days(hours: Hours, places: list[tuple[int, int, bool]], *, before: int) -> _Days:
    """By local day and hour. An hour that daylight saving repeats counts with its mean, a skipped one is missing."""
    past = [row for row in range(len(places)) if hours.start[row] + HOUR_MS <= before]
    if not past:
        return _Days(np.zeros((0, 24)), np.zeros((0, 24), dtype=np.bool_), np.zeros(0, dtype=np.bool_))
    first, last = places[past[0]][0], places[past[-1]][0]
    total, count = np.zeros((last - first + 1, 24)), np.zeros((last - first + 1, 24))
    weekend = np.array([(day - 1) % 7 > 4 for day in range(first, last + 1)], dtype=np.bool_)
    for row in past:
        if hours.free[row] and np.isfinite(hours.kwh[row]):
            place = (places[row][0] - first, places[row][1])
            total[place] += hours.kwh[row]
            count[place] += 1
    valid: BoolArray = count > 0
    return _Days(np.divide(total, count, out=np.full_like(total, np.nan), where=valid), valid, weekend)


def _ordered(order: Order) -> float:
    if order.kind == OrderKind.LIMIT and order.value is not None:
        return order.value
    return 100.0 if order.kind in (OrderKind.STOP, OrderKind.WINDOW) else math.nan


def _baseline_day(order: Order, by_type: dict[bool, tuple[FloatArray, int]], *, tz: str, end: int) -> float:
    days = list(dates(order.from_at, max(end, order.from_at + 1), tz))
    sums = [float(by_type[day.isoweekday() > 5][0].sum()) for day in days]
    return float(np.mean(sums)) if sums else math.nan


def _why_not(due: BoolArray, judged: BoolArray, days: int, expected: float) -> str:
    if not due.any():
        return "no whole hour of it is over yet"
    if days < LEAST_DAYS:
        return f"no baseline, {days} valid days"
    if not judged.any():
        return "no readings of its hours"
    return "" if expected > 0 else "the baseline is zero"
