"""For those who keep the service running."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse

from api.auth import Served

router = APIRouter(tags=["health"])

EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/healthz", response_class=PlainTextResponse)
def healthz() -> str:
    """Alive: the process answers."""
    return "ok"


@router.get("/readyz", responses={503: {"description": "Some part is not ready"}})
def readyz(services: Served) -> JSONResponse:
    """Ready: each part with "ok" or what is wrong with it; 503 unless all are well."""
    parts = services.readiness()
    return JSONResponse(parts, 200 if all(state == "ok" for state in parts.values()) else 503)


@router.get("/metrics")
def metrics(services: Served) -> PlainTextResponse:
    """Prometheus text."""
    return PlainTextResponse(services.metrics(), media_type=EXPOSITION)
