"""Readings that say the same thing twice."""

import numpy as np

from core.readings import Readings


def without_repeats(batch: Readings) -> Readings:
    """The first of each (meter, ts), in the order they came."""
    if len(batch) < 2:
        return batch
    order = np.lexsort((batch.ts, batch.meter))
    meter, ts = batch.meter[order], batch.ts[order]
    first = np.r_[True, (meter[1:] != meter[:-1]) | (ts[1:] != ts[:-1])]
    return batch if first.all() else batch.take(np.sort(order[first]))
