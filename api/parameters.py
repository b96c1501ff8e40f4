"""Setting parameters from a page or a program: who may, what goes on record."""

from collections.abc import Sequence

from fastapi import Request

from api.auth import client_address, current_user
from api.problems import Problem
from api.services import Services
from core.interval import to_text
from core.jurisdiction import Action
from core.parameters import Change, Version

LONGEST_REASON = 500


def set_parameters(
    services: Services, request: Request, changes: Sequence[Change], *, reason: str, effective_at: int | None
) -> list[Version]:
    """Record the changes under the caller's name, in force from now where no instant is given.

    Problem 403 where the role does not allow it; NotAllowed where a change leads nowhere. Whether the caller may
    see what is changed is for the route to find out before.
    """
    user, now = current_user(request), services.clock()
    if not user.may(Action.SET_PARAMETERS):
        raise Problem(403, "your role does not allow this")
    at = now if effective_at is None else effective_at
    found = services.registry.set_parameters(changes, by=user.username, reason=reason, effective_at=at, now=now)
    services.audit.write(
        at=services.wall(),
        actor=user.username,
        action=Action.SET_PARAMETERS.value,
        subject=", ".join(change.subject for change in changes),
        address=client_address(request),
        detail=f"from {to_text(at)} on, {len(found)} changed: {reason}",
    )
    return found
