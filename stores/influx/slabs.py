"""A long span in parts that each hold a bounded number of readings."""

from collections.abc import Iterator

from stores.influx import influxql
from stores.influx.client import Influx
from stores.influx.influxql import METER

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
ROWS = 500_000


def slabs(influx: Influx, start: int, end: int, condition: str) -> Iterator[tuple[int, int]]:
    """[from, to) in ascending order, all readings of the span within them, about ROWS or a day in each."""
    first, last = (_edge(influx, edge, start, end, condition) for edge in ("first", "last"))
    if first is None or last is None:
        return
    end, begun, rows = last + 1, first, 0
    for hour, count in _hourly_counts(influx, first, end, condition):
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


def _edge(influx: Influx, edge: str, start: int, end: int, condition: str) -> int | None:
    """The instant of the span's first or last reading."""
    query = influxql.select(f"{edge}(quality)", where=influxql.span(start, end) + condition)
    for series in influx.ask(query):
        if series.name == METER and series.values:
            return int(series.by_name()["time"][0])
    return None


def _hourly_counts(influx: Influx, start: int, end: int, condition: str) -> list[tuple[int, int]]:
    """(from, readings) of each hour that has any, counted from `start`."""
    hours = f"{influxql.every(HOUR_MS, start=start)} fill(none)"
    query = influxql.select("count(quality)", where=influxql.span(start, end) + condition, by=hours)
    found = [series.by_name() for series in influx.ask(query) if series.name == METER and series.values]
    return [hour for columns in found for hour in zip(columns["time"], columns["count"], strict=True)]
