"""The gate before every route: who is asking, and refused unless somebody is.

It stands in front of the router, so that a route added without a thought is closed, not open.
"""

import hmac
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth import COOKIE, csrf_of
from api.passwords import hash_secret
from api.problems import Problem, respond, wants_html
from api.services import Services
from core.errors import StoreAway
from core.jurisdiction import User

OPEN = frozenset({"/healthz", "/readyz", "/metrics", "/openapi.json", "/login", "/language", "/favicon.ico"})
"""Paths that anybody may ask for; so may they for what lies under OPEN_PREFIX and for OPEN_CALLS."""

OPEN_PREFIX = "/static/"
OPEN_CALLS = frozenset({("POST", "/api/v1/session")})

READ_ONLY = frozenset({"GET", "HEAD", "OPTIONS"})


class Gate:
    """ASGI middleware: sets `request.state.user` and `request.state.csrf`, or answers itself."""

    def __init__(self, app: ASGIApp, *, services: Services) -> None:
        self._app, self._services = app, services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            refusal = await self._admit(Request(scope))
            await (refusal or self._app)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _admit(self, request: Request) -> Response | None:
        """None where the request may go on, else the answer to give instead."""
        try:
            user = await run_in_threadpool(identify, self._services, request)
        except StoreAway:
            return respond(request, Problem(503, "a store is away; try again shortly", headers={"Retry-After": "5"}))
        allowed = is_open(request.method, request.url.path)
        if user is None and not allowed:
            return _sign_in_first(request)
        if (allowed or request.state.by_cookie) and not _from_here(request):
            return respond(request, Problem(403, "sent from another site"))
        return None


def is_open(method: str, path: str) -> bool:
    """Whether that call needs nobody."""
    return path in OPEN or path.startswith(OPEN_PREFIX) or (method, path) in OPEN_CALLS


def identify(services: Services, request: Request) -> User | None:
    """Who is asking, by token or by session; left in `request.state` together with the CSRF token.

    A token that is given decides alone: a wrong one is not made good by a cookie.
    """
    request.state.user, request.state.csrf, request.state.by_cookie = None, "", False
    if request.url.path.startswith(OPEN_PREFIX):
        return None
    now, authorization = services.wall(), request.headers.get("authorization")
    if authorization is not None:
        kind, _, secret = authorization.partition(" ")
        if kind.lower() == "bearer" and secret:
            request.state.user = services.accounts.token_user(hash_secret(secret.strip()), now=now)
    elif secret := request.cookies.get(COOKIE, ""):
        request.state.user = services.accounts.session_user(hash_secret(secret), now=now)
        if request.state.user is not None:
            request.state.csrf, request.state.by_cookie = csrf_of(secret), True
    user: User | None = request.state.user
    return user


async def check_csrf(request: Request) -> None:
    """Refuse a state-changing request that a browser could have been made to send.

    A session's token must come in the `X-CSRF-Token` header or the form field `csrf`; only our pages know it.
    Callers with an API token are exempt: browsers never add that by themselves.
    """
    if request.method in READ_ONLY or is_open(request.method, request.url.path) or not request.state.by_cookie:
        return
    given = request.headers.get("x-csrf-token")
    if given is None and _is_form(request.headers):
        given = str((await request.form()).get("csrf", ""))
    if not hmac.compare_digest((given or "").encode(), request.state.csrf.encode()):
        raise Problem(403, "the CSRF token is missing or wrong; load the page again")


def _is_form(headers: Mapping[str, str]) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in {"application/x-www-form-urlencoded", "multipart/form-data"}


def _from_here(request: Request) -> bool:
    """Whether a change comes from our own pages, as far as the browser says.

    Signing in has no session to take a CSRF token from, so this must do there; elsewhere it is a second
    lock. Programs send no Origin and are let through: they carry nobody's cookies.
    """
    origin = request.headers.get("origin")
    if request.method in READ_ONLY or origin is None:
        return True
    return urlsplit(origin).netloc == request.headers.get("host", "")


def _sign_in_first(request: Request) -> Response:
    path = request.url.path
    if not wants_html(path, request.headers) and "hx-request" not in request.headers:
        return respond(request, Problem(401, "sign in first", headers={"WWW-Authenticate": "Bearer"}))
    back = path + (f"?{request.url.query}" if request.url.query else "") if request.method == "GET" else "/"
    if "hx-request" in request.headers:
        page = urlsplit(request.headers.get("hx-current-url", "/"))
        back = page.path + (f"?{page.query}" if page.query else "")
        return Response(status_code=401, headers={"HX-Redirect": f"/login?next={quote(back, safe='/')}"})
    return RedirectResponse(f"/login?next={quote(back, safe='/')}", status_code=303)
