"""Try a limit on the last days: the form, the progress, and today's setting beside the tried one."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from analytics.backtests import LONGEST_DAYS, Backtest
from analytics.comparison import Comparison
from api import backtests
from api.auth import current_user
from api.backtests import BacktestWanted, LimitTried
from api.problems import Problem, not_found
from api.services import Services
from api.snapshot import ScopedRegistry
from api.web.render import page
from core.jurisdiction import Action

router = APIRouter()

SHOWN = 50
ENTERPRISES = 40
SPANS = (7, 30, LONGEST_DAYS)


class Limit(BaseModel):
    """Which limit: as it stands in an address."""

    meter: str = Field(max_length=200)
    quantity: str = Field(max_length=20)
    side: str = Field(max_length=20)
    severity: int = Field(ge=1, le=3)


class Tried(Limit):
    """The form."""

    model_config = ConfigDict(extra="ignore")

    value: float = Field(allow_inf_nan=False)
    on_delay_s: int = Field(ge=0, le=86_400)
    off_delay_s: int = Field(ge=0, le=86_400)
    deadband: float = Field(ge=0, allow_inf_nan=False)
    new_severity: int = Field(ge=1, le=3)
    days: int = Field(LONGEST_DAYS, ge=1, le=LONGEST_DAYS)

    def wanted(self) -> BacktestWanted:
        """The same as a program would ask it."""
        return BacktestWanted(days=self.days, limit=LimitTried(**self.model_dump(exclude={"days"})))


@router.get("/backtests/new")
def new(request: Request, asked: Annotated[Limit, Query()]) -> HTMLResponse:
    """A limit as it is, to be changed and tried."""
    _only_who_may(request)
    registered = _registered(request)
    limit = backtests.limit_of(registered, asked.meter, asked.quantity, asked.side, asked.severity)
    _, _, facility, enterprise = registered.meter(asked.meter)
    services: Services = request.app.state.services
    latest = services.backtests.latest(by=current_user(request).username)
    return page(
        request,
        "backtest_new.html",
        limit=limit,
        facility=facility,
        enterprise=enterprise,
        running=latest if latest and not latest.is_over else None,
        spans=SPANS,
    )


@router.post("/backtests")
def start(request: Request, tried: Annotated[Tried, Form()]) -> RedirectResponse:
    """Put it in the queue; where the person's last is not over, that one is shown."""
    services: Services = request.app.state.services
    try:
        made = backtests.start(services, request, tried.wanted(), _registered(request))
    except Problem as problem:
        latest = services.backtests.latest(by=current_user(request).username)
        if problem.status != 409 or latest is None or latest.is_over:
            raise
        return _to(latest.id, busy=1)
    return _to(made.id)


@router.get("/backtests/{id:int}")
def backtest(request: Request, id: int, busy: str = "") -> HTMLResponse:
    """How far it is, and what came of it."""
    return page(request, "backtest.html", busy=bool(busy), **_shown(request, id))


@router.get("/backtests/{id:int}/progress")
def progress(request: Request, id: int) -> HTMLResponse:
    """The part of the page that moves."""
    return page(request, "_backtest.html", **_shown(request, id))


@router.post("/backtests/{id:int}/cancel")
def cancel(request: Request, id: int) -> RedirectResponse:
    """Stop it; the page says so."""
    _only_who_may(request)
    backtests.cancel(request.app.state.services, request, id)
    return _to(id)


def bars(found: Comparison) -> list[tuple[str, int, int]]:
    """(enterprise, alarms today, alarms tried), the most first."""
    today, tried = ({id: sum(hours) for id, hours in side.by_enterprise.items()} for side in (found.today, found.tried))
    rows = [(id, today.get(id, 0), tried.get(id, 0)) for id in sorted({*today, *tried})]
    return sorted(rows, key=lambda row: -max(row[1:]))


def _shown(request: Request, id: int) -> dict[str, object]:
    _only_who_may(request)
    found: Backtest = backtests.get(request.app.state.services, request, id)
    registry = _registered(request).registry
    rows = bars(found.result) if found.result else []
    limits = [
        (old, new, registry.facility(registry.meters[registry.meter_number[old.meter]].facility))
        for old, new in found.wanted.limits
        if old.meter in registry.meter_number
    ]
    return {
        "test": found,
        "result": found.result,
        "limits": limits,
        "bars": rows[:ENTERPRISES],
        "others": len(rows) - len(rows[:ENTERPRISES]),
        "most": max((max(row[1:]) for row in rows), default=0),
        "busiest": max((*found.result.today.by_hour, *found.result.tried.by_hour)) if found.result else 0,
        "names": {
            id: registry.enterprise(id).name for id in found.wanted.enterprises if id in registry.enterprise_number
        },
        "zones": {
            id: registry.enterprise(id).timezone for id in found.wanted.enterprises if id in registry.enterprise_number
        },
        "at_most": SHOWN,
    }


def _registered(request: Request) -> ScopedRegistry:
    return ScopedRegistry(request.app.state.snapshot(), current_user(request).scope)


def _only_who_may(request: Request) -> None:
    """For others the page does not exist."""
    if not current_user(request).may(Action.BACKTEST):
        raise not_found("page")


def _to(id: int, **query: int) -> RedirectResponse:
    return RedirectResponse(f"/backtests/{id}" + (f"?{urlencode(query)}" if query else ""), status_code=303)
