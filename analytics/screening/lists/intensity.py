"""The list of treatment intensity: k = treatment kWh / production kWh of a line.

A line is flagged outside its own median ± 3 MAD (median absolute deviation, unscaled) of earlier months, or under
the 10th percentile of its industry. The industry is the same 4-digit code of GB/T 4754, else the same 2 digits, with
at least 5 lines; its percentile is taken over those lines' k of this period and of up to twelve months before, so
that the lowest of them is not flagged merely for being the lowest.
"""

from collections.abc import Mapping

import numpy as np

from analytics.screening.lists.history import History, code_of, peers
from analytics.screening.lists.measured import LineWorks, Works
from analytics.screening.settings import Screening
from core.screening import Finding, Judgement, ScreeningList

MADS = 3.0
PERCENTILE = 10
LEAST_LINES = 5
LEAST_MONTHS = 6
LEAST_MAD = 0.01
"""A MAD below this share of the median is taken for it: a k that never moved must not be flagged for its last digit."""

IDLE_KWH_A_DAY = 1.0
"""With less production than this a day, k says nothing."""


def judge(works: list[Works], lines: list[LineWorks], past: History, settings: Screening) -> list[Finding]:
    """One finding a line."""
    now = {row.line.id: k for row in lines if (k := _intensity(row, settings)) is not None}
    codes = {row.line.id: code_of(row.enterprise.industry) for row in lines if row.line.id in now}
    earlier = {row.line.id: _earlier(past, row.line.id) for row in lines}
    return [_judged(row, now, codes, earlier, settings) for row in lines]


def _intensity(row: LineWorks, settings: Screening) -> float | None:
    made, treated = row.production_kwh, row.treatment_kwh
    if made is None or treated is None or len(row.days) < settings.min_valid_days:
        return None
    return treated / made if made > IDLE_KWH_A_DAY * len(row.days) else None


def _earlier(past: History, line: str) -> dict[str, float]:
    return {name: row.value for name, row in past.of(ScreeningList.INTENSITY, line) if row.value is not None}


def _judged(
    row: LineWorks,
    now: Mapping[str, float],
    codes: Mapping[str, str],
    earlier: Mapping[str, Mapping[str, float]],
    settings: Screening,
) -> Finding:
    id, k = row.line.id, now.get(row.line.id)
    evidence: dict[str, object] = {
        "line": row.line.name,
        "treatment_kwh": row.treatment_kwh,
        "production_kwh": row.production_kwh,
        "days": list(row.days),
        "earlier": dict(earlier[id]),
    }
    if k is None:
        return _finding(row, None, None, Judgement.INSUFFICIENT, _missing(row, settings), evidence)
    own = _own_band(list(earlier[id].values()))
    industry, low = _industry_low(id, now, codes, earlier)
    evidence |= {"own_band": own and list(own), "industry": industry, "industry_low": low, "lines": len(codes)}
    if own and not own[0] <= k <= own[1]:
        limit, reason = (own[0], "below own band") if k < own[0] else (own[1], "above own band")
        return _finding(row, k, limit, Judgement.FLAGGED, reason, evidence)
    if low is not None and k < low * (1 - 1e-9):
        return _finding(row, k, low, Judgement.FLAGGED, "below industry", evidence)
    lacks = [word for word, has in (("short own history", own), ("few peers", low is not None)) if not has]
    judgement = Judgement.INSUFFICIENT if lacks else Judgement.NORMAL
    return _finding(row, k, own[0] if own else low, judgement, "; ".join(lacks), evidence)


def _missing(row: LineWorks, settings: Screening) -> str:
    if row.production_kwh is None:
        return "no meters on production and treatment"
    return "few valid days" if len(row.days) < settings.min_valid_days else "no production"


def _own_band(values: list[float]) -> tuple[float, float] | None:
    if len(values) < LEAST_MONTHS:
        return None
    median = float(np.median(values))
    mad = max(float(np.median(np.abs(np.array(values) - median))), LEAST_MAD * abs(median))
    return median - MADS * mad, median + MADS * mad


def _industry_low(
    id: str, now: Mapping[str, float], codes: Mapping[str, str], earlier: Mapping[str, Mapping[str, float]]
) -> tuple[str, float | None]:
    industry, same = peers(id, codes, at_least=LEAST_LINES)
    samples = [k for line in same for k in (now[line], *earlier[line].values())]
    return industry, float(np.percentile(samples, PERCENTILE)) if samples else None


def _finding(
    row: LineWorks,
    k: float | None,
    limit: float | None,
    judgement: Judgement,
    reason: str,
    evidence: dict[str, object],
) -> Finding:
    id = row.enterprise.id
    return Finding(ScreeningList.INTENSITY, id, row.line.id, k, limit, judgement, reason=reason, evidence=evidence)
