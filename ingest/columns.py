"""Samples of known meters → one columnar batch in primary units."""

from operator import attrgetter

import numpy as np

from core.readings import QUANTITIES, FloatArray, Quality, Readings, Source, readings
from core.registry import Meter, Registry
from ingest.decoders import Parcel, Sample
from ingest.decoders.decoded import BACKFILL

AHEAD_MS = 600_000
"""A clock further ahead than this is marked and not trusted."""

_values = attrgetter(*QUANTITIES)


class Columns:
    """Collects samples message by message and makes a batch of them; `ratio` is that of `ratios`."""

    def __init__(self, ratio: FloatArray) -> None:
        self._ratio = ratio
        self._samples: list[Sample] = []
        self._meter: list[int] = []
        self._received_at: list[int] = []

    def add(self, number: int, parcel: Parcel, *, received_at: int) -> None:
        self._samples += parcel.samples
        self._meter += [number] * len(parcel.samples)
        self._received_at += [received_at] * len(parcel.samples)

    def batch(self) -> Readings:
        """Everything so far. CT and PT ratios are applied here and nowhere else."""
        samples = self._samples
        if not samples:
            return readings([], [])
        meter = np.array(self._meter, dtype=np.int64)
        received_at = np.array(self._received_at, dtype=np.int64)
        timed = np.array([s.ts is not None for s in samples])
        ts = np.array([s.ts or 0 for s in samples], dtype=np.int64)
        ts = np.where(timed, ts, received_at)
        ahead = ts > received_at + AHEAD_MS
        quality = int(Quality.ARRIVAL_TIME) * (~timed).astype(np.int64) + int(Quality.CLOCK_SKEW) * ahead.astype(
            np.int64
        )
        with np.errstate(over="ignore"):
            values = np.array([_values(s) for s in samples], dtype=np.float64) * self._ratio[meter]
        values[np.isinf(values)] = np.nan  # beyond any float: absent, as an infinity in a message is
        return readings(
            meter,
            ts,
            values=values,
            received_at=received_at,
            quality=quality,
            source=np.array([s.src == BACKFILL for s in samples]) * int(Source.BACKFILL),
            seq=np.array([s.seq for s in samples], dtype=np.int64),
        )


def ratios(registry: Registry) -> FloatArray:
    """(meters, quantities): what a meter's values are multiplied by to be primary."""
    return np.array([_ratio(meter) for meter in registry.meters]).reshape(-1, len(QUANTITIES))


def _ratio(meter: Meter) -> list[float]:
    if meter.values != "secondary":
        return [1.0] * len(QUANTITIES)
    by_power, by_voltage, by_current = meter.ct * meter.pt, meter.pt, meter.ct
    factors = {"p": by_power, "ep": by_power, "q": by_power}
    factors |= dict.fromkeys(("ua", "ub", "uc"), by_voltage) | dict.fromkeys(("ia", "ib", "ic"), by_current)
    return [factors.get(name, 1.0) for name in QUANTITIES]
