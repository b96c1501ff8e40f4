"""Profiles: how an enterprise's load lies over the day, with the screening's evidence."""

from dataclasses import replace
from threading import BoundedSemaphore
from typing import Annotated

from fastapi import APIRouter, Query

from analytics.screening.imbalance import screen
from api.auth import Caller, Served
from api.fields import From, Instant, Number, To, View, example
from api.problems import Problem, not_found, unknown_parameter
from api.services import Services
from api.snapshot import Registered, ScopedRegistry
from core.imbalance import LoadClass
from core.interval import DAY_MS
from core.records import FocusEntry

router = APIRouter(prefix="/profiles")

MOST_DAYS = 400
WAIT_S = 30

# A year of minutes keeps a core busy for seconds: those who ask wait for each other.
_computing = BoundedSemaphore(2)


class ProfileView(View):
    """Day/night imbalance over [from_at, to_at).

    Loads are kW, `ratio` is night over day and null for night-only. `profile_kw` holds the mean load of
    each local hour, 24 values, null where unseen. `days` are local dates; `windows` local times.
    """

    model_config = example(
        enterprise="ZZ-001",
        from_at="2025-11-06T16:00:00Z",
        to_at="2025-11-20T16:00:00Z",
        screened_at="2025-11-20T16:05:00Z",
        night_kw=182.4,
        day_kw=71.3,
        ratio=2.56,
        valid_days=13,
        load_class="night-heavy",
        flagged=True,
        remark="",
        coverage=0.98,
        night_window="22:00-06:00",
        day_window="06:00-22:00",
        profile_kw=[180.0] * 6 + [70.0] * 16 + [180.0] * 2,
        days=["2025-11-07"],
        excluded_days=[],
        source="register",
    )

    enterprise: str
    from_at: Instant
    to_at: Instant
    screened_at: Instant
    night_kw: Number
    day_kw: Number
    ratio: Number
    valid_days: int
    load_class: LoadClass
    flagged: bool
    remark: str
    coverage: Number
    night_window: str
    day_window: str
    profile_kw: list[Number]
    days: list[str]
    excluded_days: list[str]
    source: str

    @classmethod
    def of(cls, entry: FocusEntry) -> "ProfileView":
        """A screening result as JSON."""
        found = entry.imbalance
        named = {name: getattr(found, name) for name in cls.model_fields if name != "screened_at"}
        return cls(**named, screened_at=entry.screened_at)


@router.get("")
def profile(
    services: Served,
    user: Caller,
    registered: Registered,
    enterprise: Annotated[str, Query(max_length=200)],
    *,
    from_at: From = None,
    to_at: To = None,
) -> ProfileView:
    """The newest screening result of an enterprise, flagged or not.

    With `from`, computed now from the readings of [from, to), which are 400 days at most; `to` is now unless given.
    Only dates whose day and night both lie inside it count.
    """
    if from_at is None and to_at is None:
        entry = services.focus.entry(user.scope, enterprise)
    else:
        span = _span(from_at, to_at, services.clock())
        entry = _computed(services, registered, enterprise, span) if registered.sees(enterprise) else None
    if entry is None:
        raise not_found("profile")
    return ProfileView.of(entry)


def _span(from_at: int | None, to_at: int | None, now: int) -> tuple[int, int]:
    end = now if to_at is None else to_at
    if from_at is None:
        raise unknown_parameter("from", "is needed where `to` is given")
    if from_at >= end:
        raise unknown_parameter("from", "must lie before `to`")
    if end - from_at > MOST_DAYS * DAY_MS:
        raise unknown_parameter("from", f"lies more than {MOST_DAYS} days before `to`")
    return from_at, end


def _computed(services: Services, registered: ScopedRegistry, enterprise: str, span: tuple[int, int]) -> FocusEntry:
    """Screen one enterprise. It keeps the numbers of its meters: only the list of enterprises is cut."""
    row = registered.registry.enterprise(enterprise)
    alone = replace(registered.registry, enterprises=(row,))
    if not _computing.acquire(timeout=WAIT_S):
        raise Problem(503, "too many profiles are being computed; try again shortly", headers={"Retry-After": "5"})
    try:
        (found,) = screen(alone, services.series, from_at=span[0], to_at=span[1], settings=services.screening)
    finally:
        _computing.release()
    return FocusEntry(found, row, services.clock())
