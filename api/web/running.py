"""Whether a facility runs, as its newest readings say. It runs, or it does not: nothing is said of what it cleans."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.interval import MINUTE_MS
from core.readings import Readings
from core.records import Dossier, NumberedMeter
from core.registry import Facility, Meter

OFF_SHARE = 0.6
"""Share of the on-threshold below which a facility is off where no off-threshold is set (domain.md §4)."""


class Running(StrEnum):
    """What the newest readings say."""

    RUNNING = "running"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FacilityState:
    """A facility now. `power_kw` is NaN and `read_at` None where its meters have said nothing lately."""

    facility: Facility
    meters: tuple[Meter, ...]
    running: Running
    power_kw: float
    read_at: int | None


def facility_states(dossier: Dossier, latest: Readings, *, now: int) -> list[FacilityState]:
    """Every facility of an enterprise, in the order of its dossier."""
    newest = {
        int(number): (int(ts), float(kw)) for number, ts, kw in zip(latest.meter, latest.ts, latest.p, strict=True)
    }
    return [
        _state(facility, [m for m in dossier.meters if m.meter.facility == facility.id], newest, now)
        for facility in dossier.facilities
    ]


def silent_after(meter: Meter) -> int:
    """Milliseconds without a reading after which a meter counts as silent (domain.md §5, `silent`)."""
    return max(3 * meter.interval_s * 1000, 15 * MINUTE_MS)


def _state(
    facility: Facility, meters: list[NumberedMeter], newest: Mapping[int, tuple[int, float]], now: int
) -> FacilityState:
    found = [newest[m.number] for m in meters if m.number in newest]
    complete = bool(meters) and len(found) == len(meters)
    read_at = min((ts for ts, _ in found), default=None)
    power_kw = sum(kw for _, kw in found) if complete else math.nan
    fresh = complete and all(now - newest[m.number][0] <= silent_after(m.meter) for m in meters)
    running = _running(facility, power_kw) if fresh else Running.UNKNOWN
    return FacilityState(facility, tuple(m.meter for m in meters), running, power_kw, read_at)


def _running(facility: Facility, power_kw: float) -> Running:
    if facility.on_kw is None or not math.isfinite(power_kw):
        return Running.UNKNOWN
    off_kw = facility.off_kw if facility.off_kw is not None else OFF_SHARE * facility.on_kw
    if power_kw > facility.on_kw:
        return Running.RUNNING
    return Running.STOPPED if power_kw < off_kw else Running.UNKNOWN
