"""The form of a facility's thresholds: what may be typed, and what it means."""

import math
from datetime import datetime

from pydantic import BaseModel, Field

from analytics.learning.proposal import Proposal
from api.fields import EARLIEST, LATEST
from api.parameters import LONGEST_REASON
from core.interval import to_ms, zone
from core.parameters import Change, running_thresholds
from core.registry import Facility


class Applied(BaseModel):
    """The form as it was filled in; the fields say for themselves what is wrong with them."""

    on_kw: str = Field("", max_length=40)
    off_kw: str = Field("", max_length=40)
    reason: str = Field("", max_length=LONGEST_REASON)
    effective: str = Field("", max_length=40)


class Wrong(Exception):
    """A field of the form, by its name, that can't be what was meant."""


def suggested(proposal: Proposal | None, facility: Facility) -> Applied:
    """The form filled in with what is proposed, else with what is set."""
    if proposal is not None and proposal.has_thresholds:
        return _filled(f"{proposal.on_kw:.3g}", f"{proposal.off_kw:.3g}")
    return _filled(_text(facility.on_kw), _text(facility.off_kw))


def _filled(on_kw: str, off_kw: str) -> Applied:
    return Applied(on_kw=on_kw, off_kw=off_kw, reason="", effective="")


def _text(kw: float | None) -> str:
    return "" if kw is None else f"{kw:g}"


def power_kw(text: str, name: str) -> float:
    """A power as people type it; `name` is the field that is wrong where it is none."""
    try:
        kw = float(text.replace(",", ".").strip())
    except ValueError as error:
        raise Wrong(name) from error
    if not math.isfinite(kw) or not 0 <= kw <= 1e6:
        raise Wrong(name)
    return kw


def change_of(facility: str, *, on_kw: float, off_kw: float) -> Change:
    """The change that is asked for; Wrong where the two do not go together."""
    try:
        return running_thresholds(facility, on_kw=on_kw, off_kw=off_kw)
    except ValueError as error:
        raise Wrong("order") from error


def instant_of(text: str, tz: str) -> int | None:
    """From a local date and time of the enterprise's zone; None, from now on, where nothing is given."""
    if not text.strip():
        return None
    try:
        at = datetime.fromisoformat(text.strip())
        found = to_ms(at if at.tzinfo else at.replace(tzinfo=zone(tz)))
    except (ValueError, OverflowError) as error:
        raise Wrong("effective") from error
    if not EARLIEST <= found < LATEST:
        raise Wrong("effective")
    return found
