"""The list of day/night imbalance (昼夜用电负荷不平衡度), as analytics/screening/imbalance.py finds it."""

from analytics.screening.lists.history import History
from analytics.screening.lists.measured import LineWorks, Works
from analytics.screening.settings import Screening
from core.imbalance import LoadClass
from core.screening import Finding, Judgement, ScreeningList


def judge(works: list[Works], lines: list[LineWorks], past: History, settings: Screening) -> list[Finding]:
    """One finding an enterprise; its own past plays no part."""
    return [_judged(row, settings) for row in works]


def _judged(row: Works, settings: Screening) -> Finding:
    found = row.imbalance
    insufficient = found.load_class is LoadClass.INSUFFICIENT
    judgement = Judgement.FLAGGED if found.flagged else Judgement.INSUFFICIENT if insufficient else Judgement.NORMAL
    return Finding(
        ScreeningList.IMBALANCE,
        row.enterprise.id,
        row.enterprise.id,
        found.ratio,
        settings.flag_ratio,
        judgement,
        reason="few valid days" if insufficient else "",
        remark=found.remark,
        evidence={
            "class": found.load_class.value,
            "night_kw": found.night_kw,
            "day_kw": found.day_kw,
            "days": list(found.days),
            "excluded_days": list(found.excluded_days),
            "coverage": found.coverage,
            "night_window": found.night_window,
            "day_window": found.day_window,
            "profile_kw": list(found.profile_kw),
            "source": found.source,
        },
    )
