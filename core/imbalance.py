"""Words of the day/night screening, shared by what computes, stores and shows it."""

from dataclasses import dataclass, field
from enum import StrEnum


class LoadClass(StrEnum):
    """What the relation of night to day load says."""

    NIGHT_HEAVY = "night-heavy"
    DAY_HEAVY = "day-heavy"
    BALANCED = "balanced"
    NIGHT_ONLY = "night-only"
    IDLE = "idle"
    INSUFFICIENT = "insufficient"


@dataclass(frozen=True, slots=True)
class Imbalance:
    """One enterprise over one period, with its evidence.

    night_kw, day_kw  mean load in kW of the valid nights and days; NaN where there are none
    ratio             night_kw / day_kw; None for night-only (infinite), idle and insufficient
    coverage          share of the period's window time that readings cover, 0–1
    profile_kw        mean load of each local hour of the day, 24 values; NaN where unseen
    days              local dates (ISO) that counted
    remark            why an entry is listed apart (registered shift, valley tariff …), or ""
    source            what the energy came from: "register", "power" or "mixed"; "" without data
    """

    enterprise: str
    from_at: int
    to_at: int
    night_kw: float
    day_kw: float
    ratio: float | None
    valid_days: int
    load_class: LoadClass
    flagged: bool
    remark: str
    coverage: float
    night_window: str
    day_window: str
    profile_kw: tuple[float, ...]
    days: tuple[str, ...] = field(default=())
    excluded_days: tuple[str, ...] = field(default=())
    source: str = ""
