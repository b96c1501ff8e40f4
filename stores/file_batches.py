"""From the columns of a query over files to batches of readings in order."""

from typing import Any

import numpy as np

from core.readings import COLUMN, QUANTITIES, FloatArray, IntArray, Readings, readings
from core.registry import Meter, Registry
from stores import file_rows


def batch_of(columns: dict[str, Any], wanted: tuple[str, ...], factors: FloatArray | None) -> Readings:
    """Columns `meter`, `ts` and the wanted quantities, times each meter's factors (m, 11), in order of (ts, meter).

    Of rows with the same (meter, ts) the first counts.
    """
    meter, ts = columns["meter"], columns["ts"]
    values = np.full((len(ts), len(QUANTITIES)), np.nan)
    for name in wanted:
        values[:, COLUMN[name]] = columns[name]
    if factors is not None:
        values *= factors[meter]
    return _in_order(readings(meter, ts, values=values))


def _in_order(batch: Readings) -> Readings:
    """In order of (ts, meter), of equal ones the first."""
    step, other = np.diff(batch.ts), np.diff(batch.meter)
    if ((step > 0) | ((step == 0) & (other > 0))).all():
        return batch
    # Two stable sorts by small integers are a fraction of one by pairs: numpy has a radix sort for 16 bits.
    order = np.argsort(_small(batch.meter), kind="stable")
    order = order[np.argsort(_small((batch.ts - batch.ts.min())[order] // _unit(batch.ts)), kind="stable")]
    batch = batch.take(order)
    return batch.take(np.r_[True, (np.diff(batch.ts) != 0) | (np.diff(batch.meter) != 0)])


def _unit(ts: IntArray) -> int:
    """The longest of a minute, a second and a millisecond that all instants are whole steps of apart."""
    apart = ts - ts.min()
    return next(unit for unit in (60_000, 1000, 1) if not (apart % unit).any())


def _small(numbers: IntArray) -> Any:
    return numbers.astype(np.uint16) if numbers.max() < 0x10000 else numbers


def factors_of(registry: Registry) -> FloatArray | None:
    """(m, 11) What a meter's values are multiplied with; None where nothing is."""
    found = np.ones((len(registry.meters), len(QUANTITIES)))
    for number, meter in enumerate(registry.meters):
        ct, pt, power = ratios_of(meter)
        for name, ratio in file_rows.RATIO.items():
            found[number, COLUMN[name]] = {"ct": ct, "pt": pt, "power": power}[ratio]
    return None if (found == 1).all() else found


def ratios_of(meter: Meter) -> tuple[float, float, float]:
    """What (currents, voltages, power and energy) are multiplied with: 1 where the values are primary already."""
    ct, pt = (meter.ct, meter.pt) if meter.values == "secondary" else (1.0, 1.0)
    return ct, pt, ct * pt
