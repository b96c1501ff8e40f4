"""Meters: what is measured where."""

from fastapi import APIRouter

from api.fields import Cursor, Limit, Listed, Name, View, example, page_of
from api.snapshot import Registered
from core.registry import Meter

router = APIRouter(prefix="/meters")


class MeterView(View):
    """A meter; the currents' and voltages' ratios `ct` and `pt` have been applied to its readings."""

    model_config = example(
        id="ZZ-001-T1-M",
        enterprise="ZZ-001",
        facility="ZZ-001-T1",
        interval_s=60,
        ct=90.0,
        pt=1.0,
        values="secondary",
        timezone=None,
        address="865012040011223",
    )

    id: str
    enterprise: str
    facility: str
    interval_s: int
    ct: float
    pt: float
    values: str
    timezone: str | None
    address: str | None

    @classmethod
    def of(cls, meter: Meter, enterprise: str) -> "MeterView":
        """A meter of that enterprise as JSON."""
        return cls(
            id=meter.id,
            enterprise=enterprise,
            facility=meter.facility,
            interval_s=meter.interval_s,
            ct=meter.ct,
            pt=meter.pt,
            values=meter.values,
            timezone=meter.timezone,
            address=meter.address,
        )


@router.get("")
def meters(
    registered: Registered,
    *,
    enterprise: Name = None,
    district: Name = None,
    facility: Name = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[MeterView]:
    """The meters of the enterprises that you may see."""
    wanted = registered.wanted(enterprise=enterprise, district=district)
    registry = registered.registry
    found = [
        (row, owner)
        for row in registry.meters
        if wanted(owner := registry.facility(row.facility).enterprise) and facility in (None, row.facility)
    ]
    rows, following = page_of(found, [row.id for row, _ in found], limit=limit, cursor=cursor)
    return Listed(rows=[MeterView.of(row, owner) for row, owner in rows], cursor=following)
