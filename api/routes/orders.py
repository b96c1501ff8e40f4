"""Control orders: issued, revoked, and how they were obeyed."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api import measures
from api.auth import Caller, Served
from api.compliance import compliance_of
from api.fields import Cursor, From, Instant, Limit, Listed, Name, Number, To, View, When, example, reading_cursor
from api.problems import not_found
from api.routes.filings import Reason, StepView, Why
from api.snapshot import Registered
from core.interval import Window
from core.measures import ListedOrder, OrderFilter
from core.order import Order, OrderKind

router = APIRouter(prefix="/orders")

REFUSALS: dict[int | str, dict[str, Any]] = {409: {"description": "It contradicts another order, or is over"}}
Level = Literal["yellow", "orange", "red"]


def _window(text: str | None) -> str | None:
    if text is not None:
        Window.parse(text)
    return text


class Terms(BaseModel):
    """What is asked for: a limit in per cent, a cap in kW, a window in local time."""

    model_config = ConfigDict(extra="forbid")

    kind: OrderKind
    value: float | None = Field(None, ge=0, le=1e9, allow_inf_nan=False, description="per cent of a limit, kW of a cap")
    window: Annotated[str | None, Field(max_length=20), AfterValidator(_window)] = None
    guaranteed_kw: float | None = Field(None, ge=0, le=1e9, allow_inf_nan=False)

    def parsed(self) -> Window | None:
        return Window.parse(self.window) if self.window else None


class OrderWanted(Terms):
    """An order to issue on an enterprise, line or facility."""

    scope: str = Field(max_length=128)
    from_at: When = Field(alias="from")
    to_at: When = Field(alias="to")
    level: Level | None = None
    reason: Reason = ""

    def order(self) -> Order:
        """Without an id, which is given when it is issued."""
        return Order(
            "",
            self.scope,
            self.kind.value,
            self.from_at,
            self.to_at,
            value=self.value,
            window=self.parsed(),
            level=self.level,
            guaranteed_kw=self.guaranteed_kw,
        )


class OrderView(View):
    """An order over [from_at, to_at). `response` is the emergency response that issued it, null where none did."""

    model_config = example(
        id="O-20251119-5f1c09aa",
        enterprise="ZZ-001",
        scope="ZZ-001-L1",
        kind="limit",
        from_at="2025-11-20T00:00:00Z",
        to_at="2025-11-23T00:00:00Z",
        value=30.0,
        window=None,
        level="orange",
        guaranteed_kw=None,
        status="issued",
        response=None,
    )

    id: str
    enterprise: str
    scope: str
    kind: str
    from_at: Instant
    to_at: Instant
    value: float | None
    window: str | None
    level: str | None
    guaranteed_kw: float | None
    status: str
    response: str | None

    @classmethod
    def of(cls, listed: ListedOrder) -> "OrderView":
        """An order as JSON."""
        order = listed.order
        return cls(
            id=order.id,
            enterprise=listed.enterprise.id,
            scope=order.scope,
            kind=order.kind,
            from_at=order.from_at,
            to_at=order.to_at,
            value=order.value,
            window=str(order.window) if order.window else None,
            level=order.level,
            guaranteed_kw=order.guaranteed_kw,
            status=order.status,
            response=listed.response,
        )


class SpanView(View):
    """An alarm on the order: [since, cleared_at), null while it lasts."""

    alarm: int
    rule: str
    since: Instant
    cleared_at: Instant | None


class ComplianceView(View):
    """How an order was obeyed so far, over the hours that can be judged.

    `baseline_day_kwh` and `reduction_percent` are null, and `why_not` says why, where there is no baseline.
    """

    order: str
    ordered_percent: Number
    baseline_day_kwh: Number
    expected_kwh: Number
    used_kwh: Number
    reduction_percent: Number
    coverage: float
    baseline_days: int
    why_not: str
    violations: list[SpanView]


@router.get("")
def orders(
    services: Served,
    user: Caller,
    *,
    enterprise: Name = None,
    district: Name = None,
    kind: Name = None,
    level: Name = None,
    status: Name = None,
    response: Name = None,
    from_at: From = None,
    to_at: To = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[OrderView]:
    """The orders that you may see, the last entered first; `from` and `to` keep those that touch that time."""
    wanted = OrderFilter(district, enterprise, kind, level, status, response, from_at, to_at)
    with reading_cursor():
        page = services.orders.orders(user.scope, wanted, limit=limit, cursor=cursor)
    return Listed(rows=[OrderView.of(row) for row in page.rows], cursor=page.cursor)


@router.post("", status_code=201, responses=REFUSALS)
def issue(wanted: OrderWanted, request: Request, services: Served) -> OrderView:
    """Issue an order. One that contradicts an order of the same time is refused with both named."""
    return OrderView.of(measures.issue(services, request, wanted.order(), reason=wanted.reason))


@router.get("/{id}")
def order(id: str, services: Served, user: Caller) -> OrderView:
    """One order."""
    return OrderView.of(_found(id, services, user))


@router.get("/{id}/steps")
def steps(id: str, services: Served, user: Caller) -> Listed[StepView]:
    """Who issued and revoked it, when and why."""
    _found(id, services, user)
    return Listed(rows=[StepView.model_validate(step) for step in services.orders.steps(user.scope, id)])


@router.post("/{id}/revoke", responses=REFUSALS)
def revoke(id: str, why: Why, request: Request, services: Served) -> OrderView:
    """Revoke: in force until now and no longer."""
    return OrderView.of(measures.revoke(services, request, id, reason=why.reason))


@router.get("/{id}/compliance")
def compliance(id: str, services: Served, user: Caller, registered: Registered) -> ComplianceView:
    """What was ordered, what was achieved, and the alarms on it."""
    found = compliance_of(services, user.scope, _found(id, services, user), registry=registered.registry)
    return ComplianceView.model_validate(found)


def _found(id: str, services: Served, user: Caller) -> ListedOrder:
    found = services.orders.order(user.scope, id)
    if found is None:
        raise not_found("order")
    return found
