"""The list of capacity growth: 30-day maximum demand above 1.3 × the norm of the 12 months before.

Maximum demand is the highest mean load of a quarter of an hour (最大需量, DL/T 614). The norm is the median of the
monthly maxima, of at least 6 of the 12 months; months that reach into the 30 days do not count.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from statistics import median

from analytics.screening.lists.history import History
from analytics.screening.lists.measured import LineWorks, Works
from analytics.screening.settings import Screening
from analytics.screening.verdict import IDLE_KW
from core.screening import Finding, Judgement, ScreeningList

TIMES = 1.3
DAYS = 30
LEAST_MONTHS = 6


def judge(works: list[Works], lines: list[LineWorks], past: History, settings: Screening) -> list[Finding]:
    """One finding an enterprise; its value is the demand over the norm."""
    return [_judged(row, past, settings) for row in works]


def _judged(row: Works, past: History, settings: Screening) -> Finding:
    id = row.enterprise.id
    found = past.of(ScreeningList.GROWTH, id)
    demand = _last_days(row, past, found)
    since = min(demand, default="")
    norms = {
        name: float(earlier.evidence["month_kw"])
        for name, earlier in found
        if name < since[:7] and earlier.evidence.get("month_kw") is not None
    }
    highest = max(demand.items(), key=lambda pair: pair[1], default=("", 0.0))
    evidence = {
        "demand_kw": demand,
        "month_kw": max(row.demand_kw.values(), default=None),
        "highest_kw": highest[1] if demand else None,
        "highest_on": highest[0],
        "norms_kw": norms,
        "excluded_days": list(row.imbalance.excluded_days),
    }
    norm = median(norms.values()) if norms else 0.0
    if reason := _missing(demand, norms, norm, settings):
        return Finding(ScreeningList.GROWTH, id, id, None, TIMES, Judgement.INSUFFICIENT, reason, "", evidence)
    times = highest[1] / norm
    judgement = Judgement.FLAGGED if times > TIMES * (1 + 1e-9) else Judgement.NORMAL
    return Finding(ScreeningList.GROWTH, id, id, times, TIMES, judgement, "", "", evidence | {"norm_kw": norm})


def _missing(demand: Mapping[str, float], norms: Mapping[str, float], norm: float, settings: Screening) -> str:
    if len(demand) < settings.min_valid_days:
        return "few valid days"
    if len(norms) < LEAST_MONTHS:
        return "short own history"
    return "no load" if norm < IDLE_KW else ""


def _last_days(row: Works, past: History, found: list[tuple[str, Finding]]) -> dict[str, float]:
    """Demand by date over the last 30 dates: the period's own, and what earlier ones know of the dates before."""
    if not row.demand_kw:
        return {}
    known: dict[str, float] = {}
    for _, earlier in found:
        known |= earlier.evidence.get("demand_kw", {})
    known |= past.recent.get(row.enterprise.id, {})
    known |= row.demand_kw
    last = max(row.demand_kw)
    first = (date.fromisoformat(last) - timedelta(days=DAYS - 1)).isoformat()
    return {day: known[day] for day in sorted(known) if first <= day <= last}
