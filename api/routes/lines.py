"""Lines: production facilities with the treatment stages that must run with them."""

from fastapi import APIRouter

from api.fields import Cursor, Limit, Listed, Name, View, example, page_of
from api.snapshot import Registered

router = APIRouter(prefix="/lines")


class LineView(View):
    """A line."""

    model_config = example(id="ZZ-001-L1", enterprise="ZZ-001", name="1号线")

    id: str
    enterprise: str
    name: str


@router.get("")
def lines(
    registered: Registered,
    *,
    enterprise: Name = None,
    district: Name = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[LineView]:
    """The lines of the enterprises that you may see."""
    wanted = registered.wanted(enterprise=enterprise, district=district)
    found = [row for row in registered.registry.lines if wanted(row.enterprise)]
    rows, following = page_of(found, [row.id for row in found], limit=limit, cursor=cursor)
    return Listed(rows=[LineView.model_validate(row) for row in rows], cursor=following)
