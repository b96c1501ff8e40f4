"""All pages in one router."""

from fastapi import APIRouter

from api.web import (
    alarms,
    backtests,
    charts,
    dead_letters,
    enterprises,
    filings,
    focus,
    learn,
    orders,
    overview,
    signin,
    tickets,
)

router = APIRouter(include_in_schema=False)

for part in (
    learn,
    overview,
    focus,
    filings,
    orders,
    enterprises,
    alarms,
    backtests,
    charts,
    dead_letters,
    signin,
    tickets,
):
    router.include_router(part.router)
