"""What an app needs besides the routes of the pages: static files, and errors as pages for people."""

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.web.addresses import FOLDER
from api.web.render import problem_page


class HashedFiles(StaticFiles):
    """Static files that may be kept for ever where the address names the content, else asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        named = scope.get("query_string", b"").startswith(b"v=")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if named else "no-cache"
        return response


def mount(app: FastAPI) -> None:
    """Serve the folder under /static, and let errors that people meet look like our pages."""
    app.mount("/static", HashedFiles(directory=FOLDER), name="static")
    app.state.problem_page = problem_page
