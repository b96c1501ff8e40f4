"""The list of days outside one's own 3σ band and outside the industry's: the intersection of both.

The statistic is a valid day's mean load over the mean of the enterprise's own history, r = L(day) / mean(L(past)),
without unit, so that large and small works compare. The own band is the mean ± 3σ of r over the valid days of the
twelve months before; the industry's is the mean ± 3σ of r over this period's days of the other enterprises of the
same industry, so that a holiday or an order that all of them keep is nobody's finding. Control limits at three
standard deviations are Shewhart's (GB/T 17989.2, ISO 7870-2). A day counts if it lies outside both; an enterprise is
flagged if at least the screening's least number of valid days (three) do.
"""

from collections.abc import Mapping

import numpy as np

from analytics.screening.lists.history import History, code_of, peers
from analytics.screening.lists.measured import LineWorks, Works
from analytics.screening.settings import Screening
from analytics.screening.verdict import IDLE_KW
from core.screening import Finding, Judgement, ScreeningList

SIGMAS = 3.0
LEAST_DAYS = 30
LEAST_ENTERPRISES = 5
Band = tuple[float, float]


def judge(works: list[Works], lines: list[LineWorks], past: History, settings: Screening) -> list[Finding]:
    """One finding an enterprise; its value is the number of days outside both bands."""
    earlier = {row.enterprise.id: _earlier(past, row.enterprise.id) for row in works}
    relative = {row.enterprise.id: _relative(row, earlier[row.enterprise.id], settings) for row in works}
    codes = {row.enterprise.id: code_of(row.enterprise.industry) for row in works if relative[row.enterprise.id]}
    return [_judged(row, earlier[row.enterprise.id], relative, codes, settings) for row in works]


def _earlier(past: History, enterprise: str) -> list[float]:
    found = past.of(ScreeningList.BAND, enterprise)
    return [kw for _, row in found for kw in row.evidence.get("mean_kw", ()) if kw is not None]


def _relative(row: Works, earlier: list[float], settings: Screening) -> list[float]:
    """r of each valid day; [] where days or history are too few, or there was no load."""
    if len(row.mean_kw) < settings.min_valid_days or len(earlier) < LEAST_DAYS:
        return []
    usual = float(np.mean(earlier))
    return [kw / usual for kw in row.mean_kw] if usual >= IDLE_KW else []


def _band(samples: list[float]) -> Band:
    """Mean ± 3σ, at least 1 % of the mean wide on each side."""
    mean, sigma = float(np.mean(samples)), float(np.std(samples))
    half = max(SIGMAS * sigma, 0.01 * abs(mean))
    return mean - half, mean + half


def _judged(
    row: Works,
    earlier: list[float],
    relative: Mapping[str, list[float]],
    codes: Mapping[str, str],
    settings: Screening,
) -> Finding:
    id, own = row.enterprise.id, relative[row.enterprise.id]
    evidence: dict[str, object] = {"days": list(row.imbalance.days), "mean_kw": list(row.mean_kw)}
    evidence |= {"excluded_days": list(row.imbalance.excluded_days), "past_days": len(earlier)}
    if not own:
        return _finding(row, None, settings, Judgement.INSUFFICIENT, _missing(row, earlier, settings), evidence)
    industry, same = peers(id, codes, at_least=LEAST_ENTERPRISES)
    usual = float(np.mean(earlier))
    own_band = _band([kw / usual for kw in earlier])
    evidence |= {"relative": own, "usual_kw": usual, "own_band": list(own_band), "industry": industry}
    if not industry:
        return _finding(row, None, settings, Judgement.INSUFFICIENT, "few peers", evidence)
    theirs = _band([r for other in same if other != id for r in relative[other]])
    out = [day for day, r in zip(row.imbalance.days, own, strict=True) if _outside(r, own_band) and _outside(r, theirs)]
    evidence |= {"industry_band": list(theirs), "enterprises": len(same), "days_out": out}
    judgement = Judgement.FLAGGED if len(out) >= settings.min_valid_days else Judgement.NORMAL
    return _finding(row, len(out), settings, judgement, "", evidence)


def _outside(r: float, band: Band) -> bool:
    return not band[0] <= r <= band[1]


def _missing(row: Works, earlier: list[float], settings: Screening) -> str:
    if len(row.mean_kw) < settings.min_valid_days:
        return "few valid days"
    return "short own history" if len(earlier) < LEAST_DAYS else "no load"


def _finding(
    row: Works, days: int | None, settings: Screening, judgement: Judgement, reason: str, evidence: dict[str, object]
) -> Finding:
    id, value = row.enterprise.id, None if days is None else float(days)
    limit = float(settings.min_valid_days)
    return Finding(ScreeningList.BAND, id, id, value, limit, judgement, reason=reason, evidence=evidence)
