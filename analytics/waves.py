"""Batches of readings cut into what one numpy step can judge."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from analytics.members import BoolArray, by_meter
from core.interval import DAY_MS, MINUTE_MS
from core.readings import IntArray, Readings

WAVE_MS = MINUTE_MS


def by_day(batch: Readings) -> Iterator[Readings]:
    """A batch in order of time, cut where a UTC day ends: what is learnt from history is learnt anew then."""
    if not len(batch):
        return
    days = batch.ts // DAY_MS
    if days[0] == days[-1]:
        yield batch
        return
    cuts = [0, *(np.flatnonzero(np.diff(days)) + 1).tolist(), len(batch)]
    for start, end in pairwise(cuts):
        yield batch.take(slice(start, end))


def in_time(batch: Readings) -> Readings:
    """The same readings in order of time."""
    if (batch.ts[1:] >= batch.ts[:-1]).all():
        return batch
    return batch.take(np.argsort(batch.ts, kind="stable"))


def waves(batch: Readings, *, moving: BoolArray | None = None) -> Iterator[Readings]:
    """Cut a batch, in order of time, where a meter would come twice or a minute is over.

    `moving` (n,), of a batch in order, are the readings wanted: waves of the same bounds without the others, and
    none that is empty.
    """
    if not len(batch):
        return
    batch = in_time(batch)
    kept = np.arange(len(batch)) if moving is None else np.flatnonzero(moving)
    wanted = batch if moving is None else batch.take(kept)
    # A wave that starts at `start` ends where some reading's predecessor lies at or after `start`.
    reach = np.maximum.accumulate(_previous_of_same_meter(batch.meter))
    start, n = 0, len(batch)
    while start < n:
        repeats = int(np.searchsorted(reach, start, side="left"))
        minute = int(np.searchsorted(batch.ts, batch.ts[start] + WAVE_MS, side="left"))
        end = max(start + 1, min(repeats, minute))
        first, last = np.searchsorted(kept, (start, end))
        if last > first:
            yield wanted.take(slice(first, last))
        start = end


def _previous_of_same_meter(meter: IntArray) -> IntArray:
    """Position of the reading before this one of the same meter, -1 where it is the first."""
    order = by_meter(meter)
    same = meter[order[1:]] == meter[order[:-1]]
    found = np.full(len(meter), -1, dtype=np.int64)
    found[order[1:][same]] = order[:-1][same]
    return found
