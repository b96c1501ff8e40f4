"""Series that a query found → Readings."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from core.readings import QUANTITIES, FloatArray, IntArray, Readings, concatenate, readings
from stores.influx.answers import Series
from stores.influx.influxql import METER

FIELDS = (*QUANTITIES, "quality", "source", "seq", "received_at")


def readings_of(found: Iterable[Series], number: Mapping[str, int]) -> Readings:
    """All rows of the series of known meters, sorted by (ts, meter)."""
    parts = [
        _part(number[tag], series.by_name())
        for series in found
        if series.values and (tag := series.tags.get(METER, "")) in number
    ]
    batch = concatenate(parts)
    return batch.take(np.lexsort((batch.meter, batch.ts)))


def whole_numbers(column: Sequence[Any], *, absent: int = 0) -> IntArray:
    return np.array([absent if value is None else value for value in column], dtype=np.int64)


def floats(column: Sequence[Any]) -> FloatArray:
    """None becomes NaN."""
    return np.array(column, dtype=np.float64)


def _part(meter: int, columns: dict[str, tuple[Any, ...]]) -> Readings:
    ts = whole_numbers(columns["time"])
    values = np.full((len(ts), len(QUANTITIES)), np.nan, order="F")
    for i, name in enumerate(QUANTITIES):
        if name in columns:
            values[:, i] = floats(columns[name])
    return readings(
        np.full(len(ts), meter),
        ts,
        values=values,
        received_at=whole_numbers(columns["received_at"]),
        quality=whole_numbers(columns["quality"]),
        source=whole_numbers(columns["source"]),
        seq=whole_numbers(columns["seq"], absent=-1),
    )
