"""Filing, deciding, ordering: the same for pages and programs. Each goes into the audit log.

Problem 403 where the role does not allow it, 404 where the scope has no such thing; NotAllowed and Unfit come from
the books with words that say what to do.
"""

import secrets
from dataclasses import replace

from fastapi import Request

from api.auth import client_address, current_user
from api.problems import Problem, not_found
from api.services import Services
from core.filing import Filing
from core.filing_life import FilingMove
from core.interval import to_datetime
from core.jurisdiction import Action, User
from core.measures import ListedFiling, ListedOrder, ListedPreset, ListedResponse
from core.order import Order, Preset
from core.response import Response, ResponsePlan

LONGEST_REASON = 500

NEEDED: dict[FilingMove, Action] = {
    FilingMove.APPROVE: Action.DECIDE_FILINGS,
    FilingMove.REJECT: Action.DECIDE_FILINGS,
    FilingMove.REVOKE: Action.DECIDE_FILINGS,
    FilingMove.WITHDRAW: Action.FILE,
}


def new_id(prefix: str, now: int) -> str:
    """An id from which nobody can tell how many others there are."""
    return f"{prefix}-{to_datetime(now):%Y%m%d}-{secrets.token_hex(4)}"


def hand_in(services: Services, request: Request, filing: Filing, *, reason: str) -> ListedFiling:
    """Enter a filing in the caller's name; its id is given here."""
    user, now = _allowed(request, Action.FILE), services.clock()
    made = replace(filing, id=new_id("B", now))
    found = services.filings.hand_in(user.scope, made, by=user, now=now, reason=reason)
    if found is None:
        raise not_found("enterprise")
    _note(services, request, "file", f"filing {made.id}", f"{made.enterprise}: {made.kind}")
    return found


def decide(services: Services, request: Request, id: str, move: FilingMove, *, reason: str) -> ListedFiling:
    """Approve, reject, withdraw or revoke a filing."""
    user = _allowed(request, NEEDED[move])
    found = services.filings.move(
        user.scope, id, move, by=user, now=services.clock(), reason=reason, cap_hours=services.filing_cap_hours
    )
    if found is None:
        raise not_found("filing")
    _note(services, request, f"{move}-filing", f"filing {id}", reason)
    return found


def issue(services: Services, request: Request, order: Order, *, reason: str) -> ListedOrder:
    """Issue one order; its id is given here."""
    user, now = _allowed(request, Action.ISSUE_ORDERS), services.clock()
    made = replace(order, id=new_id("O", now))
    found = services.orders.issue(user.scope, made, by=user, now=now, reason=reason)
    if found is None:
        raise not_found("enterprise, line or facility")
    _note(services, request, "issue-order", f"order {made.id}", f"{made.scope}: {made.kind}")
    return found


def revoke(services: Services, request: Request, id: str, *, reason: str) -> ListedOrder:
    """Revoke one order."""
    user = _allowed(request, Action.ISSUE_ORDERS)
    found = services.orders.revoke(user.scope, id, by=user, now=services.clock(), reason=reason)
    if found is None:
        raise not_found("order")
    _note(services, request, "revoke-order", f"order {id}", reason)
    return found


def preview(services: Services, request: Request, response: Response) -> ResponsePlan:
    """What a response would do; nothing is written, and it is not in the audit log."""
    user = _allowed(request, Action.ISSUE_ORDERS)
    return services.responses.preview(user.scope, replace(response, id=new_id("R", services.clock())))


def respond(services: Services, request: Request, response: Response, *, reason: str) -> ResponsePlan:
    """Issue a response; its id is given here."""
    user, now = _allowed(request, Action.ISSUE_ORDERS), services.clock()
    made = replace(response, id=new_id("R", now))
    plan = services.responses.issue(user.scope, made, by=user, now=now, reason=reason)
    region = " ".join(part for part in (made.region.district, made.region.township) if part) or "city"
    detail = f"{made.level} over {region}: {len(plan.orders)} orders"
    _note(services, request, "issue-response", f"response {made.id}", detail)
    return plan


def revoke_response(services: Services, request: Request, id: str, *, reason: str) -> ListedResponse:
    """Revoke what is left of a response."""
    user = _allowed(request, Action.ISSUE_ORDERS)
    found = services.responses.revoke(user.scope, id, by=user, now=services.clock(), reason=reason)
    if found is None:
        raise not_found("response")
    _note(services, request, "revoke-response", f"response {id}", reason)
    return found


def set_preset(services: Services, request: Request, preset: Preset) -> ListedPreset:
    """Enter or replace the preset of a scope and level."""
    user = _allowed(request, Action.ISSUE_ORDERS)
    found = services.presets.set_preset(user.scope, preset, by=user, now=services.clock())
    if found is None:
        raise not_found("enterprise, line or facility")
    _note(services, request, "set-preset", f"preset {preset.scope} {preset.level}", preset.kind)
    return found


def remove_preset(services: Services, request: Request, scope: str, level: str) -> None:
    """Take the preset of a scope and level away."""
    user = _allowed(request, Action.ISSUE_ORDERS)
    if not services.presets.remove_preset(user.scope, scope, level, by=user, now=services.clock()):
        raise not_found("preset")
    _note(services, request, "remove-preset", f"preset {scope} {level}", "")


def _allowed(request: Request, action: Action) -> User:
    user = current_user(request)
    if not user.may(action):
        raise Problem(403, "your role does not allow this")
    return user


def _note(services: Services, request: Request, action: str, subject: str, detail: str) -> None:
    services.audit.write(
        at=services.wall(),
        actor=current_user(request).username,
        action=action,
        subject=subject,
        address=client_address(request),
        detail=detail,
    )
