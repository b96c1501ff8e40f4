"""What is stored already: the newest instant of each meter in memory, older ones asked of the server."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.readings import IntArray, Readings
from stores.influx import influxql
from stores.influx.client import Influx
from stores.influx.found import whole_numbers
from stores.influx.influxql import METER
from stores.influx.tags import MeterTags

SPAN_MS = 6 * 3_600_000
"""How much one question about older readings takes in at most: 72,000 rows where meters send once a minute."""

_NEVER = np.iinfo(np.int64).min


class Known:
    """Not for two threads at once. Nothing else may write readings into the same database."""

    def __init__(self, influx: Influx) -> None:
        self._influx = influx
        self._newest: dict[str, int] | None = None
        self._tags: MeterTags | None = None
        self._by_number: IntArray = np.zeros(0, dtype=np.int64)

    def new(self, batch: Readings, tags: MeterTags) -> NDArray[np.bool_]:
        """Which rows are not stored yet; StoreAway where the server can't be asked. The rows must not repeat."""
        self._use(tags)
        new: NDArray[np.bool_] = batch.ts > self._by_number[batch.meter]
        older = np.flatnonzero(~new)
        for rows in _spans(batch, older):
            stored = self._stored(batch.take(rows), tags)
            for meter in np.unique(batch.meter[rows]).tolist():
                of_meter = rows[batch.meter[rows] == meter]
                new[of_meter] = ~np.isin(batch.ts[of_meter], stored.get(meter, []))
        return new

    def sent(self, batch: Readings) -> None:
        """The rows are stored, or may be: a write without an answer counts too, and is asked about next time."""
        np.maximum.at(self._by_number, batch.meter, batch.ts)

    def _use(self, tags: MeterTags) -> None:
        """Numbers of meters hold for one registry; tags hold for ever."""
        if self._newest is None:
            self._newest = self._load()
        if tags is self._tags:
            return
        if self._tags is not None:
            self._newest |= dict(zip(self._tags.tags, self._by_number.tolist(), strict=True))
        self._by_number = np.array([self._newest.get(tag, _NEVER) for tag in tags.tags], dtype=np.int64)
        self._tags = tags

    def _load(self) -> dict[str, int]:
        found: dict[str, int] = {}
        query = influxql.select("last(received_at)", where=influxql.EVER, by=METER)
        for series in self._influx.ask(query):
            if series.values and METER in series.tags:
                found[series.tags[METER]] = int(series.by_name()["time"][-1])
        return found

    def _stored(self, batch: Readings, tags: MeterTags) -> dict[int, IntArray]:
        """Stored instants of the batch's meters within its span."""
        found: dict[int, IntArray] = {}
        span = influxql.span(int(batch.ts.min()), int(batch.ts.max()) + 1)
        meters = np.unique(batch.meter)
        for chosen in influxql.parts(tags.chosen(meters)):
            for series in self._influx.ask(influxql.select("quality", where=span + chosen, by=METER)):
                number = tags.number.get(series.tags.get(METER, ""))
                if number is not None and series.values:
                    more = whole_numbers(series.by_name()["time"])
                    found[number] = np.concatenate([found[number], more]) if number in found else more
        return found


def _spans(batch: Readings, rows: IntArray) -> Iterator[IntArray]:
    """The rows by time, in parts that each span a bounded time."""
    rows = rows[np.argsort(batch.ts[rows], kind="stable")]
    while len(rows):
        inside = int(np.searchsorted(batch.ts[rows], batch.ts[rows[0]] + SPAN_MS))
        yield rows[:inside]
        rows = rows[inside:]
