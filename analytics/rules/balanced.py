"""Which enterprises have a feeder and all that it feeds metered, and their local time."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.interval import HOUR_MS, to_datetime, zone
from core.readings import IntArray
from core.registry import Facility, Kind, Registry

MUST = frozenset({Kind.PRODUCTION, Kind.TREATMENT, Kind.COMBINED})
QUARTER_MS = 900_000


@dataclass(slots=True)
class Balanced:
    """n enterprises by number, the meters of their feeders and of all else, and whether one reports less often than
    each quarter of an hour. `left_out` are the others that have a meter, with the reason's code."""

    enterprises: list[int] = field(default_factory=list)
    feeders: list[list[int]] = field(default_factory=list)
    subs: list[list[int]] = field(default_factory=list)
    slow: list[bool] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


def balanced(registry: Registry) -> Balanced:
    """Sort the enterprises of a registry by that."""
    found = Balanced()
    for number, row in enumerate(registry.enterprises):
        facilities = registry.facilities_of(row.id)
        everyone = registry.meters_of(facilities)
        if not everyone:
            continue
        feeders = registry.meters_of([f for f in facilities if f.kind is Kind.FEEDER])
        if not feeders:
            found.left_out[row.id] = "no-feeder"
        elif not _whole(registry, facilities):
            found.left_out[row.id] = "no-meter"
        else:
            found.enterprises.append(number)
            found.feeders.append(feeders)
            found.subs.append([m for m in everyone if m not in feeders])
            found.slow.append(bool(registry.interval_ms[everyone].max() > QUARTER_MS))
    return found


def _whole(registry: Registry, facilities: Sequence[Facility]) -> bool:
    """Whether all feeders, all production and all treatment are metered, and there is some of it."""
    asked = [f for f in facilities if f.kind in MUST]
    feeding = [f for f in facilities if f.kind is Kind.FEEDER]
    return bool(asked) and all(registry.meters_of([f]) for f in asked + feeding)


def offsets_ms(zones: NDArray[np.str_], at: IntArray) -> IntArray:
    """(n,) what local time is ahead of UTC in each zone at each instant, to the hour of the instant."""
    found = np.zeros(len(zones), dtype=np.int64)
    for tz in np.unique(zones).tolist():
        for hour in np.unique(at[zones == tz] // HOUR_MS).tolist():
            offset = to_datetime(hour * HOUR_MS).astimezone(zone(tz)).utcoffset()
            rows = (zones == tz) & (at // HOUR_MS == hour)
            found[rows] = int(offset.total_seconds() * 1000) if offset else 0
    return found
