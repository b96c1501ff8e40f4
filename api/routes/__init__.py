"""The routes for programs, one file per noun."""

from typing import Any

from fastapi import APIRouter, Depends
from fastapi.security import APIKeyCookie, HTTPBearer

from api.auth import COOKIE
from api.problems import MEDIA_TYPE
from api.routes import (
    alarms,
    audit,
    backtests,
    dead_letters,
    enterprises,
    events,
    facilities,
    facility_states,
    filings,
    focus_list,
    health,
    lines,
    me,
    meters,
    notifications,
    orders,
    parameters,
    presets,
    profiles,
    proposals,
    readings,
    responses,
    screening,
    session,
    thresholds,
    tickets,
    tokens,
    transitions,
    unjudged,
    users,
    versions,
)

NOUNS = (
    session,
    me,
    enterprises,
    unjudged,
    lines,
    facilities,
    facility_states,
    meters,
    readings,
    profiles,
    focus_list,
    screening,
    alarms,
    tickets,
    transitions,
    thresholds,
    parameters,
    proposals,
    versions,
    filings,
    orders,
    responses,
    presets,
    notifications,
    backtests,
    dead_letters,
    users,
    tokens,
    audit,
    events,
)


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
    }


PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: _problem("Nobody is signed in"),
    403: _problem("The role does not allow it, or the CSRF token is missing"),
    404: _problem("It does not exist, as far as the caller may know"),
    422: _problem("A parameter is wrong"),
    503: _problem("A store is away"),
}

# These two only describe the ways in; the gate decides.
_WAYS_IN = [
    Depends(APIKeyCookie(name=COOKIE, auto_error=False, description="from POST /api/v1/session")),
    Depends(HTTPBearer(auto_error=False, description="an API token")),
]

API = APIRouter(prefix="/api/v1", dependencies=_WAYS_IN, responses=PROBLEMS)
for noun in NOUNS:
    API.include_router(noun.router, tags=[noun.__name__.rpartition(".")[2].replace("_", "-")])

HEALTH = health.router
