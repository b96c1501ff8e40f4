"""Samples of known meters → one columnar batch in primary units."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.interval import DAY_MS
from core.readings import QUANTITIES, FloatArray, IntArray, Quality, Readings, Source, readings
from core.registry import Meter, Registry
from ingest.decoders import Parcel, Sample
from ingest.decoders.decoded import BACKFILL

_ARRIVAL_TIME, _CLOCK_SKEW = int(Quality.ARRIVAL_TIME), int(Quality.CLOCK_SKEW)

# An attribute by its own name is read in half the time that an attrgetter of all of them takes.
_COLUMN: dict[str, Callable[[list[Sample]], list[float | None]]] = {
    "p": lambda samples: [s.p for s in samples],
    "ep": lambda samples: [s.ep for s in samples],
    "q": lambda samples: [s.q for s in samples],
    "pf": lambda samples: [s.pf for s in samples],
    "ua": lambda samples: [s.ua for s in samples],
    "ub": lambda samples: [s.ub for s in samples],
    "uc": lambda samples: [s.uc for s in samples],
    "ia": lambda samples: [s.ia for s in samples],
    "ib": lambda samples: [s.ib for s in samples],
    "ic": lambda samples: [s.ic for s in samples],
    "f": lambda samples: [s.f for s in samples],
}


@dataclass(frozen=True, slots=True)
class ClockLimits:
    """How far a meter's time may lie from its arrival, in ms; beyond it is marked and not trusted.

    What is sent as it happens may have waited long in a queue, but a clock that was never set is years behind.
    What a device says that it sends later may be of any age.
    """

    ahead_ms: int = 600_000
    behind_ms: int = 31 * DAY_MS


class Columns:
    """Collects samples message by message and makes a batch of them; `ratio` is that of `ratios`."""

    def __init__(self, ratio: FloatArray, *, limits: ClockLimits = ClockLimits()) -> None:
        self._ratio, self._limits = ratio, limits
        self._samples: list[Sample] = []
        self._count: list[int] = []
        self._meter: list[int] = []
        self._received_at: list[int] = []
        self._quality: list[int] = []

    def add(self, number: int, parcel: Parcel, *, received_at: int) -> None:
        self._samples += parcel.samples
        self._count.append(len(parcel.samples))
        self._meter.append(number)
        self._received_at.append(received_at)
        self._quality.append(parcel.quality)

    def batch(self) -> Readings:
        """Everything so far. CT and PT ratios are applied here and nowhere else."""
        samples = self._samples
        if not samples:
            return readings([], [])
        count = np.array(self._count, dtype=np.int64)
        meter, received_at, told = (
            np.repeat(np.array(column, dtype=np.int64), count)
            for column in (self._meter, self._received_at, self._quality)
        )
        source = np.array([s.src == BACKFILL for s in samples]) * int(Source.BACKFILL)
        ts, doubt = self._times(received_at, source)
        return readings(
            meter,
            ts,
            values=self._values(meter),
            received_at=received_at,
            quality=told | doubt,
            source=source,
            seq=np.array([s.seq for s in samples], dtype=np.int64),
        )

    def _times(self, received_at: IntArray, source: IntArray) -> tuple[IntArray, IntArray]:
        """(instants, what is doubtful about them); where a sample has none it is its arrival."""
        given = [s.ts for s in self._samples]
        untimed = np.array([ts is None for ts in given]) if None in given else np.zeros(len(given), dtype=np.bool_)
        ts = np.where(untimed, received_at, np.array([ts or 0 for ts in given], dtype=np.int64))
        ahead = ts - received_at
        skewed = (ahead > self._limits.ahead_ms) | ((ahead < -self._limits.behind_ms) & (source == Source.REALTIME))
        return ts, untimed * _ARRIVAL_TIME + skewed * _CLOCK_SKEW

    def _values(self, meter: IntArray) -> FloatArray:
        values = np.empty((len(self._samples), len(QUANTITIES)))
        for column, name in enumerate(QUANTITIES):
            values[:, column] = _COLUMN[name](self._samples)  # None becomes NaN
        with np.errstate(over="ignore"):
            values *= self._ratio[meter]
        values[np.isinf(values)] = np.nan  # beyond any float: absent, as an infinity in a message is
        return values


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
