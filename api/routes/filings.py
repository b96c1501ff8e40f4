"""Filings: what enterprises announced, and what was decided about it."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api import measures
from api.auth import Caller, Served
from api.fields import Cursor, From, Instant, Limit, Listed, Name, To, View, When, example, reading_cursor
from api.problems import not_found
from core.filing import ANNOUNCES, Announced, Filing
from core.filing_life import FilingMove, Step
from core.measures import FilingFilter, ListedFiling

router = APIRouter(prefix="/filings")

REFUSALS: dict[int | str, dict[str, Any]] = {
    409: {"description": "The filing's life does not allow it; `allowed` names what it does"}
}
Reason = Annotated[str, Field(max_length=measures.LONGEST_REASON)]


FILING = {
    "id": "B-20251119-5f1c09aa",
    "enterprise": "ZZ-001",
    "kind": "maintenance",
    "from_at": "2025-11-20T00:00:00Z",
    "to_at": "2025-11-21T00:00:00Z",
    "facilities": ["ZZ-001-T1"],
    "announced": ["treatment-off"],
    "status": "approved",
    "filed_at": "2025-11-19T08:00:00Z",
    "overdue": False,
    "applicant": "tian",
}


class FilingView(View):
    """A filing over [from_at, to_at); no `facilities` means all of the enterprise.

    `overdue`: handed in after what it announces had begun. `applicant` is null where it came with a registry.
    """

    model_config = example(**FILING)

    id: str
    enterprise: str
    kind: str
    from_at: Instant
    to_at: Instant
    facilities: Annotated[list[str], BeforeValidator(sorted)]
    announced: Annotated[list[str], BeforeValidator(sorted)]
    status: str
    filed_at: Instant | None = None
    overdue: bool = False
    applicant: str | None = None

    @classmethod
    def of(cls, listed: ListedFiling) -> "FilingView":
        """A filing as JSON."""
        view = cls.model_validate(listed.filing)
        return view.model_copy(update={"overdue": listed.overdue, "applicant": listed.applicant})


class StepView(View):
    """One step of a life: who did what, when and why."""

    model_config = example(at="2025-11-19T08:00:00Z", actor="tian", move="approve", reason="plan checked by phone")

    at: Instant
    actor: str
    move: str
    reason: str


class FiledHoursView(View):
    """Hours filed for a facility in a calendar month of its enterprise's zone."""

    facility: str
    month: str
    hours: float


class FilingDetail(FilingView):
    """A filing with its steps and the hours filed for its facilities; `cap_hours` is the most a month."""

    model_config = example(
        **FILING,
        steps=[{"at": "2025-11-19T08:00:00Z", "actor": "tian", "move": "file", "reason": "bag change"}],
        hours=[{"facility": "ZZ-001-T1", "month": "2025-11", "hours": 24.0}],
        cap_hours=72.0,
    )

    steps: list[StepView]
    hours: list[FiledHoursView]
    cap_hours: float


class FilingWanted(BaseModel):
    """A filing as it is handed in."""

    model_config = ConfigDict(extra="forbid")

    enterprise: str = Field(max_length=128)
    kind: str = Field(max_length=40, description=", ".join(ANNOUNCES))
    from_at: When = Field(alias="from")
    to_at: When = Field(alias="to")
    facilities: list[Annotated[str, Field(max_length=128)]] = Field([], max_length=500)
    announces: list[Announced] = Field([], description="by kind where it is left out")
    reason: Reason = ""

    def filing(self) -> Filing:
        """Without an id, which is given when it is handed in."""
        return Filing(
            "",
            self.enterprise,
            self.kind,
            self.from_at,
            self.to_at,
            frozenset(self.facilities),
            frozenset(self.announces),
        )


class Why(BaseModel):
    """The reason of a step."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason = ""


@router.get("")
def filings(
    services: Served,
    user: Caller,
    *,
    enterprise: Name = None,
    district: Name = None,
    status: Name = None,
    overdue: bool | None = None,
    from_at: From = None,
    to_at: To = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[FilingView]:
    """The filings that you may see, the last entered first; `from` and `to` keep those that touch that time."""
    wanted = FilingFilter(district, enterprise, status, overdue, from_at, to_at)
    with reading_cursor():
        page = services.filings.filings(user.scope, wanted, limit=limit, cursor=cursor)
    return Listed(rows=[FilingView.of(row) for row in page.rows], cursor=page.cursor)


@router.post("", status_code=201)
def hand_in(wanted: FilingWanted, request: Request, services: Served) -> FilingView:
    """Hand in a filing, ahead or at most 24 h after it began. Somebody else decides it."""
    return FilingView.of(measures.hand_in(services, request, wanted.filing(), reason=wanted.reason))


@router.get("/{id}")
def filing(id: str, services: Served, user: Caller) -> FilingDetail:
    """One filing with its steps and hours."""
    found = services.filings.filing(user.scope, id)
    if found is None:
        raise not_found("filing")
    return detail(found, services.filings.steps(user.scope, id), services, user)


def detail(found: ListedFiling, steps: list[Step], services: Served, user: Caller) -> FilingDetail:
    """A filing with what belongs to it as JSON."""
    named, enterprise = found.filing.facilities, found.enterprise.id
    hours = services.filings.hours(user.scope, [enterprise]).get(enterprise, [])
    return FilingDetail(
        **FilingView.of(found).model_dump(exclude={"from_at", "to_at", "filed_at"}),
        from_at=found.filing.from_at,
        to_at=found.filing.to_at,
        filed_at=found.filing.filed_at,
        steps=[StepView.model_validate(step) for step in steps],
        hours=[FiledHoursView.model_validate(row) for row in hours if not named or row.facility in named],
        cap_hours=services.filing_cap_hours,
    )


@router.post("/{id}/approve", responses=REFUSALS)
def approve(id: str, why: Why, request: Request, services: Served) -> FilingView:
    """Approve; not your own. Over the cap of hours only a city administrator can."""
    return FilingView.of(measures.decide(services, request, id, FilingMove.APPROVE, reason=why.reason))


@router.post("/{id}/reject", responses=REFUSALS)
def reject(id: str, why: Why, request: Request, services: Served) -> FilingView:
    """Reject, with a reason."""
    return FilingView.of(measures.decide(services, request, id, FilingMove.REJECT, reason=why.reason))


@router.post("/{id}/withdraw", responses=REFUSALS)
def withdraw(id: str, why: Why, request: Request, services: Served) -> FilingView:
    """Withdraw what you handed in and nobody has decided yet."""
    return FilingView.of(measures.decide(services, request, id, FilingMove.WITHDRAW, reason=why.reason))


@router.post("/{id}/revoke", responses=REFUSALS)
def revoke(id: str, why: Why, request: Request, services: Served) -> FilingView:
    """Revoke an approved filing, with a reason: it explains until now and nothing afterwards."""
    return FilingView.of(measures.decide(services, request, id, FilingMove.REVOKE, reason=why.reason))
