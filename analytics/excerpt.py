"""A registry of some enterprises only, for judging them as the whole would be judged."""

from dataclasses import dataclass, replace

import numpy as np

from core.readings import IntArray, Readings
from core.registry import Registry


@dataclass(frozen=True, eq=False)
class Excerpt:
    """The rows of some enterprises, and which numbers their meters have in the registry that they come from.

    meters  int64 (m,)  number in the whole registry of each meter here
    """

    registry: Registry
    meters: IntArray
    _place: IntArray

    @classmethod
    def of(cls, whole: Registry, enterprises: frozenset[str] | None) -> "Excerpt":
        """All enterprises where None is given; ids that the registry does not know are passed over."""
        found = whole if enterprises is None else _part(whole, enterprises)
        meters = np.array([whole.meter_number[row.id] for row in found.meters], dtype=np.int64)
        place = np.full(len(whole.meters) + 1, -1, dtype=np.int64)
        place[meters] = np.arange(len(meters))
        return cls(found, meters, place)

    def renumbered(self, batch: Readings) -> Readings:
        """A batch of the whole registry with the numbers of this one; readings of other meters are left out."""
        number = self._place[np.minimum(batch.meter, len(self._place) - 1)]
        known = number >= 0
        kept = batch if known.all() else batch.take(known)
        return replace(kept, meter=number if known.all() else number[known])


def _part(whole: Registry, ids: frozenset[str]) -> Registry:
    facilities = tuple(row for row in whole.facilities if row.enterprise in ids)
    kept = {row.id for row in facilities}
    meters = tuple(row for row in whole.meters if row.facility in kept)
    metered = {row.id for row in meters}
    owner = whole.enterprise_of_scope
    return replace(
        whole,
        enterprises=tuple(row for row in whole.enterprises if row.id in ids),
        lines=tuple(row for row in whole.lines if row.enterprise in ids),
        facilities=facilities,
        meters=meters,
        thresholds=tuple(row for row in whole.thresholds if row.meter in metered),
        filings=tuple(row for row in whole.filings if row.enterprise in ids),
        orders=tuple(row for row in whole.orders if owner.get(row.scope) in ids),
        presets=tuple(row for row in whole.presets if owner.get(row.scope) in ids),
    )
