"""A power of zero that the reading's own voltages and currents contradict. Needs no past."""

import numpy as np

from core.readings import COLUMN, FloatArray, IntArray, Readings
from ingest.quality.circuits import Circuits

CLEAR_KW = 0.5
CLEAR_SHARE_OF_RATED = 0.05
CLEAR_SECONDARY_KW = 0.005
"""A load is clear from the largest of these on: what lies below may be rounding, lamps or a standby current.

The last is behind the transformers, about half a percent of what a meter can carry there."""

BUSY_SHARE_OF_RATED = 0.5
"""Where nothing tells active from reactive: so much apparent power no idle circuit draws."""

_VOLTS = [COLUMN["ua"], COLUMN["ub"], COLUMN["uc"]]
_AMPERES = [COLUMN["ia"], COLUMN["ib"], COLUMN["ic"]]
_PF, _Q = COLUMN["pf"], COLUMN["q"]


def spurious_zero_power(batch: Readings, circuits: Circuits) -> IntArray:
    """Rows of the batch whose p is exactly zero while the circuit clearly draws power."""
    rows = np.flatnonzero(batch.p == 0)
    if not len(rows):
        return rows
    meter, values = batch.meter[rows], batch.values[rows]
    rated_kw = circuits.rated_kw[meter]
    clear_kw = np.maximum(CLEAR_KW, CLEAR_SECONDARY_KW * circuits.ratio[meter])
    clear_kw = np.fmax(clear_kw, CLEAR_SHARE_OF_RATED * rated_kw)
    found: IntArray = rows[_likely_kw(values, rated_kw) >= clear_kw]
    return found


def _likely_kw(values: FloatArray, rated_kw: FloatArray) -> FloatArray:
    """Active power after the other quantities, 0 where they leave it open.

    A standby channel shows apparent and no active power, and rightly: without a power factor other than zero
    and without reactive power only a circuit at half its rating is believed to be loaded.
    """
    pf, q = np.abs(values[:, _PF]), values[:, _Q]
    with np.errstate(over="ignore", invalid="ignore"):
        apparent_kva = np.nansum(np.abs(values[:, _VOLTS] * values[:, _AMPERES]), axis=1) / 1000
        beside_q = np.sqrt(np.maximum(apparent_kva**2 - np.nan_to_num(q) ** 2, 0))
    busy_kw = np.where(beside_q >= BUSY_SHARE_OF_RATED * rated_kw, beside_q, 0)
    by_q = np.where(np.isnan(pf) & (np.abs(q) > 0), beside_q, busy_kw)
    found: FloatArray = np.where(pf > 0, apparent_kva * np.minimum(pf, 1), by_q)
    return found
