"""Signing in and out, and who is asking. That somebody is asking at all is decided in gate.py."""

import hashlib
import hmac
from threading import BoundedSemaphore
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.params import Depends as Dependency

from api.lockout import wait_ms
from api.passwords import LONGEST_PASSWORD, hash_secret, new_secret, verify
from api.problems import Problem
from api.services import Services
from core.jurisdiction import Action, User
from core.ports import Accounts

COOKIE = "nightwatt_session"
SESSION_MS = 12 * 3_600_000

# Each verification takes 64 MiB for some 50 ms: a crowd of guessers must not take the machine.
_verifying = BoundedSemaphore(2)


def services_of(request: Request) -> Services:
    """The services that the app was created with."""
    services: Services = request.app.state.services
    return services


def signed_in(request: Request) -> User | None:
    """Who is asking, on pages that are open to all."""
    user: User | None = getattr(request.state, "user", None)
    return user


def current_user(request: Request) -> User:
    """Who is asking."""
    user = signed_in(request)
    if user is None:
        raise Problem(401, "sign in first", headers={"WWW-Authenticate": "Bearer"})
    return user


def csrf_token(request: Request) -> str:
    """What state-changing requests of this session must carry; "" without a session."""
    token: str = getattr(request.state, "csrf", "")
    return token


Caller = Annotated[User, Depends(current_user)]
Served = Annotated[Services, Depends(services_of)]


def needs(action: Action) -> Dependency:
    """A dependency that refuses those whose role does not allow the action."""

    def check(user: Caller) -> None:
        if not user.may(action):
            raise Problem(403, "your role does not allow this")

    return Dependency(check)


def csrf_of(secret: str) -> str:
    """The token of a session's secret; the secret can't be found from it."""
    return hmac.new(secret.encode(), b"nightwatt csrf", hashlib.sha256).hexdigest()


def client_address(request: Request) -> str:
    """Where the request came from, as the server sees it."""
    return request.client.host if request.client else ""


def sign_in(services: Services, request: Request, response: Response, username: str, password: str) -> User:
    """Open a session and set its cookie on `response`; Problem 401 or 429 where that is refused.

    An unknown name and a wrong password can't be told apart. Blocks for about 50 ms: call it off the event loop.
    """
    username, address, now = _cleaned(username), client_address(request), services.wall()
    if not _verifying.acquire(timeout=1):
        raise _too_many(1)
    try:
        _refuse_guessers(services, username, address, now)
        user = _verified(services.accounts, username, password)
        _count(services, username, address, right=user is not None, now=now)
    finally:
        _verifying.release()
    if user is None:
        raise Problem(401, "wrong username or password", headers={"WWW-Authenticate": "Bearer"})
    _open_session(services, request, response, user, now)
    return user


def sign_out(services: Services, request: Request, response: Response) -> None:
    """Close the session and take its cookie back."""
    secret, user = request.cookies.get(COOKIE), signed_in(request)
    if secret:
        services.accounts.close_session(hash_secret(secret))
    if user is not None:
        services.audit.write(
            at=services.wall(), actor=user.username, action="sign-out", address=client_address(request)
        )
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=services.secure_cookies)


def _cleaned(username: str) -> str:
    return "".join(char for char in username[:64] if char.isprintable()).strip()


def _keys(username: str, address: str) -> tuple[str, str]:
    return f"user:{username}", f"address:{address}"


def _refuse_guessers(services: Services, username: str, address: str, now: int) -> None:
    wait = max(wait_ms(services.accounts, key, now=now) for key in _keys(username, address))
    if wait:
        services.audit.write(at=now, actor=username, action="sign-in-refused", address=address)
        raise _too_many(-(-wait // 1000))


def _too_many(seconds: int) -> Problem:
    return Problem(429, f"too many attempts; try again in {seconds} s", headers={"Retry-After": str(seconds)})


def _verified(accounts: Accounts, username: str, password: str) -> User | None:
    known = accounts.user(username)
    right = verify(known[1] if known else None, password[: LONGEST_PASSWORD + 1])
    return known[0] if known and right else None


def _count(services: Services, username: str, address: str, *, right: bool, now: int) -> None:
    by_name, by_address = _keys(username, address)
    if right:
        # The address keeps its failures: somebody with an account must not clear the way for guessing others.
        services.accounts.succeeded(by_name)
    else:
        services.accounts.failed(by_name, now=now)
        services.accounts.failed(by_address, now=now)
    action = "sign-in" if right else "sign-in-failed"
    services.audit.write(at=now, actor=username, action=action, address=address)


def _open_session(services: Services, request: Request, response: Response, user: User, now: int) -> None:
    if previous := request.cookies.get(COOKIE):
        services.accounts.close_session(hash_secret(previous))
    secret = new_secret()
    services.accounts.open_session(user, hash_secret(secret), now=now, expires_at=now + SESSION_MS)
    request.state.user, request.state.csrf = user, csrf_of(secret)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=SESSION_MS // 1000,
        path="/",
        httponly=True,
        samesite="lax",
        secure=services.secure_cookies,
    )
