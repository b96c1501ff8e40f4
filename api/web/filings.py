"""The page of filings: what waits, what was decided, and entering one."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from api import measures
from api.auth import current_user
from api.problems import not_found
from api.services import Services
from api.web.entering import FilingForm, zone_of
from api.web.paging import tolerant
from api.web.render import render
from core.errors import NotAllowed, Unfit
from core.filing_hours import by_month, month_of
from core.filing_life import MOVES, PENDING, STATUSES, FilingMove
from core.interval import local_date
from core.measures import FilingFilter, ListedFiling

router = APIRouter()

ON_A_PAGE = 40


class FilingChoice(BaseModel):
    """What the reader narrows the list to; what can't be read narrows nothing."""

    status: str = Field("", max_length=40)
    district: str = Field("", max_length=100)
    enterprise: str = Field("", max_length=128)
    cursor: str = Field("", max_length=200)
    done: str = Field("", max_length=40)

    def wanted(self) -> FilingFilter:
        """What the store is asked for."""
        status = self.status if self.status in STATUSES else None
        return FilingFilter(self.district or None, self.enterprise or None, status)

    def query(self, **changed: str) -> dict[str, str]:
        """The parts of an address with some of them changed, empty ones left out."""
        kept = self.model_dump(exclude={"cursor", "done"})
        return {key: value for key, value in {**kept, **changed}.items() if value}


@router.get("/filings")
def filings(request: Request, choice: Annotated[FilingChoice, Query()]) -> HTMLResponse:
    """The filings of the scope, the last entered first."""
    return _page(request, choice, FilingForm(enterprise=choice.enterprise))


@router.post("/filings")
def hand_in(request: Request, form: Annotated[FilingForm, Form()]) -> Response:
    """Enter one; what can't be taken comes back with what to mend."""
    services: Services = request.app.state.services
    try:
        filing = form.filing(zone_of(request.app.state.snapshot(), form.enterprise))
        measures.hand_in(services, request, filing, reason=form.reason)
    except Unfit as error:
        return _page(request, FilingChoice(), form, refused=error, status=422)
    return RedirectResponse("/filings?done=file", status_code=303)


@router.post("/filings/{id}/{move}")
def decide(request: Request, id: str, move: str, reason: Annotated[str, Form(max_length=500)] = "") -> Response:
    """Approve, reject, withdraw or revoke one."""
    if move not in tuple(FilingMove):
        raise not_found("page")
    try:
        measures.decide(request.app.state.services, request, id, FilingMove(move), reason=reason)
    except NotAllowed as error:
        return _page(request, FilingChoice(), FilingForm(), refused=error, status=409)
    except Unfit as error:
        return _page(request, FilingChoice(), FilingForm(), refused=error, status=422)
    return RedirectResponse(f"/filings?done={move}", status_code=303)


def _page(
    request: Request,
    choice: FilingChoice,
    form: FilingForm,
    *,
    refused: NotAllowed | Unfit | None = None,
    status: int = 200,
) -> HTMLResponse:
    services: Services = request.app.state.services
    user = current_user(request)
    listed = tolerant(
        lambda after: services.filings.filings(user.scope, choice.wanted(), limit=ON_A_PAGE, cursor=after),
        choice.cursor,
    )
    return render(
        request,
        "filings.html",
        user=user,
        status=status,
        listed=listed,
        choice=choice,
        form=form,
        refused=refused,
        done=choice.done if choice.done in ("file", *FilingMove) else "",
        waiting=services.filings.count(user.scope, FilingFilter(status=PENDING)),
        overdue=services.filings.count(user.scope, FilingFilter(overdue=True)),
        hours=hours_of(services, request, listed.rows),
        cap=services.filing_cap_hours,
        moves=MOVES,
        districts=[name for name, _, _ in services.dossiers.districts(user.scope)],
        enterprises=services.dossiers.enterprises(user.scope, limit=500).rows,
    )


def hours_of(services: Services, request: Request, rows: tuple[ListedFiling, ...]) -> dict[str, list[Any]]:
    """By filing id: hours filed for its facilities in the months that it touches, the most first, three at most."""
    found = services.filings.hours(current_user(request).scope, {row.enterprise.id for row in rows})
    shown = {}
    for row in rows:
        filing, tz = row.filing, row.enterprise.timezone
        months = {month for month, _ in by_month(filing.from_at, filing.to_at, tz)}
        months |= {month_of(local_date(filing.from_at, tz))}
        mine = [
            each
            for each in found.get(row.enterprise.id, [])
            if each.month in months and (not filing.facilities or each.facility in filing.facilities)
        ]
        shown[filing.id] = sorted(mine, key=lambda each: -each.hours)[:3]
    return shown
