"""Transitions: every change of state that was ever found, in order of writing."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import Caller, Served
from api.fields import Cursor, Instant, Limit, Listed, View, example
from api.problems import not_found, unknown_parameter
from core.alarm import State

router = APIRouter(prefix="/transitions")

LARGEST = 2**63 - 1


class TransitionView(View):
    """A change of state. `notify_outcome` is "sent", or why nobody was told; "" while it waits."""

    model_config = example(
        id=42,
        alarm=17,
        at="2025-11-20T14:20:00Z",
        since="2025-11-20T14:05:00Z",
        recorded_at="2025-11-20T14:20:01.250Z",
        rule="interlock",
        subject="ZZ-001-L1",
        enterprise="ZZ-001",
        severity=2,
        state="active",
        reason="production on, dust removal off for 15 min",
        processed_at="2025-11-20T14:20:01.730Z",
        notify_outcome="sent",
        ticket=False,
    )

    id: int
    alarm: int
    at: Instant
    since: Instant
    recorded_at: Instant
    rule: str
    subject: str
    enterprise: str
    severity: int
    state: State
    reason: str
    processed_at: Instant | None
    notify_outcome: str
    ticket: bool


def after_of(cursor: str | None) -> int | None:
    """The id that a cursor of this list names; a 422 problem for anything else."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit()) or int(cursor) > LARGEST:
        raise unknown_parameter("cursor", "not a cursor of this list")
    return int(cursor)


@router.get("")
def transitions(
    services: Served,
    user: Caller,
    *,
    alarm: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[TransitionView]:
    """The changes of state that you may see, oldest first, of one alarm where named."""
    if alarm is not None and services.alarms.alarm(user.scope, alarm) is None:
        raise not_found("alarm")
    found = services.alarms.transitions(user.scope, alarm=alarm, after=after_of(cursor), limit=limit)
    following = str(found[-1].id) if len(found) == limit else None
    return Listed(rows=[TransitionView.model_validate(row) for row in found], cursor=following)
