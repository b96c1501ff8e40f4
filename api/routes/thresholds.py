"""Thresholds: limits on one quantity of one meter."""

from fastapi import APIRouter

from api.fields import Cursor, Limit, Listed, Name, View, example, page_of
from api.snapshot import Registered
from core.registry import Threshold

router = APIRouter(prefix="/thresholds")


class ThresholdView(View):
    """A limit. `window` is local time, null for all day; `weekdays` are ISO numbers, Monday 1."""

    model_config = example(
        meter="ZZ-001-T1-M",
        enterprise="ZZ-001",
        quantity="p",
        side="below",
        value=3.3,
        on_delay_s=300,
        off_delay_s=300,
        deadband=0.5,
        severity=2,
        window="08:00-20:00",
        weekdays=[1, 2, 3, 4, 5],
    )

    meter: str
    enterprise: str
    quantity: str
    side: str
    value: float
    on_delay_s: int
    off_delay_s: int
    deadband: float
    severity: int
    window: str | None
    weekdays: list[int]

    @classmethod
    def of(cls, limit: Threshold, enterprise: str) -> "ThresholdView":
        """A limit on a meter of that enterprise as JSON."""
        return cls(
            meter=limit.meter,
            enterprise=enterprise,
            quantity=limit.quantity,
            side=limit.side,
            value=limit.value,
            on_delay_s=limit.on_delay_s,
            off_delay_s=limit.off_delay_s,
            deadband=limit.deadband,
            severity=limit.severity,
            window=str(limit.window) if limit.window else None,
            weekdays=sorted(limit.weekdays),
        )


def _key(limit: Threshold) -> str:
    return f"{limit.meter}/{limit.quantity}/{limit.side}/{limit.severity}"


@router.get("")
def thresholds(
    registered: Registered,
    *,
    enterprise: Name = None,
    district: Name = None,
    meter: Name = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[ThresholdView]:
    """The limits on meters of the enterprises that you may see."""
    wanted = registered.wanted(enterprise=enterprise, district=district)
    found = [
        (row, owner)
        for row in registered.registry.thresholds
        if wanted(owner := registered.owner(row.meter)) and meter in (None, row.meter)
    ]
    rows, following = page_of(found, [_key(row) for row, _ in found], limit=limit, cursor=cursor)
    return Listed(rows=[ThresholdView.of(row, owner) for row, owner in rows], cursor=following)
