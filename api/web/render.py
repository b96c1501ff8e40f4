"""From a request and what a page shows to its HTML."""

from functools import partial
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from api import auth
from api.problems import Problem
from api.web import addresses, show
from api.web.evidence import facts_of
from api.web.sparkline import sparkline
from api.web.subjects import Subjects
from api.web.unjudged import why_unjudged
from api.web.words import Words, language_of
from core.jurisdiction import Action, User

TEMPLATES = Path(__file__).parent / "templates"

_environment = Environment(
    loader=PackageLoader("api.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_environment.globals.update(
    static=addresses.url, kw=show.kw, percent=show.percent, preview=show.preview, sparkline=sparkline, Action=Action
)


def render(request: Request, template: str, *, user: User | None, status: int = 200, **shown: Any) -> HTMLResponse:
    """A page, or a piece of one, in the reader's language. Nothing of it may be kept by caches."""
    words = Words(language_of(request))
    now = request.app.state.services.clock()
    shows, subjects = show.Show(words, now), Subjects(request.app.state.snapshot, words)
    html = _environment.get_template(template).render(
        t=words,
        show=shows,
        subject_of=subjects,
        facts_of=partial(facts_of, shows, subjects),
        why_unjudged=partial(why_unjudged, shows, subjects),
        now=now,
        user=user,
        csrf=auth.csrf_token(request) if user else "",
        path=request.url.path,
        here=_address(request),
        **shown,
    )
    return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store", "Vary": "Cookie"})


def page(request: Request, template: str, **shown: Any) -> HTMLResponse:
    """A page for the signed-in reader."""
    return render(request, template, user=auth.current_user(request), **shown)


def problem_page(request: Request, problem: Problem) -> HTMLResponse:
    """What went wrong, for people; also where nobody is signed in."""
    return render(request, "problem.html", user=auth.signed_in(request), status=problem.status, problem=problem)


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
