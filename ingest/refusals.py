"""Readings that make a store fail, though it is not away: the others must not wait behind them for ever."""

import logging
from collections.abc import Callable

from core.errors import StoreAway
from core.ports import SeriesStore
from core.readings import Readings

log = logging.getLogger(__name__)

AT_MOST = 100
"""More readings than this refused out of one write: then it is the store, not the readings."""


def append_what_it_takes(series: SeriesStore, batch: Readings, *, keep: Callable[[Readings], None]) -> int:
    """Append the batch and return how many readings were new; those that fail even alone are handed to `keep`.

    StoreAway also where none or few go through: then the store itself is in trouble.
    """
    try:
        return series.append(batch)
    except StoreAway:
        raise
    except Exception:
        log.exception("the series store failed on %d readings", len(batch))
    refused: list[Readings] = []
    stored = _in_halves(series, batch, refused)
    if len(refused) == len(batch):
        raise StoreAway("the series store fails on whatever it is given, see the log")
    for reading in refused:
        log.error("set aside, no store takes it: meter %d at %d", reading.meter[0], reading.ts[0])
        keep(reading)
    return stored


def _in_halves(series: SeriesStore, batch: Readings, refused: list[Readings]) -> int:
    if len(refused) > AT_MOST:
        raise StoreAway("the series store fails on too many readings, see the log")
    try:
        return series.append(batch)
    except StoreAway:
        raise
    except Exception:
        if len(batch) == 1:
            refused.append(batch)
            return 0
    middle = len(batch) // 2
    return sum(_in_halves(series, batch.take(half), refused) for half in (slice(middle), slice(middle, None)))
