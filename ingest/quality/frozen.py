"""A meter that repeats itself to the last digit while its circuit is loaded."""

import numpy as np

from core.interval import HOUR_MS, MINUTE_MS
from core.readings import COLUMN, EP, QUANTITIES, FloatArray, IntArray, P
from ingest.quality.past import Past
from ingest.quality.rows import BoolArray, Rows

FROZEN_FOR_MS = 30 * MINUTE_MS
FROZEN_READINGS = 6
"""A run of equal readings is suspicious from this duration and number on."""

MISSED_STEPS = 10
"""So many steps of its register must be missing where nothing but the register has to move."""

UNKNOWN_STEP_KWH = 1.0
"""Assumed of a register that has not been seen to move, and a tenth of the ratio where that is more."""

_VARYING = [COLUMN[name] for name in ("p", "q", "ua", "ub", "uc", "ia", "ib", "ic")]
"""Two of them never stand still to the last digit under load. Power factors do (1.00), and so does frequency (50.0)."""
_WEIGHTS = np.random.default_rng(1).integers(1 << 62, size=len(QUANTITIES)) * 2 + 1
"""Eleven numbers in one, modulo 2**64: that different readings give the same one does not happen by chance."""

_AMPERES = [COLUMN["ia"], COLUMN["ib"], COLUMN["ic"]]


def frozen(rows: Rows, past: Past, *, step_kwh: FloatArray, ratio: FloatArray) -> BoolArray:
    """Which rows are, shape (n,). Moves the past's runs on.

    step_kwh  float64 (n,)  smallest step of the register so far, infinite where unknown
    ratio     float64 (n,)  of the row's meter
    """
    since, count = _runs(rows, past)
    found: BoolArray = (rows.ts - since >= FROZEN_FOR_MS) & (count >= FROZEN_READINGS)
    long = np.flatnonzero(found)
    if len(long):
        step = np.where(np.isinf(step_kwh), np.maximum(UNKNOWN_STEP_KWH, ratio / 10), step_kwh)
        hours = (rows.ts - since)[long] / HOUR_MS
        found[long] = _must_move(rows.batch.values[rows.row[long]], hours=hours, step_kwh=step[long])
    return found


def _must_move(values: FloatArray, *, hours: FloatArray, step_kwh: FloatArray) -> BoolArray:
    """Whether readings could not have stood still for so long. Idle circuits may."""
    shown = np.abs(np.nan_to_num(values)) > 0
    loaded = shown[:, P] | shown[:, _AMPERES].any(axis=1)
    varying = shown[:, _VARYING].sum(axis=1) >= 2
    stuck = ~np.isnan(values[:, EP]) & (values[:, P] * hours >= MISSED_STEPS * step_kwh)
    found: BoolArray = loaded & (varying | stuck)
    return found


def _runs(rows: Rows, past: Past) -> tuple[IntArray, IntArray]:
    """Of each row: since when its values have been the same, and the how manieth it is."""
    digest = (rows.batch.values.view(np.int64) @ _WEIGHTS)[rows.row]
    same = digest == rows.before(digest, past.digest)
    same &= past.same_count[rows.meter] + rows.rank > 0
    start = rows.since(~same)
    since = np.where(same, past.same_since[rows.meter], rows.ts)[start]
    count = np.where(same, past.same_count[rows.meter] + 1, 1)[start] + np.arange(len(rows)) - start
    rows.keep(since, past.same_since)
    rows.keep(count, past.same_count)
    rows.keep(digest, past.digest)
    return since, count
