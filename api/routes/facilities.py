"""Facilities: what runs, and what must run with it."""

from fastapi import APIRouter

from api.fields import Cursor, Limit, Listed, Name, View, example, page_of
from api.snapshot import Registered
from core.registry import Kind

router = APIRouter(prefix="/facilities")


class FacilityView(View):
    """A facility; `on_kw` and `off_kw` are null until they are set or learnt."""

    model_config = example(
        id="ZZ-001-T1",
        enterprise="ZZ-001",
        kind="treatment",
        line="ZZ-001-L1",
        name="1号风机",
        stage="除尘",
        duty="duty",
        rated_kw=55.0,
        on_kw=5.5,
        off_kw=3.3,
    )

    id: str
    enterprise: str
    kind: Kind
    line: str | None
    name: str | None
    stage: str | None
    duty: str
    rated_kw: float | None
    on_kw: float | None
    off_kw: float | None


@router.get("")
def facilities(
    registered: Registered,
    *,
    enterprise: Name = None,
    district: Name = None,
    kind: Kind | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[FacilityView]:
    """The facilities of the enterprises that you may see."""
    wanted = registered.wanted(enterprise=enterprise, district=district)
    found = [row for row in registered.registry.facilities if wanted(row.enterprise) and kind in (None, row.kind)]
    rows, following = page_of(found, [row.id for row in found], limit=limit, cursor=cursor)
    return Listed(rows=[FacilityView.model_validate(row) for row in rows], cursor=following)
