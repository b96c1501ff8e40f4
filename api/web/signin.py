"""Signing in and out, and choosing the language."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import auth
from api.problems import Problem
from api.services import Services
from api.web.render import render
from api.web.words import COOKIE, LANGUAGES, language_of

router = APIRouter()

YEAR_S = 365 * 86_400


def same_site(address: str) -> str:
    """The address where it is a plain path of ours, else the first page."""
    plain = address.startswith("/") and not address.startswith("//") and address.isprintable() and "\\" not in address
    return address if plain and len(address) <= 1000 else "/"


def _onward(address: str) -> RedirectResponse:
    return RedirectResponse(quote(same_site(address), safe="/?&=%:@!$'()*+,;~-._"), status_code=303)


@router.get("/login")
def login_page(request: Request, next: str = "/") -> Response:
    """The form; the demo's accounts stand beside it. Who is signed in already goes on."""
    if auth.signed_in(request) is not None:
        return _onward(next)
    response = _form(request, next=next)
    if request.query_params.get("language") in LANGUAGES:
        _remember(request, response, language_of(request))
    return response


@router.post("/login")
def login(
    request: Request,
    username: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=1000)] = "/",
) -> Response:
    """Onward with a session, or the form again with what was wrong."""
    services: Services = request.app.state.services
    response = _onward(next)
    try:
        auth.sign_in(services, request, response, username, password)
    except Problem as problem:
        return _form(request, next=next, status=problem.status, username=username)
    return response


@router.post("/logout")
def logout(request: Request) -> Response:
    """The end of the session."""
    response = RedirectResponse("/login", status_code=303)
    auth.sign_out(request.app.state.services, request, response)
    return response


@router.post("/language")
def language(
    request: Request, language: Annotated[str, Form()] = "", next: Annotated[str, Form(max_length=1000)] = "/"
) -> Response:
    """Remember the language and stay on the page."""
    response = _onward(next)
    if language in LANGUAGES:
        _remember(request, response, language)
    return response


def _form(request: Request, *, next: str, status: int = 200, username: str = "") -> HTMLResponse:
    services: Services = request.app.state.services
    return render(
        request,
        "login.html",
        user=None,
        status=status,
        next=same_site(next),
        wrong=status,
        username=username,
        accounts=services.demo_accounts if services.demo else (),
    )


def _remember(request: Request, response: Response, language: str) -> None:
    services: Services = request.app.state.services
    response.set_cookie(COOKIE, language, max_age=YEAR_S, samesite="lax", httponly=True, secure=services.secure_cookies)
