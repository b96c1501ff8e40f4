"""The first page: the scope at a glance, and what happens live."""

from collections import Counter
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.auth import current_user
from api.services import Services
from api.web.publishing import publishing
from api.web.render import page
from core.alarm import AlarmState
from core.interval import DAY_MS
from core.jurisdiction import User
from core.notification import Outcome
from core.records import AlarmFilter, Backlog, ListedAlarm, ListedEnterprise, Notification
from core.registry import Registry

router = APIRouter()

ACTIVE = frozenset({AlarmState.ACTIVE_UNACKNOWLEDGED, AlarmState.ACTIVE_ACKNOWLEDGED})
COUNTED = 500
SHOWN = 8
REMEMBERED = 50
SQUARES = 400


@dataclass(frozen=True, slots=True)
class Pulse:
    """What the head of the page says. `more` and `told_more` mark counts that stop at COUNTED.

    backlog  readings that wait for their store, None while none do
    """

    by_severity: dict[int, int]
    waiting: int
    more: bool
    online: int
    meters: int
    flagged: int
    accepted: int
    failed: int
    told_more: bool
    backlog: Backlog | None


@dataclass(frozen=True, slots=True)
class District:
    """A district's enterprises, those with the gravest alarms first; `open_alarms` counts active ones."""

    name: str
    enterprises: int
    open_alarms: int
    squares: tuple[ListedEnterprise, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A notification, and the alarm it was about where that is among the newest."""

    notification: Notification
    about: ListedAlarm | None


@router.get("/")
def overview(request: Request) -> HTMLResponse:
    """The whole page."""
    services: Services = request.app.state.services
    user = current_user(request)
    newest = services.alarms.alarms(user.scope, AlarmFilter(), limit=REMEMBERED).rows
    return page(
        request,
        "overview.html",
        pulse=pulse(services, request.app.state.snapshot(), user),
        districts=districts(services, user),
        feed=newest[:SHOWN],
        focus=[entry for entry in services.focus.focus_list(user.scope) if not entry.imbalance.remark][:5],
        told=told(services, user, newest),
    )


@router.get("/overview/pulse")
def pulse_piece(request: Request) -> HTMLResponse:
    """The head alone, to be swapped in."""
    services, registry = request.app.state.services, request.app.state.snapshot()
    return page(request, "_pulse.html", pulse=pulse(services, registry, current_user(request)))


@router.get("/overview/districts")
def districts_piece(request: Request) -> HTMLResponse:
    """The districts alone, to be swapped in."""
    return page(request, "_districts.html", districts=districts(request.app.state.services, current_user(request)))


@router.get("/overview/told")
def told_piece(request: Request) -> HTMLResponse:
    """The last notifications alone, to be swapped in."""
    services, user = request.app.state.services, current_user(request)
    newest = services.alarms.alarms(user.scope, AlarmFilter(), limit=REMEMBERED).rows
    return page(request, "_told.html", told=told(services, user, newest))


def pulse(services: Services, registry: Registry, user: User) -> Pulse:
    """Counts over the reader's scope."""
    active = services.alarms.alarms(user.scope, AlarmFilter(states=ACTIVE), limit=COUNTED)
    since = services.wall() - DAY_MS
    newest = services.alarms.notifications(user.scope, limit=COUNTED)
    outcomes = Counter(sent.outcome for sent in newest if sent.attempted_at >= since)
    meters, backlog = publishing(services, registry, user.scope), services.backlog()
    return Pulse(
        by_severity=dict(Counter(row.alarm.severity for row in active.rows)),
        waiting=sum(row.alarm.state is AlarmState.ACTIVE_UNACKNOWLEDGED for row in active.rows),
        more=active.cursor is not None,
        online=meters.online,
        meters=meters.known,
        flagged=sum(not entry.imbalance.remark for entry in services.focus.focus_list(user.scope)),
        accepted=outcomes[Outcome.ACCEPTED],
        failed=outcomes[Outcome.FAILED],
        told_more=len(newest) == COUNTED and newest[-1].attempted_at >= since,
        backlog=None if backlog is None or backlog.is_quiet else backlog,
    )


def districts(services: Services, user: User) -> list[District]:
    """Every district of the scope. Cities too large for squares get their counts only."""
    listed = services.dossiers.enterprises(user.scope, limit=SQUARES)
    rows = listed.rows if listed.cursor is None else ()
    return [
        District(name, count, active, _gravest_first([row for row in rows if row.enterprise.district == name]))
        for name, count, active in services.dossiers.districts(user.scope)
    ]


def _gravest_first(rows: list[ListedEnterprise]) -> tuple[ListedEnterprise, ...]:
    return tuple(sorted(rows, key=lambda row: -row.severity if row.open_alarms else 0))


def told(services: Services, user: User, newest: tuple[ListedAlarm, ...]) -> list[Told]:
    """The last messages to phones."""
    known = {row.alarm.id: row for row in newest}
    return [Told(sent, known.get(sent.alarm)) for sent in services.alarms.notifications(user.scope, limit=6)]
