"""The focus list: whom the day/night screening found."""

from fastapi import APIRouter

from api.auth import Caller, Served
from api.fields import Cursor, Limit, Listed, Name, View, page_of
from api.routes.profiles import ProfileView
from core.records import FocusEntry

router = APIRouter(prefix="/focus-list")


class FocusRow(View):
    """An enterprise on the list; one whose profile has a remark is listed apart, after the others."""

    enterprise: str
    name: str
    district: str
    industry: str | None
    timezone: str
    profile: ProfileView

    @classmethod
    def of(cls, entry: FocusEntry) -> "FocusRow":
        """An entry as JSON."""
        found = entry.enterprise
        return cls(
            enterprise=found.id,
            name=found.name,
            district=found.district,
            industry=found.industry,
            timezone=found.timezone,
            profile=ProfileView.of(entry),
        )


@router.get("")
def focus_list(
    services: Served,
    user: Caller,
    *,
    district: Name = None,
    enterprise: Name = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[FocusRow]:
    """The flagged enterprises that you may see, the steepest first."""
    found = [
        entry
        for entry in services.focus.focus_list(user.scope)
        if district in (None, entry.enterprise.district) and enterprise in (None, entry.enterprise.id)
    ]
    rows, following = page_of(found, [row.enterprise.id for row in found], limit=limit, cursor=cursor)
    return Listed(rows=[FocusRow.of(row) for row in rows], cursor=following)
