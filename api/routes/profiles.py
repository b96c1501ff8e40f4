"""Profiles: how an enterprise's load lies over the day, with the screening's evidence."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import Caller, Served
from api.fields import Instant, Number, View, example
from api.problems import not_found
from core.imbalance import LoadClass
from core.records import FocusEntry

router = APIRouter(prefix="/profiles")


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
def profile(enterprise: Annotated[str, Query(max_length=200)], services: Served, user: Caller) -> ProfileView:
    """The newest screening result of an enterprise, flagged or not."""
    entry = services.focus.entry(user.scope, enterprise)
    if entry is None:
        raise not_found("profile")
    return ProfileView.of(entry)
