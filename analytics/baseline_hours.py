"""The baseline hour: what an hour of the day usually takes, for comparison with an hour under order.

Median of that hour's kWh for the same day type (workday or weekend) over the last 14 valid days without order or
filing; at least 3 of them, else there is no baseline [D].
"""

import numpy as np
from numpy.typing import NDArray

from core.readings import FloatArray

DAYS = 14
LEAST_DAYS = 3

BoolArray = NDArray[np.bool_]


def baseline_hours(kwh: FloatArray, valid: BoolArray, weekend: BoolArray, *, weekend_wanted: bool) -> FloatArray:
    """kWh of each hour of the day, shape (24,); NaN where fewer than LEAST_DAYS days support it.

    kwh      (days, 24) energy of each local hour, the oldest day first; NaN where it is not known
    valid    (days, 24) whether the hour may be used: covered by readings, without order or filing
    weekend  (days,) day type
    """
    chosen = _last_days(kwh, valid, weekend, weekend_wanted=weekend_wanted)
    enough = chosen.sum(axis=0) >= LEAST_DAYS
    found = np.full(24, np.nan)
    if enough.any():
        found[enough] = np.nanmedian(np.where(chosen, kwh, np.nan)[:, enough], axis=0)
    return found


def supporting_days(kwh: FloatArray, valid: BoolArray, weekend: BoolArray, *, weekend_wanted: bool) -> int:
    """How many days support the best supported hour: what is said where there is no baseline."""
    chosen = _last_days(kwh, valid, weekend, weekend_wanted=weekend_wanted)
    return int(chosen.sum(axis=0).max()) if len(chosen) else 0


def _last_days(kwh: FloatArray, valid: BoolArray, weekend: BoolArray, *, weekend_wanted: bool) -> BoolArray:
    """(days, 24) the hours of the last DAYS valid ones that are of the wanted day type."""
    usable = valid & np.isfinite(kwh)
    newer = np.cumsum(usable[::-1], axis=0)[::-1]
    last: BoolArray = usable & (newer <= DAYS)
    chosen: BoolArray = last & (weekend == weekend_wanted)[:, None]
    return chosen
