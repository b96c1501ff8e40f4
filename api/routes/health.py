"""For those who keep the service running."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse

from api.auth import Served

router = APIRouter(tags=["health"])

DEGRADED = "degraded: "
"""How the state of a part begins that does less than it should while nothing is lost."""

EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/healthz", response_class=PlainTextResponse)
def healthz() -> str:
    """Alive: the process answers."""
    return "ok"


@router.get("/readyz", responses={503: {"description": "Some part is not ready"}})
def readyz(services: Served) -> JSONResponse:
    """Ready: each part with "ok" or what is wrong with it; 503 unless all are well.

    A part that is "degraded: …" is no reason for 503: while the series store is away and its readings wait on the
    disk, alarms go out and nothing is lost.
    """
    parts = services.readiness()
    ready = all(state == "ok" or state.startswith(DEGRADED) for state in parts.values())
    return JSONResponse(parts, 200 if ready else 503)


@router.get("/metrics")
def metrics(services: Served) -> PlainTextResponse:
    """Prometheus text."""
    return PlainTextResponse(services.metrics(), media_type=EXPOSITION)
