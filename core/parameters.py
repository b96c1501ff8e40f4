"""Parameters that are versioned in time: limits, on/off thresholds, links and ratios.

A version says what a row's fields are from an instant on, who said so, when and why. Nothing is overwritten:
what holds at an instant comes of all versions effective by then, in order of (effective_at, order of recording).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from core.registry import Facility, Meter, Threshold

EVER = 0
"""Effective instant of what counts as in force since ever (1970, before any reading)."""

Values = Mapping[str, Any] | None
"""Fields and their values from then on; None: the row is withdrawn (limits only)."""


class Noun(StrEnum):
    """Rows of the registry whose parameters are versioned, by the name of the Registry's field."""

    FACILITIES = "facilities"
    METERS = "meters"
    THRESHOLDS = "thresholds"


LIMIT_KEY = ("meter", "quantity", "side", "severity")

VERSIONED: dict[Noun, tuple[str, ...]] = {
    Noun.FACILITIES: ("kind", "line", "stage", "duty", "rated_kw", "on_kw", "off_kw"),
    Noun.METERS: ("facility", "interval_s", "ct", "pt", "values"),
    Noun.THRESHOLDS: tuple(row.name for row in fields(Threshold) if row.name not in LIMIT_KEY),
}
"""Names, addresses and the like have no versions: no judgement depends on them."""


@dataclass(frozen=True, slots=True)
class Change:
    """New values of a facility's, a meter's or a limit's parameters; what is not named stays as it is."""

    noun: Noun
    subject: str
    values: Values = field(hash=False)


@dataclass(frozen=True, slots=True)
class Version:
    """A change as it was recorded; instants in ms UTC.

    known_in  the registry's version that first knew of it; 0 of what was there before anything was versioned
    """

    id: int
    noun: Noun
    subject: str
    enterprise: str
    effective_at: int
    recorded_at: int
    by: str
    reason: str
    values: Values = field(hash=False)
    known_in: int = 0


def subject_of(row: Facility | Meter | Threshold) -> str:
    """How versions name a row: by its id, a limit as meter/quantity/side/severity."""
    if isinstance(row, Threshold):
        return f"{row.meter}/{row.quantity}/{row.side}/{row.severity}"
    return row.id


def running_thresholds(facility: str, *, on_kw: float, off_kw: float) -> Change:
    """On above `on_kw`, off below `off_kw`; ValueError unless 0 <= off <= on and on > 0."""
    if not (math.isfinite(on_kw) and on_kw > 0 and 0 <= off_kw <= on_kw):
        raise ValueError("the on-threshold is above 0 kW, and the off-threshold between 0 and it")
    return Change(Noun.FACILITIES, facility, {"on_kw": on_kw, "off_kw": off_kw})


def link(facility: str, *, line: str | None, stage: str | None, duty: str = "duty") -> Change:
    """Another line, stage or duty of a facility; ValueError where the duty is none."""
    if duty not in ("duty", "standby"):
        raise ValueError("a facility is on duty or standby")
    return Change(Noun.FACILITIES, facility, {"line": line, "stage": stage, "duty": duty})


def moved_meter(meter: str, *, facility: str) -> Change:
    """The meter measures another facility."""
    return Change(Noun.METERS, meter, {"facility": facility})


def ratio(meter: str, *, ct: float, pt: float = 1.0) -> Change:
    """Other current and voltage transformer ratios; ValueError unless both are above 0."""
    if not (math.isfinite(ct) and math.isfinite(pt) and ct > 0 and pt > 0):
        raise ValueError("ratios are above 0")
    return Change(Noun.METERS, meter, {"ct": ct, "pt": pt})


def limit(row: Threshold) -> Change:
    """A limit, new or with other values; ValueError where it can't be one."""
    if not math.isfinite(row.value) or row.side not in ("above", "below") or row.severity not in (1, 2, 3):
        raise ValueError("a limit is a number, above or below, of severity 1, 2 or 3")
    if min(row.on_delay_s, row.off_delay_s, row.deadband) < 0:
        raise ValueError("delays and deadband are not negative")
    values = {name: getattr(row, name) for name in VERSIONED[Noun.THRESHOLDS]}
    return Change(Noun.THRESHOLDS, subject_of(row), values)


def no_limit(row: Threshold) -> Change:
    """The limit is withdrawn."""
    return Change(Noun.THRESHOLDS, subject_of(row), None)


def limit_named(subject: str) -> dict[str, Any]:
    """The key of a limit from its name; meters may hold slashes themselves. ValueError where it is none."""
    meter, quantity, side, severity = subject.rsplit("/", 3)
    return {"meter": meter, "quantity": quantity, "side": side, "severity": int(severity)}
