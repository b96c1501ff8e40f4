"""All pages in one router."""

from fastapi import APIRouter

from api.web import alarms, charts, dead_letters, enterprises, focus, overview, signin

router = APIRouter(include_in_schema=False)

for part in (overview, focus, enterprises, alarms, charts, dead_letters, signin):
    router.include_router(part.router)
