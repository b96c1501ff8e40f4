"""Samples of known meters → one columnar batch in primary units."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.interval import DAY_MS
from core.readings import QUANTITIES, FloatArray, IntArray, Quality, Readings, Source, readings
from core.registry import Meter, Registry
from ingest.decoders import Parcel, Sample
from ingest.decoders.decoded import BACKFILL
from ingest.decoders.packed import PackedSamples
from ingest.decoders.packed import columns as packed_columns

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


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """What n samples tell: instants (0 where `untimed`), values as sent, source, running number."""

    ts: IntArray
    untimed: NDArray[np.bool_]
    values: FloatArray
    source: IntArray
    seq: IntArray


class Columns:
    """Collects samples message by message and makes a batch of them; `ratio` is that of `ratios`."""

    def __init__(self, ratio: FloatArray, *, limits: ClockLimits = ClockLimits()) -> None:
        self._ratio, self._limits = ratio, limits
        self._loose: list[Sample] = []
        self._packed: list[PackedSamples] = []
        self._is_packed: list[bool] = []
        self._count: list[int] = []
        self._meter: list[int] = []
        self._received_at: list[int] = []
        self._quality: list[int] = []

    def add(self, number: int, parcel: Parcel, *, received_at: int) -> None:
        samples: Sequence[Sample] = parcel.samples
        if isinstance(samples, PackedSamples):
            self._packed.append(samples)
        else:
            self._loose += samples
        self._is_packed.append(isinstance(samples, PackedSamples))
        self._count.append(len(samples))
        self._meter.append(number)
        self._received_at.append(received_at)
        self._quality.append(parcel.quality)

    def batch(self) -> Readings:
        """Everything so far. CT and PT ratios are applied here and nowhere else."""
        if not self._count:
            return readings([], [])
        count = np.array(self._count, dtype=np.int64)
        meter, received_at, quality = (
            np.repeat(np.array(column, dtype=np.int64), count)
            for column in (self._meter, self._received_at, self._quality)
        )
        told = self._told(count)
        ts = np.where(told.untimed, received_at, told.ts) if told.untimed.any() else told.ts
        return readings(
            meter,
            ts,
            values=self._primary(told.values, meter),
            received_at=received_at,
            quality=quality | told.untimed * _ARRIVAL_TIME | self._skewed(ts - received_at, told) * _CLOCK_SKEW,
            source=told.source,
            seq=told.seq,
        )

    def _told(self, count: IntArray) -> _Told:
        if not self._loose:
            return _of_packed(self._packed)
        if not self._packed:
            return _of_loose(self._loose)
        packed = np.repeat(np.array(self._is_packed), count)
        place = np.argsort(np.argsort(~packed, kind="stable"))  # of each row: in the packed ones, then in the others
        first, then = _of_packed(self._packed), _of_loose(self._loose)
        return _Told(*(np.concatenate([getattr(first, n), getattr(then, n)])[place] for n in _Told.__slots__))

    def _skewed(self, ahead: IntArray, told: _Told) -> NDArray[np.bool_]:
        """A sample without a time is stamped on arrival: never."""
        late = (ahead < -self._limits.behind_ms) & (told.source == Source.REALTIME)
        found: NDArray[np.bool_] = (ahead > self._limits.ahead_ms) | late
        return found

    def _primary(self, values: FloatArray, meter: IntArray) -> FloatArray:
        if (self._ratio[self._meter] != 1).any():
            with np.errstate(over="ignore"):
                values *= self._ratio[meter]
        beyond = np.isinf(values)  # beyond any float: absent, as an infinity in a message is
        if beyond.any():
            values[beyond] = np.nan
        return values


def _of_packed(samples: list[PackedSamples]) -> _Told:
    rows = packed_columns(samples)
    values = np.empty((len(rows), len(QUANTITIES)))
    for column, name in enumerate(QUANTITIES):
        values[:, column] = rows[name]
    return _Told(
        rows["ts"].astype(np.int64),
        np.zeros(len(rows), dtype=np.bool_),
        values,
        (rows["src"] == BACKFILL.encode()) * int(Source.BACKFILL),
        rows["seq"].astype(np.int64),
    )


def _of_loose(samples: list[Sample]) -> _Told:
    given = [s.ts for s in samples]
    values = np.empty((len(samples), len(QUANTITIES)))
    for column, name in enumerate(QUANTITIES):
        values[:, column] = _COLUMN[name](samples)  # None becomes NaN
    return _Told(
        np.array([ts or 0 for ts in given], dtype=np.int64),
        np.array([ts is None for ts in given]) if None in given else np.zeros(len(given), dtype=np.bool_),
        values,
        np.array([s.src == BACKFILL for s in samples]) * int(Source.BACKFILL),
        np.array([s.seq for s in samples], dtype=np.int64),
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
