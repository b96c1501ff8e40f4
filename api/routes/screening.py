"""The screening's five lists, period by period."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.auth import Caller, Served
from api.fields import Cursor, Instant, Limit, Listed, Name, Number, View, example, finite, page_of
from api.problems import unknown_parameter
from core.screening import RUNNING, Change, Judgement, ScreeningList
from core.screening import Listed as Found

router = APIRouter(prefix="/screening")


class ScreeningRow(View):
    """What one list says of one enterprise or line in one period.

    `value` is held against `limit`; its meaning is the list's: night over day load, share of the night (0–1),
    treatment over production kWh, days outside both bands, 30-day demand over its norm. `change` compares with the
    last period of the same length, `periods` counts for how many in a row it has been flagged. An insufficient
    finding says neither good nor suspicious; `reason` says what is missing.
    """

    model_config = example(
        list="night-share",
        period="2025-10",
        enterprise="ZZ-001",
        name="株洲铸造",
        district="天元区",
        line=None,
        value=0.72,
        limit=0.6,
        judgement="flagged",
        reason="",
        remark="",
        change="persistent",
        periods=3,
        evidence={"days": ["2025-10-01"], "night_kwh": 812.5},
    )

    list: ScreeningList
    period: str
    enterprise: str
    name: str
    district: str
    line: str | None
    value: Number
    limit: Number
    judgement: Judgement
    reason: str
    remark: str
    change: Change | None
    periods: int
    evidence: dict[str, Any]

    @classmethod
    def of(cls, row: Found, period: str) -> "ScreeningRow":
        """A finding as JSON."""
        found, plant = row.finding, row.enterprise
        return cls(
            list=found.list,
            period=period,
            enterprise=plant.id,
            name=plant.name,
            district=plant.district,
            line=found.subject if found.subject != plant.id else None,
            value=found.value,
            limit=found.limit,
            judgement=found.judgement,
            reason=found.reason,
            remark=found.remark,
            change=row.change,
            periods=row.periods,
            evidence=finite(dict(found.evidence)),
        )


class PeriodRow(View):
    """A period that was screened; `stale` months have readings that came later and are screened again."""

    model_config = example(
        name="2025-10",
        from_at="2025-09-30T04:00:00Z",
        to_at="2025-11-01T04:00:00Z",
        screened_at="2025-11-01T06:00:00Z",
        stale=False,
    )

    name: str
    from_at: Instant
    to_at: Instant
    screened_at: Instant
    stale: bool


@router.get("")
def screening(
    services: Served,
    user: Caller,
    *,
    list_: Annotated[ScreeningList, Query(alias="list")] = ScreeningList.IMBALANCE,
    period: Annotated[str, Query(max_length=20, description="`running`, or a month like 2025-10")] = RUNNING,
    compare: Annotated[Change | None, Query(description="only what changed so against the last period")] = None,
    judgement: Judgement | None = None,
    district: Name = None,
    enterprise: Name = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[ScreeningRow]:
    """One list of one period: flagged ones first, those with a remark after them, then what was not flagged."""
    if period not in {row.period.name for row in services.screenings.periods()} | {RUNNING}:
        raise unknown_parameter("period", "was not screened")
    found = [
        row
        for row in services.screenings.findings(user.scope, list_, period)
        if compare in (None, row.change)
        and judgement in (None, row.finding.judgement)
        and district in (None, row.enterprise.district)
        and enterprise in (None, row.enterprise.id)
    ]
    rows, following = page_of(found, [row.finding.subject for row in found], limit=limit, cursor=cursor)
    return Listed(rows=[ScreeningRow.of(row, period) for row in rows], cursor=following)


@router.get("/periods")
def periods(services: Served, user: Caller) -> list[PeriodRow]:
    """The running period and all months that were screened, the newest first."""
    return [
        PeriodRow(
            name=row.period.name,
            from_at=row.period.from_at,
            to_at=row.period.to_at,
            screened_at=row.screened_at,
            stale=row.stale,
        )
        for row in services.screenings.periods()
    ]
