"""Signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from api.auth import Caller, Served, csrf_token, sign_in, sign_out
from api.passwords import LONGEST_PASSWORD
from api.routes.me import Me, me_of

router = APIRouter(prefix="/session")


class Credentials(BaseModel):
    """What a person types."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"username": "monitor", "password": "correct horse"}]})

    username: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PASSWORD)]


@router.post("", responses={429: {"description": "Too many attempts; Retry-After says when to try again"}})
def open_session(given: Credentials, request: Request, response: Response, services: Served) -> Me:
    """Sign in: sets the session cookie and returns who you are with the CSRF token of the session."""
    user = sign_in(services, request, response, given.username, given.password)
    return me_of(user, csrf_token(request))


@router.delete("", status_code=204)
def close_session(request: Request, response: Response, services: Served, user: Caller) -> None:
    """Sign out."""
    sign_out(services, request, response)
