"""Messages that could not be understood, for city monitors: looked for, replayed after a mend, let go."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field

from api import redelivery
from api.auth import current_user
from api.problems import Problem, not_found
from api.services import Services
from api.web.paging import tolerant
from api.web.render import page
from core.jurisdiction import Action
from core.records import LetterFilter, Redelivered

router = APIRouter()

ON_A_PAGE = 40
REASONS = 30
LARGEST_ID = 2**63 - 1


class LetterChoice(BaseModel):
    """Texts of the form; an empty one narrows nothing."""

    text: str = Field("", max_length=200)
    reason: str = Field("", max_length=500)

    def wanted(self) -> LetterFilter:
        """What the store is asked for."""
        return LetterFilter(text=self.text.strip() or None, reason=self.reason or None)

    def query(self, **more: str | int) -> dict[str, str | int]:
        """The parts of an address, empty ones left out."""
        return {key: value for key, value in {**self.model_dump(), **more}.items() if value != ""}


class Told(BaseModel):
    """What the last replay or removal came to, as it stands in the address; what can't be read says nothing."""

    understood: str = Field("", max_length=20)
    refused: str = Field("", max_length=20)
    left: str = Field("", max_length=20)
    gone: str = Field("", max_length=20)

    def redelivered(self) -> Redelivered | None:
        """The outcome of a replay."""
        counts = (self.understood, self.refused, self.left)
        return Redelivered(*map(int, counts)) if all(c.isascii() and c.isdigit() for c in counts) else None


class Asked(LetterChoice, Told):
    """Everything that may stand in the address of the page."""

    cursor: str = ""


@router.get("/dead-letters")
def dead_letters(request: Request, asked: Annotated[Asked, Query()]) -> HTMLResponse:
    """The newest first; for others than city monitors the page does not exist."""
    if not current_user(request).may(Action.READ_DEAD_LETTERS):
        raise not_found("page")
    services: Services = request.app.state.services
    choice = LetterChoice(text=asked.text, reason=asked.reason)
    listed = tolerant(
        lambda after: services.dead_letters.letters(choice.wanted(), limit=ON_A_PAGE, cursor=after), asked.cursor
    )
    reasons = services.dead_letters.reasons(limit=REASONS)
    return page(
        request,
        "dead_letters.html",
        listed=listed,
        choice=choice,
        reasons=reasons,
        done=asked.redelivered(),
        gone=bool(asked.gone),
    )


@router.post("/dead-letters/replay")
def replay_all(request: Request, choice: Annotated[LetterChoice, Form()]) -> RedirectResponse:
    """Put all that match on the road once more."""
    done = redelivery.redeliver(request.app.state.services, request, choice.wanted())
    return _back(choice, done)


@router.post("/dead-letters/{id:int}/replay")
def replay(request: Request, id: int, choice: Annotated[LetterChoice, Form()]) -> RedirectResponse:
    """Put one of them on the road once more."""
    try:
        done = redelivery.redeliver(request.app.state.services, request, _known(id))
    except Problem as problem:
        return _back_from(problem, choice)
    return _back(choice, done)


@router.post("/dead-letters/{id:int}/delete")
def delete(request: Request, id: int, choice: Annotated[LetterChoice, Form()]) -> RedirectResponse:
    """Let one of them go."""
    try:
        redelivery.let_go(request.app.state.services, request, _known(id))
    except Problem as problem:
        return _back_from(problem, choice)
    return _to(choice.query(gone=1))


def _known(id: int) -> int:
    if id > LARGEST_ID:
        raise not_found("dead letter")
    return id


def _back(choice: LetterChoice, done: Redelivered) -> RedirectResponse:
    return _to(choice.query(understood=done.understood, refused=done.refused, left=done.left))


def _back_from(problem: Problem, choice: LetterChoice) -> RedirectResponse:
    """A letter that somebody else has dealt with is no mistake: what is there now is shown."""
    if problem.status != 404:
        raise problem
    return _to(choice.query())


def _to(query: dict[str, str | int]) -> RedirectResponse:
    return RedirectResponse(f"/dead-letters?{urlencode(query)}", status_code=303)
