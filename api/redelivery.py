"""Putting dead letters on the road once more and letting them go: the same for pages and programs."""

from dataclasses import asdict

from fastapi import Request

from api.auth import client_address, current_user
from api.problems import Problem, not_found
from api.services import Services
from core.jurisdiction import Action
from core.records import LetterFilter, Redelivered


def redeliver(services: Services, request: Request, wanted: int | LetterFilter) -> Redelivered:
    """What became of the letter of that id, or of all that match; it goes into the audit log.

    Blocks until they are done, half a minute at most. Problem 403 where the role does not allow it, 404 where
    there is no such letter.
    """
    _check(request)
    if isinstance(wanted, int) and services.dead_letters.letter(wanted) is None:
        raise not_found("dead letter")
    done = services.redeliver([wanted] if isinstance(wanted, int) else wanted)
    _note(
        services, request, "replay-dead-letters", wanted, ", ".join(f"{n} {what}" for what, n in asdict(done).items())
    )
    return done


def let_go(services: Services, request: Request, id: int) -> None:
    """Remove a letter for good; problems as above."""
    _check(request)
    letter = services.dead_letters.letter(id)
    if letter is None or not services.dead_letters.remove([id]):
        raise not_found("dead letter")
    _note(services, request, "delete-dead-letter", id, f"{letter.topic}: {letter.reason}")


def _check(request: Request) -> None:
    if not current_user(request).may(Action.REPLAY_DEAD_LETTERS):
        raise Problem(403, "your role does not allow this")


def _note(services: Services, request: Request, action: str, what: int | LetterFilter, detail: str) -> None:
    services.audit.write(
        at=services.wall(),
        actor=current_user(request).username,
        action=action,
        subject=f"dead letter {what}" if isinstance(what, int) else f"dead letters {_words(what)}",
        address=client_address(request),
        detail=detail,
    )


def _words(wanted: LetterFilter) -> str:
    given = {name: value for name, value in asdict(wanted).items() if value is not None}
    return ", ".join(f"{name}={value!r}" for name, value in given.items()) or "all"
