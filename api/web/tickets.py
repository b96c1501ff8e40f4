"""Device tickets by enterprise: what the maintainer has to look at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.auth import current_user
from api.services import Services
from api.tickets import last_reading, last_readings, ticket_filter
from api.web.paging import tolerant
from api.web.render import page
from core.records import ListedAlarm
from core.registry import Registry

router = APIRouter()

ON_A_PAGE = 60


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket and when its meter was last heard of, ms UTC; None where that is not known."""

    listed: ListedAlarm
    last_reading_at: int | None


@router.get("/tickets")
def tickets(
    request: Request, state: str = "open", district: str = "", enterprise: str = "", cursor: str = ""
) -> HTMLResponse:
    """Open tickets, or those that are done, newest first, each enterprise's together."""
    services: Services = request.app.state.services
    scope = current_user(request).scope
    done = state == "done"
    wanted = ticket_filter(done=done, enterprise=enterprise or None, district=district or None)
    listed = tolerant(lambda after: services.alarms.alarms(scope, wanted, limit=ON_A_PAGE, cursor=after), cursor)
    return page(
        request,
        "tickets.html",
        groups=by_enterprise(with_readings(services, request.app.state.snapshot(), listed.rows)),
        following=listed.cursor,
        state="done" if done else "open",
        chosen={key: value for key, value in (("district", district), ("enterprise", enterprise)) if value},
        districts=[name for name, _, _ in services.dossiers.districts(scope)],
    )


def with_readings(services: Services, registry: Registry, rows: Iterable[ListedAlarm]) -> list[Ticket]:
    """Tickets with the newest readings of their meters, which are looked up where there is a ticket."""
    found = list(rows)
    newest: Mapping[str, int] = last_readings(services, registry) if found else {}
    return [Ticket(row, last_reading(row.alarm, newest)) for row in found]


def by_enterprise(tickets: list[Ticket]) -> list[tuple[ListedAlarm, list[Ticket]]]:
    """Each enterprise's tickets behind one of them; the enterprise with the newest ticket comes first."""
    order = {ticket.listed.alarm.enterprise: i for i, ticket in reversed(list(enumerate(tickets)))}
    ranked = sorted(tickets, key=lambda ticket: order[ticket.listed.alarm.enterprise])
    groups = groupby(ranked, key=lambda ticket: ticket.listed.alarm.enterprise)
    return [(members[0].listed, members) for members in (list(group) for _, group in groups)]
