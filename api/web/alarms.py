"""Alarms: the list, the story of one, and taking note of it."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import acknowledgement
from api.auth import current_user
from api.problems import not_found
from api.services import Services
from api.web.alarm_choice import AlarmChoice
from api.web.paging import tolerant
from api.web.render import page
from api.web.revised import why_revised
from api.web.story import story
from core.alarm import TAKEN_BACK
from core.errors import NotAllowed
from core.interval import HOUR_MS
from core.jurisdiction import Scope
from core.records import ListedAlarm, Page

router = APIRouter()

AROUND = 2 * HOUR_MS
ON_A_PAGE = 40
LARGEST_ID = 2**63 - 1


@router.get("/alarms")
def alarms(request: Request, choice: Annotated[AlarmChoice, Query()], cursor: str = "") -> HTMLResponse:
    """The alarms of the scope, newest first; those that are to be dealt with in parts, active ones first."""
    services: Services = request.app.state.services
    scope = current_user(request).scope

    def listed(part: AlarmChoice) -> Page[ListedAlarm]:
        return tolerant(
            lambda after: services.alarms.alarms(scope, part.wanted(), limit=ON_A_PAGE, cursor=after), cursor
        )

    return page(
        request,
        "alarms.html",
        choice=choice,
        parts=[(part, listed(part)) for part in ([choice] if cursor else choice.parts())],
        districts=[name for name, _, _ in services.dossiers.districts(scope)],
    )


@router.get("/alarms/{id:int}")
def alarm(request: Request, id: int) -> HTMLResponse:
    """The story of an alarm with its evidence."""
    services: Services = request.app.state.services
    scope = current_user(request).scope
    listed = listed_alarm(services, scope, id)
    return page(
        request,
        "alarm.html",
        listed=listed,
        story=story(
            listed.alarm,
            services.alarms.transitions(scope, alarm=id),
            services.alarms.notifications(scope, alarm=id),
        ),
        revisions=services.alarms.revisions(scope, id),
        why=why_revised,
        TAKEN_BACK=TAKEN_BACK,
        chart_from=listed.alarm.since - AROUND,
        chart_to=min(services.clock(), (listed.alarm.cleared_at or services.clock()) + AROUND),
    )


@router.get("/alarms/{id:int}/card")
def alarm_card(request: Request, id: int) -> HTMLResponse:
    """One alarm as it stands in lists, to be put into them as it changes."""
    services: Services = request.app.state.services
    return page(request, "_alarm.html", listed=listed_alarm(services, current_user(request).scope, id))


@router.post("/alarms/{id:int}/acknowledge")
def acknowledge(request: Request, id: int, whole: Annotated[str, Form()] = "") -> Response:
    """Take note of an alarm: back to its page, or its card alone for htmx."""
    services: Services = request.app.state.services
    listed = listed_alarm(services, current_user(request).scope, id)
    # NotAllowed: somebody was faster, or the condition is over. What stands is shown.
    with suppress(NotAllowed):
        listed = acknowledgement.acknowledge(services, request, id)
    if whole or request.headers.get("HX-Request") != "true":
        return RedirectResponse(f"/alarms/{id}", status_code=303)
    return page(request, "_alarm.html", listed=listed)


def listed_alarm(services: Services, scope: Scope, id: int) -> ListedAlarm:
    """The alarm of that number; a 404 problem where the scope has none."""
    listed = services.alarms.alarm(scope, id) if id <= LARGEST_ID else None
    if listed is None:
        raise not_found("alarm")
    return listed
