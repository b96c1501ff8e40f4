"""The HTTP application: API, pages and what stands before them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI

import api.web.assets
import api.web.pages
from api import problems
from api.events import Feed
from api.gate import Gate, check_csrf
from api.headers import SECURITY_HEADERS, BodyLimit, SecurityHeaders
from api.problems import ProblemDocument
from api.proposals import Proposals
from api.routes import API, HEALTH
from api.services import Services
from api.snapshot import Snapshot


def create_app(services: Services) -> FastAPI:
    """The application over those services. `app.state.feed.close()` ends its open event streams."""
    app = FastAPI(
        title="nightwatt",
        description="Supervision of polluting enterprises through their electricity.",
        version="1",
        # Their pages need scripts of other hosts, which our content security policy refuses.
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(check_csrf)],
        lifespan=_lifespan,
    )
    app.state.services = services
    app.state.snapshot = Snapshot(services.registry)
    app.state.proposals = Proposals()
    app.state.feed = Feed(services.alarms)
    problems.install(app)
    _stand_before(app, services)
    app.include_router(API)
    app.include_router(HEALTH)
    app.include_router(api.web.pages.router, include_in_schema=False)
    api.web.assets.mount(app)
    _describe_problems(app)
    return app


def _stand_before(app: FastAPI, services: Services) -> None:
    # The last added is the first that a request meets.
    app.add_middleware(Gate, services=services)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders, secure=services.secure_cookies)

    def unexpected(request: Any, error: Exception) -> Any:
        # Faults are answered outside all middleware, so the headers are put on here.
        response = problems.unexpected(request, error)
        response.headers.update(SECURITY_HEADERS)
        return response

    app.add_exception_handler(Exception, unexpected)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.feed.close()


def _describe_problems(app: FastAPI) -> None:
    """Add the problem document, which the routes' descriptions refer to, to /openapi.json."""
    describe = app.openapi

    def with_problems() -> dict[str, Any]:
        schema = describe()
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        schemas["ProblemDocument"] = ProblemDocument.model_json_schema()
        return schema

    app.openapi = with_problems  # type: ignore[method-assign]
