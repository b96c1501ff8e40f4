"""Notifications: what was told to whom, and the provider's answer."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import Caller, Served
from api.fields import Instant, Limit, Listed, View, example
from api.problems import not_found
from core.notification import Outcome

router = APIRouter(prefix="/notifications")


class NotificationView(View):
    """One attempt over one channel; `repeat` marks one that may have reached the phone before."""

    model_config = example(
        id=9,
        transition=42,
        alarm=17,
        channel="石峰区值班",
        family="apprise",
        attempted_at="2025-11-20T14:20:01.300Z",
        outcome="accepted",
        outcome_at="2025-11-20T14:20:01.700Z",
        answer="HTTP 200",
        repeat=False,
    )

    id: int
    transition: int
    alarm: int
    channel: str
    family: str
    attempted_at: Instant
    outcome: Outcome
    outcome_at: Instant | None
    answer: str
    repeat: bool


@router.get("")
def notifications(
    services: Served,
    user: Caller,
    *,
    alarm: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    limit: Limit = 100,
) -> Listed[NotificationView]:
    """The newest notifications of alarms that you may see, of one alarm where named."""
    if alarm is not None and services.alarms.alarm(user.scope, alarm) is None:
        raise not_found("alarm")
    found = services.alarms.notifications(user.scope, alarm=alarm, limit=limit)
    return Listed(rows=[NotificationView.model_validate(row) for row in found])
