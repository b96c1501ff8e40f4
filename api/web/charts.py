"""What the charts are drawn from, as JSON with its words in the reader's language."""

import math
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.auth import current_user
from api.problems import not_found
from api.services import Services
from api.web.load_curve import alarms_between, curves, wall_ms, width_of
from api.web.show import Show
from api.web.sparkline import night_hours
from api.web.words import Words, language_of
from core.interval import DAY_MS, HOUR_MS
from core.records import Dossier

router = APIRouter(prefix="/charts")

LONGEST = 32 * DAY_MS
EARLIEST, LATEST = 0, 4_102_444_800_000  # 1970 to 2100: what calendars and stores take without trouble


@router.get("/load")
def load(
    request: Request,
    enterprise: str,
    from_at: Annotated[int | None, Query(alias="from", ge=EARLIEST, le=LATEST)] = None,
    to_at: Annotated[int | None, Query(alias="to", ge=EARLIEST, le=LATEST)] = None,
    hours: Annotated[int, Query(ge=1, le=32 * 24)] = 24,
) -> dict[str, Any]:
    """Load curves with alarms and filings; [from, to) in ms UTC, else the last `hours`.

    Instants in the answer are wall-clock ms of the enterprise's zone, for an axis that is drawn in UTC.
    """
    services: Services = request.app.state.services
    scope = current_user(request).scope
    dossier = services.dossiers.dossier(scope, enterprise)
    if dossier is None:
        raise not_found("enterprise")
    end = to_at if to_at is not None else services.clock()
    start = from_at if from_at is not None else end - hours * HOUR_MS
    start = max(min(start, end - 1), end - LONGEST)
    tz = dossier.enterprise.timezone
    words = Words(language_of(request))
    return {
        "timezone": tz,
        "from": wall_ms(start, tz),
        "to": wall_ms(end, tz),
        "width_s": width_of(end - start) // 1000,
        "series": [
            {"name": curve.name, "kind": curve.kind, "points": curve.points}
            for curve in curves(services, dossier, start=start, end=end)
        ],
        "alarms": [
            {
                "id": alarm.id,
                "from": wall_ms(max(alarm.since, start), tz),
                "to": wall_ms(min(alarm.cleared_at or end, end), tz),
                "severity": alarm.severity,
                "name": words.name("rule", alarm.rule),
            }
            for alarm in alarms_between(services, scope, enterprise, start=start, end=end)
        ],
        "filings": _filings(dossier, words, start=start, end=end),
    }


def _filings(dossier: Dossier, words: Words, *, start: int, end: int) -> list[dict[str, Any]]:
    tz = dossier.enterprise.timezone
    return [
        {
            "from": wall_ms(max(filing.from_at, start), tz),
            "to": wall_ms(min(filing.to_at, end), tz),
            "name": f"{words('filing.short')}: {words.name('filing', filing.kind)}",
            "status": filing.status,
        }
        for filing in dossier.filings
        if filing.from_at < end and filing.to_at > start and filing.status not in ("rejected", "withdrawn")
    ]


@router.get("/profile")
def profile(request: Request, enterprise: str) -> dict[str, Any]:
    """The mean load of each local hour of the day, and which hours are night."""
    services: Services = request.app.state.services
    entry = services.focus.entry(current_user(request).scope, enterprise)
    if entry is None:
        raise not_found("profile")
    found = entry.imbalance
    return {
        "timezone": entry.enterprise.timezone,
        "profile_kw": [_number(kw) for kw in found.profile_kw],
        "night": night_hours(found.night_window),
        "night_window": found.night_window,
        "day_window": found.day_window,
        "night_kw": _number(found.night_kw),
        "day_kw": _number(found.day_kw),
        "ratio": Show(Words(language_of(request)), services.clock()).ratio(found),
    }


def _number(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None
