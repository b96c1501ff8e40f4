"""Emergency responses: one action that issues a region's presets of a level."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from api import measures
from api.auth import Caller, Served
from api.fields import Cursor, Instant, Limit, Listed, View, When, example, reading_cursor
from api.routes.filings import Reason, Why
from api.routes.orders import REFUSALS, Level, OrderView
from core.measures import ListedOrder, ListedResponse
from core.response import Region, Response, ResponsePlan

router = APIRouter(prefix="/responses")


class ResponseWanted(BaseModel):
    """A level over a region: a district, a township of a district, or neither for the whole city."""

    model_config = ConfigDict(extra="forbid")

    level: Level
    district: str | None = Field(None, max_length=100)
    township: str | None = Field(None, max_length=100)
    from_at: When = Field(alias="from")
    to_at: When = Field(alias="to")
    reason: Reason = ""

    def response(self) -> Response:
        """Without an id, which is given when it is issued."""
        return Response("", Region(self.district, self.township), self.level, self.from_at, self.to_at)


class ResponseView(View):
    """A response as you may see it: `orders` counts those in your scope."""

    model_config = example(
        id="R-20251119-5f1c09aa",
        level="red",
        district="石峰区",
        township=None,
        from_at="2025-11-20T00:00:00Z",
        to_at="2025-11-23T00:00:00Z",
        status="issued",
        issued_at="2025-11-19T10:00:00Z",
        issued_by="admin",
        orders=12,
    )

    id: str
    level: str
    district: str | None
    township: str | None
    from_at: Instant
    to_at: Instant
    status: str
    issued_at: Instant
    issued_by: str
    orders: int

    @classmethod
    def of(cls, listed: ListedResponse) -> "ResponseView":
        """A response as JSON."""
        response = listed.response
        return cls(
            id=response.id,
            level=response.level,
            district=response.region.district,
            township=response.region.township,
            from_at=response.from_at,
            to_at=response.to_at,
            status=response.status,
            issued_at=listed.issued_at,
            issued_by=listed.issued_by,
            orders=listed.orders,
        )


class ClashView(View):
    """Two orders that can't both be obeyed."""

    order: str
    other: str
    reason: str


class PlanView(View):
    """Who gets what. `unready` are enterprises of the region without a preset; `id` is null in a preview."""

    id: str | None
    orders: list[OrderView]
    unready: list[str]
    clashes: list[ClashView]

    @classmethod
    def of(cls, plan: ResponsePlan, *, issued: bool) -> "PlanView":
        """A plan as JSON."""
        id = plan.response.id if issued else None
        rows = [ListedOrder(planned.order, planned.enterprise, id) for planned in plan.orders]
        return cls(
            id=id,
            orders=[OrderView.of(row) for row in rows],
            unready=[enterprise.id for enterprise in plan.unready],
            clashes=[ClashView(order=c.order.id, other=c.other.id, reason=c.reason) for c in plan.clashes],
        )


@router.get("")
def responses(services: Served, user: Caller, *, limit: Limit = 100, cursor: Cursor = None) -> Listed[ResponseView]:
    """The responses with an order that you may see, the last issued first."""
    with reading_cursor():
        page = services.responses.responses(user.scope, limit=limit, cursor=cursor)
    return Listed(rows=[ResponseView.of(row) for row in page.rows], cursor=page.cursor)


@router.post("", responses=REFUSALS)
def issue(wanted: ResponseWanted, request: Request, services: Served, *, preview: bool = False) -> PlanView:
    """Issue all orders in one go, or with `preview=true` only say what they would be."""
    if preview:
        return PlanView.of(measures.preview(services, request, wanted.response()), issued=False)
    made = measures.respond(services, request, wanted.response(), reason=wanted.reason)
    return PlanView.of(made, issued=True)


@router.post("/{id}/revoke", responses=REFUSALS)
def revoke(id: str, why: Why, request: Request, services: Served) -> ResponseView:
    """Revoke those of its orders that are in force or coming."""
    return ResponseView.of(measures.revoke_response(services, request, id, reason=why.reason))
