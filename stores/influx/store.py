"""The series store in InfluxDB. Measurement, tags and fields are described in docs/series.md."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

import numpy as np

from core.errors import StoreAway
from core.readings import COLUMN, QUANTITIES, FloatArray, IntArray, Quality, Readings, concatenate
from core.registry import Registry
from stores.influx import influxql
from stores.influx.address import InfluxAddress
from stores.influx.client import Influx
from stores.influx.faults import Refused
from stores.influx.found import FIELDS, floats, readings_of, whole_numbers
from stores.influx.influxql import METER
from stores.influx.known import Known
from stores.influx.latest import Latest
from stores.influx.lines import lines
from stores.influx.slabs import slabs
from stores.influx.tags import CurrentTags, MeterTags
from stores.repeats import without_repeats

log = logging.getLogger(__name__)

ROWS_A_WRITE = 20_000
"""About 5 MB of lines; servers take 25 MB and more."""

_COUNTS = ("quality", "source", "seq", "received_at")


class InfluxSeries:
    """SeriesStore over an InfluxDB that nothing else writes readings to.

    `registry` gives the registry in force, by which numbers of meters become tags; a number that it does not
    know yet is StoreAway, as it soon will. The server need not be there when this is made. `append` raises
    Refused where some rows can never be stored; then all others are. What is older than the server keeps
    is left out and not counted.
    """

    def __init__(self, address: InfluxAddress, registry: Callable[[], Registry]) -> None:
        self._influx = Influx(address)
        self._tags = CurrentTags(registry)
        self._known = Known(self._influx)
        self._latest = Latest(self._load_latest)
        self._write_lock = threading.Lock()

    def append(self, batch: Readings) -> int:
        if not len(batch):
            return 0
        tags = self._tags()
        if int(batch.meter.max()) >= len(tags):
            raise StoreAway(f"meter number {int(batch.meter.max())} is not in the registry yet")
        storable = tags.keys.length[batch.meter] > 0
        with self._write_lock:
            rows = without_repeats(batch.take(storable))
            stored = self._store(rows.take(self._known.new(rows, tags)), tags)
        if not storable.all():
            names = sorted({tags.registry.meters[m].id for m in batch.meter[~storable].tolist()})
            raise Refused(f"ids of meters that InfluxDB can't hold: {', '.join(map(repr, names))[:300]}")
        return stored

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        tags = self._tags()
        parts = influxql.parts(None if meters is None else tags.chosen(meters))
        columns = influxql.names([name for name in QUANTITIES if name in quantities] + list(_COUNTS))
        for first, last in slabs(self._influx, start, end, parts):
            queries = [influxql.select(columns, where=influxql.span(first, last) + part, by=METER) for part in parts]
            batch = readings_of(chain.from_iterable(map(self._influx.ask, queries)), tags.number)
            if len(batch):
                yield batch

    def buckets(
        self, meter: int, start: int, end: int, width: int, quantity: str = "p"
    ) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
        if quantity not in COLUMN:
            raise ValueError(f"{quantity!r} is not a quantity")
        at: list[int] = []
        values: list[list[float]] = [[], [], []]
        chosen = influxql.of_meters(self._tags().chosen(np.array([meter])))
        wanted = f"mean({quantity}), min({quantity}), max({quantity})"
        spans = f"{influxql.every(width, start=start)} fill(none)"
        for series in self._influx.ask(
            influxql.select(wanted, where=influxql.span(start, end) + chosen, by=spans),
        ):
            columns = series.by_name()
            at += columns.get("time", ())
            for own, name in zip(values, ("mean", "min", "max"), strict=True):
                own += columns.get(name, ())
        return whole_numbers(at), floats(values[0]), floats(values[1]), floats(values[2])

    def latest(self, since: int) -> Readings:
        return self._latest.since(since, self._tags())

    def _load_latest(self, since: int, tags: MeterTags) -> Readings:
        newest = self._newest(since, tags)
        skewed = (newest.quality & Quality.CLOCK_SKEW) != 0
        if not skewed.any():
            return newest
        # Asked apart, as a condition on a field makes the server read all rows of the span.
        is_believed = f" AND quality & {int(Quality.CLOCK_SKEW)} = 0"
        parts = influxql.parts(tags.chosen(newest.meter[skewed]))
        believed = [self._newest(since, tags, part + is_believed) for part in parts]
        return concatenate([newest.take(~skewed), *believed])

    def count(self, *, meter: int | None = None) -> int:
        chosen = "" if meter is None else influxql.of_meters(self._tags().chosen(np.array([meter])))
        found = self._influx.ask(influxql.select("count(quality)", where=influxql.EVER + chosen))
        return sum(int(series.by_name()["count"][0]) for series in found if series.name == METER)

    def ping(self) -> None:
        """StoreAway where the server would not answer a query now; costs next to nothing."""
        for _ in self._influx.ask("SHOW MEASUREMENTS LIMIT 1"):
            pass

    def close(self) -> None:
        with self._write_lock:
            self._influx.close()

    def _store(self, rows: Readings, tags: MeterTags) -> int:
        """Write all rows that the server takes, and only then raise Refused for those it does not."""
        stored = 0
        refused: list[str] = []
        for start in range(0, len(rows), ROWS_A_WRITE):
            part = rows.take(slice(start, start + ROWS_A_WRITE))
            try:
                new = self._write(part, tags, refused)
            except StoreAway:
                self._latest.forget()
                raise
            finally:
                self._known.sent(part)
            # Of refused and of too old ones it is not known which they are.
            self._latest.stored(part) if new == len(part) else self._latest.forget()
            stored += new
        if refused:
            raise Refused(f"{len(refused)} reading(s): {refused[0]}")
        return stored

    def _write(self, rows: Readings, tags: MeterTags, refused: list[str]) -> int:
        """How many rows are stored; of refused ones the culprits are found by halving."""
        try:
            return len(rows) - self._influx.write(lines(rows, tags.keys))
        except Refused as error:
            if len(rows) == 1:
                log.error("a reading of meter %r is refused: %s", tags.tags[int(rows.meter[0])], error)
                refused.append(str(error))
                return 0
        middle = len(rows) // 2
        return self._write(rows.take(slice(0, middle)), tags, refused) + self._write(
            rows.take(slice(middle, None)), tags, refused
        )

    def _newest(self, since: int, tags: MeterTags, condition: str = "") -> Readings:
        others = influxql.names(name for name in FIELDS if name != "received_at")
        where = influxql.span(since, influxql.LATEST) + condition
        query = influxql.select(f"last(received_at) AS received_at, {others}", where=where, by=METER)
        return readings_of(self._influx.ask(query), tags.number)
