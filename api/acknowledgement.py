"""Taking note of an alarm: the same for pages and programs."""

from fastapi import Request

from api.auth import client_address, current_user
from api.problems import Problem, not_found
from api.services import Services
from core.jurisdiction import Action
from core.records import ListedAlarm


def acknowledge(services: Services, request: Request, id: int) -> ListedAlarm:
    """The alarm after the caller took note of it, which goes into the audit log.

    Problem 404 where the scope has no such alarm, 403 where the role does not allow it; NotAllowed where there
    is nothing to take note of.
    """
    user = current_user(request)
    if not user.may(Action.ACKNOWLEDGE):
        raise Problem(403, "your role does not allow this")
    found = services.alarms.acknowledge(user.scope, id, by=user, now=services.clock())
    if found is None:
        raise not_found("alarm")
    services.audit.write(
        at=services.wall(),
        actor=user.username,
        action="acknowledge",
        subject=f"alarm {id}",
        address=client_address(request),
    )
    return found
