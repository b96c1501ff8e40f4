"""The marks of a stream of readings."""

from dataclasses import replace

import numpy as np

from core.readings import EP, P, Quality, Readings
from ingest.quality.circuits import UNKNOWN, Circuits
from ingest.quality.frozen import FROZEN_FOR_MS, FROZEN_READINGS, frozen
from ingest.quality.past import NEVER, Past
from ingest.quality.register import judge_registers
from ingest.quality.rows import Rows, in_order
from ingest.quality.zero import spurious_zero_power

_FROZEN, _ZERO, _JUMP = int(Quality.FROZEN), int(Quality.SPURIOUS_ZERO), int(Quality.REGISTER_JUMP)


class Marks:
    """Adds quality marks to batches, which must come in the order of the stream. Not thread-safe.

    Marks are a function of the readings seen, in order of time within a batch: there is no clock in it.
    """

    def __init__(self, circuits: Circuits = UNKNOWN) -> None:
        self._circuits = circuits
        self._past = Past.none(len(circuits))

    def use(self, circuits: Circuits) -> None:
        """Go on with what a newer registry says; meters keep their numbers and their past."""
        self._past.grow(len(circuits))
        self._circuits = circuits.grown(len(self._past.last_ts))

    def seed(self, latest: Readings) -> None:
        """Take the newest reading of each meter for its past, as after a restart. Marks come from the store."""
        values = np.where(np.isnan(latest.values), np.nan, latest.values)  # one NaN: digits are compared
        zero = latest.has(_ZERO) & (latest.ep == 0)
        values[zero, EP] = np.nan  # what stood before that zero is not known any more
        self.mark(replace(latest, values=values))
        held = latest.take(latest.has(_FROZEN))
        self._past.same_since[held.meter] = held.ts - FROZEN_FOR_MS
        self._past.same_count[held.meter] = FROZEN_READINGS

    def mark(self, batch: Readings) -> Readings:
        """The same readings with marks added; values are never touched.

        A reading that comes after a later one of its meter, or has a time or values that its message itself
        calls wrong, gets only the marks that need no past, and is no past for others.
        """
        if not len(batch):
            return batch
        self._make_room(int(batch.meter.max()) + 1)
        quality = batch.quality.copy()
        quality[spurious_zero_power(batch, self._circuits)] |= _ZERO
        rows = in_order(batch, self._past.last_ts)
        if len(rows):
            self._mark_in_order(rows, quality)
        return replace(batch, quality=quality)

    def _mark_in_order(self, rows: Rows, quality: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        past = self._past
        new = rows.first[past.last_ts[rows.meter[rows.first]] == NEVER]
        past.first_ts[rows.meter[new]] = rows.ts[new]
        most_kw = rows.running(rows.joined(np.abs(rows.quantity(P)), past.most_kw, np.fmax), np.fmax)
        registers = judge_registers(rows, past, circuits=self._circuits, most_kw=most_kw)
        stuck = frozen(rows, past, step_kwh=registers.step_kwh, ratio=self._circuits.ratio[rows.meter])
        rows.keep(most_kw, past.most_kw)
        rows.keep(rows.ts, past.last_ts)
        quality[rows.row] |= stuck * _FROZEN + registers.zero * _ZERO + registers.jump * _JUMP

    def _make_room(self, meters: int) -> None:
        if meters > len(self._past.last_ts):
            self._past.grow(meters)
            self._circuits = self._circuits.grown(len(self._past.last_ts))
