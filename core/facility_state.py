"""What a facility says of itself: the running state that a station reports beside its measurements (HJ 212 SBn-RS)."""

from dataclasses import dataclass
from enum import IntEnum


class Running(IntEnum):
    """States of a facility after HJ 212-2017, CN=2021."""

    OFF = 0
    ON = 1
    CALIBRATING = 2
    MAINTENANCE = 3
    ALARM = 4
    BLOW_BACK = 5


@dataclass(frozen=True, slots=True)
class FacilityState:
    """One facility at one instant (ms UTC). `station` and `facility` are the names on the wire, as "SB1"."""

    station: str
    facility: str
    state: Running
    at: int


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """A facility that was reported in one state from `since` to `seen_at` (ms UTC, both inclusive)."""

    station: str
    facility: str
    state: Running
    since: int
    seen_at: int
