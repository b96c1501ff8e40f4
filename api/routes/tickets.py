"""Device tickets: what is wrong with meters and their lines. No alarms against enterprises."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.auth import Caller, Served
from api.fields import Cursor, Instant, Limit, Listed, Name, View, example, finite, reading_cursor
from api.snapshot import Registered
from api.tickets import last_reading, last_readings, ticket_filter
from core.alarm import OPEN
from core.records import ListedAlarm

router = APIRouter(prefix="/tickets")


class TicketView(View):
    """A ticket; `id` is that of its alarm, whose transitions tell the story. `meter` is null for a whole enterprise.

    `last_reading_at` is null where nothing was heard of the meter for a day and the evidence names no instant.
    """

    model_config = example(
        id=23,
        rule="silent",
        subject="ZZ-001-P1-M",
        meter="ZZ-001-P1-M",
        enterprise="ZZ-001",
        enterprise_name="株洲湘江化工有限公司",
        district="石峰区",
        timezone="Asia/Shanghai",
        open=True,
        since="2025-11-20T14:05:00Z",
        closed_at=None,
        last_reading_at="2025-11-20T14:05:00Z",
        reason="no reading for 15 min",
        evidence={"interval_s": 60},
    )

    id: int
    rule: str
    subject: str
    meter: str | None
    enterprise: str
    enterprise_name: str
    district: str
    timezone: str
    open: bool
    since: Instant
    closed_at: Instant | None
    last_reading_at: Instant | None
    reason: str
    evidence: dict[str, Any]

    @classmethod
    def of(cls, listed: ListedAlarm, *, meter: str | None, last_reading_at: int | None) -> "TicketView":
        """A listed ticket as JSON."""
        alarm = listed.alarm
        return cls(
            id=alarm.id,
            rule=alarm.rule,
            subject=alarm.subject,
            meter=meter,
            enterprise=alarm.enterprise,
            enterprise_name=listed.enterprise_name,
            district=listed.district,
            timezone=listed.timezone,
            open=alarm.state in OPEN,
            since=alarm.since,
            closed_at=alarm.cleared_at,
            last_reading_at=last_reading_at,
            reason=alarm.reason,
            evidence=finite(alarm.evidence),
        )


@router.get("")
def tickets(
    services: Served,
    user: Caller,
    registered: Registered,
    *,
    district: Name = None,
    enterprise: Name = None,
    open: Annotated[bool, Query(description="false lists those that are done")] = True,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listed[TicketView]:
    """The device tickets that you may see, newest first."""
    wanted = ticket_filter(done=not open, enterprise=enterprise, district=district)
    with reading_cursor():
        page = services.alarms.alarms(user.scope, wanted, limit=limit, cursor=cursor)
    known = registered.registry.meter_number
    newest = last_readings(services, registered.registry) if page.rows else {}
    rows = [
        TicketView.of(
            row,
            meter=row.alarm.subject if row.alarm.subject in known else None,
            last_reading_at=last_reading(row.alarm, newest),
        )
        for row in page.rows
    ]
    return Listed(rows=rows, cursor=page.cursor)
