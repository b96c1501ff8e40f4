"""Stored readings as they would have been with the ratios that today are known to have been in force.

Readings are stored as they were decoded, with the ratio known on arrival. A ratio that is corrected later, for a
time past, does not touch them: they are scaled by (ratio in force at ts) ÷ (ratio known at received_at) each time
they are judged. Power, energy and reactive power go by CT × PT, voltages by PT, currents by CT.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analytics.replay import History
from core.ratios import RatioHistory
from core.readings import IntArray, Readings


def corrected(batch: Readings, ratios: Sequence[RatioHistory]) -> Readings:
    """The batch with right ratios; the very same batch where nothing is wrong."""
    values = None
    for ratio in ratios:
        rows = np.flatnonzero(batch.meter == ratio.meter)
        if not len(rows):
            continue
        factor = ratio.in_force.at(batch.ts[rows]) / ratio.decoded.at(batch.received_at[rows])
        if (factor != 1).any():
            values = batch.values.copy() if values is None else values
            values[rows] *= factor
    return batch if values is None else replace(batch, values=values)


@dataclass(frozen=True, slots=True)
class Corrected:
    """The read half of a series store, with the ratios put right on the way."""

    history: History
    ratios: Sequence[RatioHistory]

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        """As core.ports.SeriesStore.scan."""
        for batch in self.history.scan(start, end, meters=meters, quantities=quantities):
            yield corrected(batch, self.ratios)


@dataclass(frozen=True, slots=True)
class CorrectedNow:
    """As `Corrected`, with the ratios asked for each time; where there are none, the history as it is."""

    history: History
    ratios: Callable[[], Sequence[RatioHistory]]

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        """As core.ports.SeriesStore.scan."""
        ratios = self.ratios()
        history = Corrected(self.history, ratios) if ratios else self.history
        return history.scan(start, end, meters=meters, quantities=quantities)
