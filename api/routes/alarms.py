"""Alarms: what is wrong now, what was, and taking note of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.acknowledgement import acknowledge
from api.auth import Caller, Served
from api.fields import (
    Cursor,
    From,
    Instant,
    Limit,
    Listed,
    Name,
    RowNumber,
    To,
    View,
    example,
    finite,
    reading_cursor,
)
from api.problems import not_found
from core.alarm import AlarmState, Revision
from core.records import AlarmFilter, ListedAlarm

router = APIRouter(prefix="/alarms")


class KnownView(View):
    """What was known of an alarm; all null where nothing was."""

    since: Instant | None = None
    cleared_at: Instant | None = None
    severity: int | None = None
    state: AlarmState | None = None


class RevisionView(View):
    """What readings that came late changed about an alarm: before, after, and when that was recorded."""

    recorded_at: Instant
    reason: str
    before: KnownView
    after: KnownView

    @classmethod
    def of(cls, revision: Revision) -> "RevisionView":
        """A revision as JSON."""
        before, after = KnownView(**revision.before), KnownView(**revision.after)
        return cls(recorded_at=revision.recorded_at, reason=revision.reason, before=before, after=after)


class AlarmView(View):
    """An episode of a rule's condition. `since` is when it began, `raised_at` when that was proved.

    `severity`: 1 pre-warning, 2 alarm, 3 critical. `notified` counts the notifications that were accepted.
    """

    model_config = example(
        id=17,
        rule="interlock",
        subject="ZZ-001-L1",
        enterprise="ZZ-001",
        enterprise_name="株洲湘江化工有限公司",
        district="石峰区",
        timezone="Asia/Shanghai",
        severity=2,
        state="active-unacknowledged",
        since="2025-11-20T14:05:00Z",
        raised_at="2025-11-20T14:20:00Z",
        cleared_at=None,
        acknowledged_at=None,
        acknowledged_by=None,
        reason="production on, dust removal off for 15 min",
        evidence={"stage": "除尘"},
        notified=2,
        ticket=False,
    )

    id: int
    rule: str
    subject: str
    enterprise: str
    enterprise_name: str
    district: str
    timezone: str
    severity: int
    state: AlarmState
    since: Instant
    raised_at: Instant
    cleared_at: Instant | None
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    reason: str
    evidence: dict[str, Any]
    notified: int
    ticket: bool

    @classmethod
    def of(cls, listed: ListedAlarm) -> "AlarmView":
        """An alarm as JSON."""
        alarm = listed.alarm
        return cls(
            id=alarm.id,
            rule=alarm.rule,
            subject=alarm.subject,
            enterprise=alarm.enterprise,
            enterprise_name=listed.enterprise_name,
            district=listed.district,
            timezone=listed.timezone,
            severity=alarm.severity,
            state=alarm.state,
            since=alarm.since,
            raised_at=alarm.raised_at,
            cleared_at=alarm.cleared_at,
            acknowledged_at=alarm.acknowledged_at,
            acknowledged_by=alarm.acknowledged_by,
            reason=alarm.reason,
            evidence=finite(alarm.evidence),
            notified=listed.accepted,
            ticket=alarm.ticket,
        )


@router.get("")
def alarms(
    services: Served,
    user: Caller,
    *,
    district: Name = None,
    enterprise: Name = None,
    rule: Name = None,
    severity: Annotated[int | None, Query(ge=1, le=3, description="this severity or higher")] = None,
    state: Annotated[list[AlarmState] | None, Query(max_length=len(AlarmState), description="any of these")] = None,
    from_at: From = None,
    to_at: To = None,
    ticket: Annotated[bool, Query(description="true lists device tickets instead")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[AlarmView]:
    """The alarms that you may see, newest first."""
    wanted = AlarmFilter(
        district=district,
        enterprise=enterprise,
        rule=rule,
        min_severity=severity,
        states=frozenset(state) if state else None,
        from_at=from_at,
        to_at=to_at,
        ticket=ticket,
    )
    with reading_cursor():
        page = services.alarms.alarms(user.scope, wanted, limit=limit, cursor=cursor)
    return Listed(rows=[AlarmView.of(row) for row in page.rows], cursor=page.cursor)


@router.get("/{id}")
def alarm(id: RowNumber, services: Served, user: Caller) -> AlarmView:
    """One alarm."""
    found = services.alarms.alarm(user.scope, id)
    if found is None:
        raise not_found("alarm")
    return AlarmView.of(found)


@router.get("/{id}/revisions")
def revisions(id: RowNumber, services: Served, user: Caller) -> list[RevisionView]:
    """What readings that came late changed about an alarm, the oldest first."""
    if services.alarms.alarm(user.scope, id) is None:
        raise not_found("alarm")
    return [RevisionView.of(row) for row in services.alarms.revisions(user.scope, id)]


@router.post(
    "/{id}/acknowledge",
    responses={409: {"description": "There is nothing to take note of: acknowledged already, suppressed or over"}},
)
def take_note(id: RowNumber, request: Request, services: Served) -> AlarmView:
    """Take note of an alarm, in your name."""
    return AlarmView.of(acknowledge(services, request, id))
