"""Hourly values of every meter, kept for ever, when the readings themselves are gone after 13 months."""

from collections.abc import Iterator
from typing import Any

from stores.influx import influxql, protocol
from stores.influx.address import InfluxAddress
from stores.influx.answers import Series
from stores.influx.client import Influx
from stores.influx.influxql import HOURLY, METER

HOUR_MS = 3_600_000
HOURS_AT_ONCE = 24
LINES_A_WRITE = 5_000
TAGS = ("enterprise", "facility", "kind", "meter")

_COLUMNS = 'mean(p) AS p_mean, min(p) AS p_min, max(p) AS p_max, last(ep) AS ep_last, count(quality) AS "readings"'


class Hourly:
    """Rolls readings up inside the series store. An hour done again is made anew, with what came late."""

    def __init__(self, address: InfluxAddress) -> None:
        self._influx = Influx(address)

    def roll_up(self, start: int, end: int) -> int:
        """Every whole hour (UTC) that the span [start, end) touches; returns how many values of an hour were written.

        StoreAway leaves some hours written and others not: calling it again mends that.
        """
        first, last = start // HOUR_MS * HOUR_MS, -(-end // HOUR_MS) * HOUR_MS
        width = HOURS_AT_ONCE * HOUR_MS
        return sum(self._part(begun, min(begun + width, last)) for begun in range(first, last, width))

    def close(self) -> None:
        self._influx.close()

    def _part(self, start: int, end: int) -> int:
        hours = f"{influxql.every(HOUR_MS, start=0)}, {influxql.names(TAGS)} fill(none)"
        found = self._influx.ask(influxql.select(_COLUMNS, where=influxql.span(start, end), by=hours))
        lines = [line for series in found if series.name == METER for line in _lines(series)]
        for at in range(0, len(lines), LINES_A_WRITE):
            self._influx.write(b"".join(lines[at : at + LINES_A_WRITE]), hourly=True)
        return len(lines)


def _lines(series: Series) -> Iterator[bytes]:
    key = protocol.series(HOURLY, {name: value for name, value in series.tags.items() if value})
    columns = series.by_name()
    for i, at in enumerate(columns.get("time", ())):
        row = {name: column[i] for name, column in columns.items() if name != "time" and column[i] is not None}
        yield key + f"{','.join(_field(name, value) for name, value in row.items())} {at}\n".encode()


def _field(name: str, value: Any) -> str:
    return f"{name}={int(value)}i" if name == "readings" else f"{name}={float(value)!r}"
