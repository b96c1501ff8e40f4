"""What was learnt of one facility: the histogram, the proposal, the form to apply it, and what was set so far."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from analytics.learning.proposal import Proposal, Reason
from api import backtests
from api.auth import current_user
from api.backtests import BacktestWanted, FacilityTried
from api.parameters import set_parameters
from api.problems import Problem, not_found
from api.proposals import DAYS, Proposals
from api.services import Services
from api.snapshot import ScopedRegistry
from api.web.histogram import HEIGHT, WIDTH, histogram
from api.web.learn_form import Applied, Wrong, change_of, instant_of, power_kw, suggested
from api.web.render import page
from api.web.words import Words, language_of
from core.errors import NotAllowed, StoreAway
from core.jurisdiction import Action
from core.registry import Enterprise, Facility, Registry

router = APIRouter()

VERSIONS = 30


@router.get("/facilities/{id:path}/learn")
def learn(request: Request, id: str, done: str = "", test: str = "") -> HTMLResponse:
    """The page of one facility; `test` is a back-test to show on it."""
    number = int(test) if test.isascii() and test.isdigit() and len(test) < 10 else None
    return _page(request, id, done=done in ("now", "later"), later=done == "later", test=number)


@router.post("/facilities/{id:path}/learn", response_model=None)
def apply(request: Request, id: str, form: Annotated[Applied, Form()]) -> HTMLResponse | RedirectResponse:
    """Set the thresholds; where something is wrong the form comes back with what is."""
    services: Services = request.app.state.services
    facility, enterprise = _facility(request, id)
    if not current_user(request).may(Action.SET_PARAMETERS):
        raise Problem(403, "your role does not allow this")
    now = services.clock()
    try:
        effective_at = instant_of(form.effective, enterprise.timezone)
        on_kw, off_kw = power_kw(form.on_kw, "on"), power_kw(form.off_kw, "off")
        if not form.reason.strip():
            raise Wrong("reason")
        change = change_of(facility.id, on_kw=on_kw, off_kw=off_kw)
        set_parameters(services, request, [change], reason=form.reason.strip(), effective_at=effective_at)
    except Wrong as wrong:
        return _page(request, id, form=form, wrong=str(wrong), status=422)
    except NotAllowed:
        return _page(request, id, form=form, wrong="link", status=409)
    done = "later" if effective_at is not None and effective_at > now else "now"
    return RedirectResponse(f"/facilities/{quote(id, safe='')}/learn?{urlencode({'done': done})}", status_code=303)


@router.post("/facilities/{id:path}/learn/try", response_model=None)
def try_out(request: Request, id: str, form: Annotated[Applied, Form()]) -> HTMLResponse | RedirectResponse:
    """Back-test the values of the form on the last days; while another is not over, that one is shown."""
    services: Services = request.app.state.services
    _facility(request, id)
    try:
        on_kw, off_kw = power_kw(form.on_kw, "on"), power_kw(form.off_kw, "off")
        change_of(id, on_kw=on_kw, off_kw=off_kw)
    except Wrong as wrong:
        return _page(request, id, form=form, wrong=str(wrong), status=422)
    asked = BacktestWanted(days=DAYS, facilities=[FacilityTried(id=id, on_kw=on_kw, off_kw=off_kw)])
    try:
        made = backtests.start(
            services, request, asked, ScopedRegistry(_registry(request), current_user(request).scope)
        )
    except Problem as problem:
        latest = services.backtests.latest(by=current_user(request).username)
        if problem.status != 409 or latest is None:
            raise
        return RedirectResponse(f"/backtests/{latest.id}?busy=1", status_code=303)
    return RedirectResponse(f"/facilities/{quote(id, safe='')}/learn?test={made.id}#tried", status_code=303)


def _page(
    request: Request,
    id: str,
    *,
    form: Applied | None = None,
    wrong: str = "",
    done: bool = False,
    later: bool = False,
    test: int | None = None,
    status: int = 200,
) -> HTMLResponse:
    services: Services = request.app.state.services
    facility, enterprise = _facility(request, id)
    meters = [row.id for row in _registry(request).meters if row.facility == id]
    proposal, away = _proposal(request, facility)
    subjects = [facility.id, *meters]
    return page(
        request,
        "learn.html",
        status=status,
        facility=facility,
        enterprise=enterprise,
        limit_kw=_limit_kw(_registry(request), meters),
        proposal=proposal,
        picture=histogram(proposal) if proposal else None,
        why=partial(_why, Words(language_of(request))),
        size=(WIDTH, HEIGHT),
        away=away,
        days=DAYS,
        form=form or suggested(proposal, facility),
        wrong=wrong,
        done=done,
        later=later,
        test=test,
        versions=services.registry.versions(current_user(request).scope, subjects=subjects, limit=VERSIONS),
    )


def _proposal(request: Request, facility: Facility) -> tuple[Proposal | None, bool]:
    """The proposal, if there is one, and whether the readings can't be reached now."""
    kept: Proposals = request.app.state.proposals
    try:
        found = kept.of(request.app.state.services, _registry(request), facility.enterprise)
    except StoreAway:
        return None, True
    return next((row for row in found if row.facility == facility.id), None), False


def _limit_kw(registry: Registry, meters: Sequence[str]) -> float | None:
    """Today's lowest limit on the power from above, where one is set on any of the meters."""
    limits = (row for row in registry.thresholds if row.meter in meters and (row.quantity, row.side) == ("p", "above"))
    return min((row.value for row in limits), default=None)


def _facility(request: Request, id: str) -> tuple[Facility, Enterprise]:
    """A 404 problem where the scope has none of that id."""
    registry = _registry(request)
    number = registry.facility_number.get(id)
    scoped = ScopedRegistry(registry, current_user(request).scope)
    if number is None or not scoped.sees(registry.facilities[number].enterprise):
        raise not_found("facility")
    return registry.facilities[number], registry.enterprise(registry.facilities[number].enterprise)


def _registry(request: Request) -> Registry:
    found: Registry = request.app.state.snapshot()
    return found


def _why(words: Words, reason: Reason) -> str:
    return words(f"learn.why.{reason.code}", **{name: f"{value:.3g}" for name, value in reason.values})
