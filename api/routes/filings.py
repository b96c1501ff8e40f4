"""Filings: what enterprises announced beforehand."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BeforeValidator

from api.fields import Cursor, From, Instant, Limit, Listed, Name, To, View, example, page_of
from api.snapshot import Registered

router = APIRouter(prefix="/filings")


class FilingView(View):
    """A filing over [from_at, to_at); no `facilities` means all of the enterprise."""

    model_config = example(
        id="B-2025-0107",
        enterprise="ZZ-001",
        kind="maintenance",
        from_at="2025-11-20T00:00:00Z",
        to_at="2025-11-21T00:00:00Z",
        facilities=["ZZ-001-T1"],
        announced=["treatment-off"],
        status="approved",
    )

    id: str
    enterprise: str
    kind: str
    from_at: Instant
    to_at: Instant
    facilities: Annotated[list[str], BeforeValidator(sorted)]
    announced: Annotated[list[str], BeforeValidator(sorted)]
    status: str


@router.get("")
def filings(
    registered: Registered,
    *,
    enterprise: Name = None,
    district: Name = None,
    status: Name = None,
    from_at: From = None,
    to_at: To = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[FilingView]:
    """The filings of the enterprises that you may see; `from` and `to` keep those that touch that time."""
    wanted = registered.wanted(enterprise=enterprise, district=district)
    found = [
        row
        for row in registered.registry.filings
        if wanted(row.enterprise)
        and status in (None, row.status)
        and (from_at is None or row.to_at > from_at)
        and (to_at is None or row.from_at < to_at)
    ]
    rows, following = page_of(found, [row.id for row in found], limit=limit, cursor=cursor)
    return Listed(rows=[FilingView.model_validate(row) for row in rows], cursor=following)
