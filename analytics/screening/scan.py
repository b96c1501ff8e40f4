"""The one scan that feeds every list: readings batch by batch from a store into the groups' sums."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from analytics.screening.groups import Group
from analytics.screening.segments import LastReadings, longest_gap
from core.interval import HOUR_MS
from core.readings import IntArray, Readings
from core.registry import Registry
from core.screening import Period


class Series(Protocol):
    """The part of a series store that screening needs (see core.ports.SeriesStore.scan)."""

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]: ...


def count(registry: Registry, series: Series, groups: list[Group], period: Period, *, fast: bool = True) -> None:
    """Read a period once and add it up in `groups`; raises what the store raises.

    `fast` False leaves the fast road out, which gives the same sums.
    """
    watched = np.array([meter for group in groups for meter in group.meters], dtype=np.int64)
    if not len(watched) or not any(group.calendar.dates for group in groups):
        return
    last = LastReadings(watched, registry.interval_ms)
    # The first and the last segment reach over the ends of the period.
    margin = max(HOUR_MS, int(longest_gap(registry.interval_ms[watched]).max()))
    # To look for some meters among many costs a store more than to hand out the few that nobody counts.
    asked = np.sort(watched) if 2 * len(watched) < len(registry.meters) else None
    bounds = np.cumsum([0, *(len(group.meters) for group in groups)]).tolist()
    for batch in series.scan(period.from_at - margin, period.to_at + margin, meters=asked, quantities=("p", "ep")):
        lattice, segments = last.taken(batch, fast=fast)
        for group, first, end in zip(groups, bounds[:-1], bounds[1:], strict=True):
            group.add(lattice.of_meters(first, end) if lattice else None, segments.of_meters(first, end))
