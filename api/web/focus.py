"""The focus list: who runs at night."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.auth import current_user
from api.services import Services
from api.web.render import page

router = APIRouter()

ON_A_PAGE = 60


@router.get("/focus")
def focus_list(request: Request, district: str = "", start: str = "0") -> HTMLResponse:
    """Flagged enterprises, the steepest first; those with a remark apart. `start` is the rank to begin at."""
    services: Services = request.app.state.services
    entries = services.focus.focus_list(current_user(request).scope)
    names = sorted({entry.enterprise.district for entry in entries})
    wanted = [entry for entry in entries if not district or entry.enterprise.district == district]
    first = max(0, int(start)) if start.isdecimal() and len(start) < 7 else 0
    flagged = [entry for entry in wanted if not entry.imbalance.remark]
    return page(
        request,
        "focus.html",
        flagged=flagged[first : first + ON_A_PAGE],
        total=len(flagged),
        first=first,
        following=first + ON_A_PAGE if first + ON_A_PAGE < len(flagged) else None,
        remarked=[entry for entry in wanted if entry.imbalance.remark][:ON_A_PAGE],
        districts=names,
        district=district,
        screened_at=entries[0].screened_at if entries else None,
    )
