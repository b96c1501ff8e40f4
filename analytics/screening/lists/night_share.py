"""The list of night-only work: more than 60 % of the energy of the period's valid days drawn at night."""

from analytics.screening.lists.history import History
from analytics.screening.lists.measured import LineWorks, Works
from analytics.screening.settings import Screening
from analytics.screening.verdict import IDLE_KW
from core.screening import Finding, Judgement, ScreeningList

LIMIT = 0.6


def judge(works: list[Works], lines: list[LineWorks], past: History, settings: Screening) -> list[Finding]:
    """Share of the night in the kWh of all valid days together, each window scaled to its whole length."""
    return [_judged(row, settings) for row in works]


def _judged(row: Works, settings: Screening) -> Finding:
    night, total = sum(row.night_kwh), sum(row.night_kwh) + sum(row.day_kwh)
    reason, share = "", None
    if len(row.imbalance.days) < settings.min_valid_days:
        reason = "few valid days"
    elif sum(row.mean_kw) < IDLE_KW * len(row.mean_kw):
        reason = "no load"
    else:
        share = night / total
    flagged = share is not None and share > LIMIT * (1 + 1e-9)
    judgement = Judgement.FLAGGED if flagged else Judgement.NORMAL if share is not None else Judgement.INSUFFICIENT
    daily = [n / (n + d) if n + d > 0 else None for n, d in zip(row.night_kwh, row.day_kwh, strict=True)]
    return Finding(
        ScreeningList.NIGHT_SHARE,
        row.enterprise.id,
        row.enterprise.id,
        share,
        LIMIT,
        judgement,
        reason=reason,
        remark=row.imbalance.remark,
        evidence={
            "night_kwh": night,
            "total_kwh": total,
            "days": list(row.imbalance.days),
            "daily_share": daily,
            "nights_above": sum(part is not None and part > LIMIT for part in daily),
            "excluded_days": list(row.imbalance.excluded_days),
            "coverage": row.imbalance.coverage,
            "night_window": row.imbalance.night_window,
            "profile_kw": list(row.imbalance.profile_kw),
        },
    )
