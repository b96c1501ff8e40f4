"""Errors as RFC 9457 problem documents, whatever raised them."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from core.errors import NotAllowed, StoreAway, Unfit

MEDIA_TYPE = "application/problem+json"

log = logging.getLogger(__name__)


class ProblemDocument(BaseModel):
    """What every error looks like; `errors` names the parameters that were wrong."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"type": "about:blank", "title": "Not Found", "status": 404, "detail": "no such alarm"}]
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = None
    allowed: list[str] | None = None


class Problem(Exception):
    """Ends a request with a problem document; `extra` adds members to it."""

    def __init__(
        self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, extra: dict[str, Any] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.headers, self.extra = dict(headers or {}), extra or {}


def not_found(noun: str) -> Problem:
    """The one answer for what does not exist and for what another district has."""
    return Problem(404, f"no such {noun}")


def unknown_parameter(name: str, reason: str) -> Problem:
    """A parameter that parsed but means nothing here, such as a cursor that was never given out."""
    return Problem(422, f"{name}: {reason}", extra={"errors": [{"parameter": name, "reason": reason}]})


def problem_response(problem: Problem) -> JSONResponse:
    """The problem as a response."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        **problem.extra,
    }
    return JSONResponse(body, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def respond(request: Request, problem: Problem) -> Response:
    """The problem in the shape that the caller reads: the pages may have set one for people."""
    page = getattr(request.app.state, "problem_page", None)
    if page is not None and wants_html(request.url.path, request.headers):
        response: Response = page(request, problem)
        response.headers.update(problem.headers)
        return response
    return problem_response(problem)


def wants_html(path: str, headers: Mapping[str, str]) -> bool:
    """Whether a person's browser asks for a page."""
    return not path.startswith("/api/") and "text/html" in headers.get("accept", "")


def install(app: FastAPI) -> None:
    """Make every error of the app a problem."""
    handlers: dict[type[Exception], Any] = {
        Problem: lambda request, error: respond(request, error),
        HTTPException: lambda request, error: respond(request, _of_http(error)),
        RequestValidationError: lambda request, error: respond(request, _of_validation(error)),
        Unfit: lambda request, error: respond(request, unknown_parameter(error.field, str(error))),
        NotAllowed: lambda request, error: respond(request, _of_refusal(error)),
        StoreAway: lambda request, error: respond(request, _of_store(error)),
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _of_http(error: HTTPException) -> Problem:
    phrase = HTTPStatus(error.status_code).phrase
    detail = "nothing is here" if error.status_code == 404 else str(error.detail or phrase)
    return Problem(error.status_code, detail, headers=error.headers)


def _of_validation(error: RequestValidationError) -> Problem:
    errors = [
        {"parameter": _name(fault["loc"]), "reason": str(fault["msg"]).removeprefix("Value error, ")}
        for fault in error.errors()
    ]
    detail = "; ".join(f"{fault['parameter']}: {fault['reason']}" for fault in errors)
    return Problem(422, detail, extra={"errors": errors})


def _name(loc: Sequence[Any]) -> str:
    # The first part says where it stood (query, path, body), which the caller knows.
    return ".".join(str(part) for part in loc[1:]) or str(loc[0])


def _of_refusal(error: NotAllowed) -> Problem:
    return Problem(409, str(error), extra={"allowed": list(error.allowed)})


def _of_store(error: StoreAway) -> Problem:
    log.warning("a store is away: %s", error)
    return Problem(503, "a store is away; try again shortly", headers={"Retry-After": "5"})


def unexpected(request: Request, error: Exception) -> Response:
    """The answer to a fault of ours: logged where it is raised, told without its inside."""
    return respond(request, Problem(500, "something went wrong here; it has been logged"))
