"""What the mean loads say of an enterprise, and what is known beside them."""

import math

from core.imbalance import LoadClass
from core.registry import Enterprise, Shift

IDLE_KW = 0.01
"""Mean loads below this are the meter's own noise."""

SURELY_NIGHT = 10
"""A day load in doubt is taken for none only where the night's is this many times as large."""

NO_LOAD_METER = "no load meter"
CONTINUOUS_SHIFT = "registered continuous shift"
NIGHT_SHIFT = "registered night shift"
VALLEY_TARIFF = "valley tariff"

SHIFT_REMARKS = {Shift.CONTINUOUS: CONTINUOUS_SHIFT, Shift.NIGHT: NIGHT_SHIFT}

FLAGGED = frozenset({LoadClass.NIGHT_HEAVY, LoadClass.NIGHT_ONLY})


def verdict(
    night_kw: float, day_kw: float, *, flag_ratio: float, day_is_zero: bool = False
) -> tuple[LoadClass, float | None]:
    """Class and night/day ratio of two mean loads in kW; NaN for both is insufficient.

    `day_is_zero` says that a small day load may be none at all.
    """
    if math.isnan(night_kw) or math.isnan(day_kw):
        return LoadClass.INSUFFICIENT, None
    if day_kw < IDLE_KW or (day_is_zero and night_kw > SURELY_NIGHT * day_kw):
        return (LoadClass.IDLE if night_kw < IDLE_KW else LoadClass.NIGHT_ONLY), None
    ratio = night_kw / day_kw
    # A ratio that is the limit itself must not be flagged for the last bit of a float.
    limit = flag_ratio * (1 + 1e-9)
    if ratio > limit:
        return LoadClass.NIGHT_HEAVY, ratio
    if ratio * limit < 1:
        return LoadClass.DAY_HEAVY, ratio
    return LoadClass.BALANCED, ratio


def remark(enterprise: Enterprise, *, has_load_meter: bool) -> str:
    """Why the enterprise is listed apart, "" where nothing is known; several are joined with "; "."""
    found = [] if has_load_meter else [NO_LOAD_METER]
    if enterprise.shift in SHIFT_REMARKS:
        found.append(SHIFT_REMARKS[enterprise.shift])
    if enterprise.valley_tariff:
        found.append(VALLEY_TARIFF)
    return "; ".join(found)
