"""Enterprises: the list, and the page of one."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.auth import current_user
from api.problems import not_found
from api.services import Services
from api.tickets import ticket_filter
from api.web.paging import tolerant
from api.web.render import page
from api.web.running import FacilityState, facility_states
from api.web.tickets import with_readings
from api.web.unjudged import gaps
from core.errors import StoreAway
from core.interval import HOUR_MS
from core.measures import OrderFilter
from core.records import AlarmFilter, Dossier
from core.registry import Kind

router = APIRouter()

LOOK_BACK = 2 * HOUR_MS
TICKETS = 20


@router.get("/enterprises")
def enterprises(request: Request, district: str = "", search: str = "", cursor: str = "") -> HTMLResponse:
    """The enterprises of the scope, narrowed by district and words."""
    services: Services = request.app.state.services
    scope = current_user(request).scope
    listed = tolerant(
        lambda after: services.dossiers.enterprises(
            scope, limit=60, cursor=after, district=district or None, search=search.strip()[:100] or None
        ),
        cursor,
    )
    return page(
        request,
        "enterprises.html",
        listed=listed,
        districts=[name for name, _, _ in services.dossiers.districts(scope)],
        district=district,
        search=search,
    )


@router.get("/enterprises/{id:path}")
def enterprise(request: Request, id: str) -> HTMLResponse:
    """One enterprise: what runs, how it loads the grid, what was alarmed, who it is."""
    services: Services = request.app.state.services
    scope = current_user(request).scope
    dossier = services.dossiers.dossier(scope, id)
    if dossier is None:
        raise not_found("enterprise")
    alarms = services.alarms.alarms(scope, AlarmFilter(enterprise=id), limit=10)
    open_tickets = services.alarms.alarms(scope, ticket_filter(done=False, enterprise=id), limit=TICKETS)
    return page(
        request,
        "enterprise.html",
        dossier=dossier,
        groups=groups(dossier, states(services, dossier)),
        open_alarms=services.alarms.open_alarms(scope, id),
        alarms=alarms,
        tickets=with_readings(services, request.app.state.snapshot(), open_tickets.rows),
        gaps=gaps([row for row in services.unjudged() if row.enterprise == id]),
        orders=services.orders.orders(scope, OrderFilter(enterprise=id), limit=10).rows,
        filings=sorted(dossier.filings, key=lambda filing: -filing.from_at)[:20],
        entry=services.focus.entry(scope, id),
        called=called(dossier),
    )


def states(services: Services, dossier: Dossier) -> list[FacilityState] | None:
    """The facilities now; None while the readings can't be reached."""
    now = services.clock()
    try:
        return facility_states(dossier, services.series.latest(now - LOOK_BACK), now=now)
    except StoreAway:
        return None


def called(dossier: Dossier) -> dict[str, str]:
    """What people call a facility or the facility of a meter, by their ids."""
    names = {facility.id: facility.name or facility.id for facility in dossier.facilities}
    return names | {row.meter.id: names[row.meter.facility] for row in dossier.meters}


def groups(dossier: Dossier, found: list[FacilityState] | None) -> list[tuple[str, list[FacilityState]]] | None:
    """Facilities by line, production before treatment; the feeder and what has no line come first."""
    if found is None:
        return None
    order = list(Kind)
    ranked = sorted(found, key=lambda state: order.index(state.facility.kind))
    parts = [("", [s for s in ranked if s.facility.line is None])]
    parts += [(line.name, [s for s in ranked if s.facility.line == line.id]) for line in dossier.lines]
    return [(name, members) for name, members in parts if members]
