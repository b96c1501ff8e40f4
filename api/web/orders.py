"""The page of control orders: in force, coming and past; issuing, emergency responses, presets."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from api import measures
from api.auth import current_user
from api.compliance import compliance_of
from api.problems import not_found
from api.services import Services
from api.web.entering import ResponseForm, TermsForm, zone_of
from api.web.paging import tolerant
from api.web.render import page, render
from core.errors import NotAllowed, StoreAway, Unfit
from core.measures import ListedOrder, OrderFilter
from core.order import LEVELS, OrderKind
from core.records import Page
from core.registry import Enterprise
from core.response import ResponsePlan

router = APIRouter()

ON_A_PAGE = 40
DONE = ("issue", "revoke", "respond", "revoke-response", "preset", "remove-preset")


class OrderChoice(BaseModel):
    """What the reader narrows the list to."""

    district: str = Field("", max_length=100)
    enterprise: str = Field("", max_length=128)
    cursor: str = Field("", max_length=200)
    done: str = Field("", max_length=40)


Reason = Annotated[str, Form(max_length=500)]


@router.get("/orders")
def orders(request: Request, choice: Annotated[OrderChoice, Query()]) -> HTMLResponse:
    """The orders of the scope."""
    return _page(request, choice)


@router.get("/orders/{id}/compliance")
def compliance(request: Request, id: str) -> HTMLResponse:
    """How one order was obeyed, to be put into the list."""
    services: Services = request.app.state.services
    scope = current_user(request).scope
    listed = services.orders.order(scope, id)
    if listed is None:
        raise not_found("order")
    try:
        found = compliance_of(services, scope, listed, registry=request.app.state.snapshot())
    except StoreAway:
        found = None
    return page(request, "_compliance.html", found=found, listed=listed)


@router.post("/orders")
def issue(request: Request, form: Annotated[TermsForm, Form()]) -> Response:
    """Issue one order."""
    services: Services = request.app.state.services
    try:
        order = form.order(zone_of(request.app.state.snapshot(), form.scope))
        measures.issue(services, request, order, reason=form.reason)
    except (Unfit, NotAllowed) as error:
        return _page(request, OrderChoice(), terms=form, refused=error, at="issue")
    return _back("issue")


@router.post("/orders/{id}/revoke")
def revoke(request: Request, id: str, reason: Reason = "") -> Response:
    """Revoke one order."""
    try:
        measures.revoke(request.app.state.services, request, id, reason=reason)
    except NotAllowed as error:
        return _page(request, OrderChoice(), refused=error, at="orders")
    return _back("revoke")


@router.post("/responses")
def respond(request: Request, form: Annotated[ResponseForm, Form()], act: Annotated[str, Form()] = "") -> Response:
    """Preview a response, or issue what was previewed."""
    services: Services = request.app.state.services
    try:
        if act != "issue":
            plan = measures.preview(services, request, form.response())
            return _page(request, OrderChoice(), response=form, plan=plan, at="response")
        measures.respond(services, request, form.response(), reason=form.reason)
    except (Unfit, NotAllowed) as error:
        return _page(request, OrderChoice(), response=form, refused=error, at="response")
    return _back("respond")


@router.post("/responses/{id}/revoke")
def revoke_response(request: Request, id: str, reason: Reason = "") -> Response:
    """Revoke a whole response."""
    try:
        measures.revoke_response(request.app.state.services, request, id, reason=reason)
    except NotAllowed as error:
        return _page(request, OrderChoice(), refused=error, at="orders")
    return _back("revoke-response")


@router.post("/presets")
def set_preset(request: Request, form: Annotated[TermsForm, Form()]) -> Response:
    """Enter or replace a preset."""
    try:
        measures.set_preset(request.app.state.services, request, form.preset())
    except Unfit as error:
        return _page(request, OrderChoice(), terms=form, refused=error, at="presets")
    return _back("preset")


@router.post("/presets/remove")
def remove_preset(
    request: Request,
    scope: Annotated[str, Form(max_length=200)],
    level: Annotated[str, Form(max_length=20)],
) -> Response:
    """Take a preset away."""
    measures.remove_preset(request.app.state.services, request, scope, level)
    return _back("remove-preset")


def _back(done: str) -> RedirectResponse:
    return RedirectResponse(f"/orders?done={done}", status_code=303)


def _page(
    request: Request,
    choice: OrderChoice,
    *,
    terms: TermsForm | None = None,
    response: ResponseForm | None = None,
    plan: ResponsePlan | None = None,
    refused: NotAllowed | Unfit | None = None,
    at: str = "",
) -> HTMLResponse:
    services: Services = request.app.state.services
    user = current_user(request)
    everyone = [row.enterprise for row in services.dossiers.enterprises(user.scope, limit=1000).rows]
    return render(
        request,
        "orders.html",
        user=user,
        status=200 if refused is None else 422 if isinstance(refused, Unfit) else 409,
        choice=choice,
        parts=_parts(request, choice),
        responses=services.responses.responses(user.scope, limit=20).rows,
        presets=services.presets.presets(user.scope, enterprise=choice.enterprise or None)[:200],
        terms_form=terms or TermsForm(scope=choice.enterprise),
        response=response or ResponseForm(),
        plan=plan,
        refused=refused,
        at=at,
        done=choice.done if choice.done in DONE else "",
        kinds=tuple(OrderKind),
        levels=LEVELS,
        regions=regions(everyone),
        districts=[name for name, _, _ in services.dossiers.districts(user.scope)],
        enterprises=everyone,
    )


def _parts(request: Request, choice: OrderChoice) -> list[tuple[str, Page[ListedOrder]]]:
    services: Services = request.app.state.services
    scope, now = current_user(request).scope, services.clock()

    def part(name: str, **narrowed: int) -> tuple[str, Page[ListedOrder]]:
        wanted = OrderFilter(choice.district or None, choice.enterprise or None, **narrowed)
        cursor = choice.cursor if name == "past" else ""
        return name, tolerant(
            lambda after: services.orders.orders(scope, wanted, limit=ON_A_PAGE, cursor=after), cursor
        )

    past = part("past", over_by=now)
    if choice.cursor:
        return [past]
    return [part("in-force", holds_at=now), part("coming", begins_after=now), past]


def regions(enterprises: list[Enterprise]) -> list[str]:
    """Districts, and townships as district/township, in order."""
    districts = sorted({row.district for row in enterprises})
    townships = sorted({f"{row.district}/{row.township}" for row in enterprises if row.township})
    return [
        name for district in districts for name in [district, *(t for t in townships if t.startswith(f"{district}/"))]
    ]
