"""How many meters publish."""

from dataclasses import dataclass

import numpy as np

from api.services import Services
from core.errors import StoreAway
from core.interval import DAY_MS
from core.jurisdiction import Scope
from core.registry import Registry

SILENT_MS = 15 * 60_000
"""A meter is silent after three of its intervals, and not before this (domain.md §5, `silent`)."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """Meters of a scope: how many there are, and how many have published lately."""

    known: int
    online: int


def publishing(services: Services, registry: Registry, scope: Scope) -> Publishing:
    """Count the meters of a scope; while the readings can't be reached none is online."""
    if not registry.meters:
        return Publishing(0, 0)
    covered = np.array([scope.covers(row.district) for row in registry.enterprises])[registry.enterprise_of_meter]
    allowed = np.maximum(3 * registry.interval_ms, SILENT_MS)
    now = services.clock()
    try:
        latest = services.series.latest(now - min(DAY_MS, int(allowed.max())))
    except StoreAway:
        return Publishing(int(covered.sum()), 0)
    seen = np.zeros(len(allowed), dtype=np.int64)
    known = latest.meter < len(allowed)
    seen[latest.meter[known]] = latest.ts[known]
    return Publishing(int(covered.sum()), int((covered & (now - seen <= allowed)).sum()))
