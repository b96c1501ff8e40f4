"""A long span in parts that each hold a bounded number of readings."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from stores.influx import influxql
from stores.influx.client import Influx
from stores.influx.influxql import METER

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
ROWS = 500_000


def slabs(influx: Influx, start: int, end: int, conditions: Sequence[str]) -> Iterator[tuple[int, int]]:
    """[from, to) in ascending order, all readings of the span within them, about ROWS or a day in each.

    Readings are those of which one of the conditions holds.
    """
    firsts, lasts = (_edges(influx, edge, start, end, conditions) for edge in ("first", "last"))
    if not firsts or not lasts:
        return
    first, end = min(firsts), max(lasts) + 1
    begun, rows = first, 0
    counts: Counter[int] = Counter()
    for condition in conditions:
        counts.update(_hourly_counts(influx, first, end, condition))
    for hour, count in sorted(counts.items()):
        if rows and (rows + count > ROWS or hour + HOUR_MS - begun > DAY_MS):
            yield begun, hour
            rows = 0
        begun = begun if rows else hour
        rows += count
        if rows > ROWS:
            yield from _evenly(begun, min(hour + HOUR_MS, end), parts=-(-rows // ROWS))
            rows = 0
    if rows:
        yield begun, end


def _evenly(start: int, end: int, *, parts: int) -> Iterator[tuple[int, int]]:
    width = -(-(end - start) // parts)
    for begun in range(start, end, width):
        yield begun, min(begun + width, end)


def _edges(influx: Influx, edge: str, start: int, end: int, conditions: Sequence[str]) -> list[int]:
    """The instants of the span's first or last readings, one a condition at most."""
    wheres = [influxql.span(start, end) + condition for condition in conditions]
    found = chain.from_iterable(influx.ask(influxql.select(f"{edge}(quality)", where=where)) for where in wheres)
    return [int(series.by_name()["time"][0]) for series in found if series.name == METER and series.values]


def _hourly_counts(influx: Influx, start: int, end: int, condition: str) -> dict[int, int]:
    """(from, readings) of each hour that has any, counted from `start`."""
    hours = f"{influxql.every(HOUR_MS, start=start)} fill(none)"
    query = influxql.select("count(quality)", where=influxql.span(start, end) + condition, by=hours)
    found = [series.by_name() for series in influx.ask(query) if series.name == METER and series.values]
    return {hour: n for columns in found for hour, n in zip(columns["time"], columns["count"], strict=True)}
