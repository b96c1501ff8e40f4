"""Messages that could not be understood, for city monitors."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.auth import current_user
from api.problems import not_found
from api.services import Services
from api.web.paging import tolerant
from api.web.render import page
from core.jurisdiction import Action

router = APIRouter()


@router.get("/dead-letters")
def dead_letters(request: Request, cursor: str = "") -> HTMLResponse:
    """The newest first; for others than city monitors the page does not exist."""
    if not current_user(request).may(Action.READ_DEAD_LETTERS):
        raise not_found("page")
    services: Services = request.app.state.services
    listed = tolerant(lambda after: services.dead_letters.letters(limit=40, cursor=after), cursor)
    return page(request, "dead_letters.html", listed=listed)
