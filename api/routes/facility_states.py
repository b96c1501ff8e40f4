"""Facility states: what stations themselves say of an enterprise's facilities (HJ 212, CN=2021)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.auth import Caller, Served
from api.fields import Cursor, Instant, Limit, Listed, View, example, page_of
from api.problems import not_found
from api.snapshot import Registered
from core.facility_state import ReportedRun, Running

router = APIRouter(prefix="/facility-states")

Word = Literal["off", "on", "calibrating", "maintenance", "alarm", "blow-back"]

WORDS: dict[Running, Word] = {
    Running.OFF: "off",
    Running.ON: "on",
    Running.CALIBRATING: "calibrating",
    Running.MAINTENANCE: "maintenance",
    Running.ALARM: "alarm",
    Running.BLOW_BACK: "blow-back",
}


class FacilityStateView(View):
    """The newest state of a facility as its station reports it; names are those on the wire.

    It was reported without a change from `since` to `seen_at`.
    """

    model_config = example(
        enterprise="ZZ-001",
        station="914520014431516130150332",
        facility="SB1",
        state="on",
        since="2025-11-20T00:00:00Z",
        seen_at="2025-11-20T08:15:00Z",
    )

    enterprise: str
    station: str
    facility: str
    state: Word
    since: Instant
    seen_at: Instant

    @classmethod
    def of(cls, run: ReportedRun, enterprise: str) -> "FacilityStateView":
        """A run of a facility of that enterprise as JSON."""
        return cls(
            enterprise=enterprise,
            station=run.station,
            facility=run.facility,
            state=WORDS[run.state],
            since=run.since,
            seen_at=run.seen_at,
        )


@router.get("")
def facility_states(
    services: Served,
    user: Caller,
    registered: Registered,
    enterprise: Annotated[str, Query(max_length=200)],
    *,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[FacilityStateView]:
    """The newest states that the stations of an enterprise have reported, by station and facility."""
    if not registered.sees(enterprise):
        raise not_found("enterprise")
    found = services.states.states(user.scope, enterprise)
    rows, following = page_of(found, [f"{run.station}/{run.facility}" for run in found], limit=limit, cursor=cursor)
    return Listed(rows=[FacilityStateView.of(run, enterprise) for run in rows], cursor=following)
