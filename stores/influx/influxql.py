"""InfluxQL: the only place where names and values become a part of a query.

InfluxDB 1.6 has no bound parameters for tags and fields alike, so texts are quoted here, numbers are made
ints, and nothing else is ever put into a query.
"""

from collections.abc import Iterable, Sequence

METER, HOURLY = "meter", "meter_hourly"

METERS_AT_ONCE = 100

EARLIEST, LATEST = -9_223_372_036_854, 9_223_372_036_854
"""Instants in ms that InfluxDB can hold. A query over time without an end would stop at the server's own clock."""


def name(identifier: str) -> str:
    """A database, policy, measurement, field or tag, quoted."""
    return '"' + _escaped(identifier, '"') + '"'


def text(value: str) -> str:
    """A string, quoted."""
    return "'" + _escaped(value, "'") + "'"


def names(identifiers: Iterable[str]) -> str:
    return ", ".join(name(identifier) for identifier in identifiers)


def span(start: int, end: int) -> str:
    """start <= time < end in ms UTC, within what can be held."""
    first, last = max(int(start), EARLIEST), min(int(end), LATEST)
    return f"time >= {first}ms AND time < {last}ms"


EVER = span(EARLIEST, LATEST)


def select(what: str, *, where: str, of: str = METER, by: str = "") -> str:
    """A query of parts that the other functions of this file made, or that stand in the program."""
    return f"SELECT {what} FROM {name(of)} WHERE {where}" + (f" GROUP BY {by}" if by else "")  # noqa: S608


def of_meters(tags: Sequence[str] | None) -> str:
    """The condition that a reading is of one of these meters; None: of any. Of many it is slow: see `parts`."""
    if tags is None:
        return ""
    # No series has an empty tag: of no meters nothing is found.
    return f" AND ({' OR '.join(f'{METER} = {text(tag)}' for tag in tags or [''])})"


def parts(tags: Sequence[str] | None) -> list[str]:
    """Conditions that together say the same as `of_meters`, and no meter twice.

    InfluxDB takes a time that grows with the square of the meters named: 1 s for 1,000 of them.
    """
    if not tags:
        return [of_meters(tags)]
    return [of_meters(tags[start : start + METERS_AT_ONCE]) for start in range(0, len(tags), METERS_AT_ONCE)]


def every(width: int, *, start: int) -> str:
    """Buckets of `width` ms, of which one begins at `start`."""
    return f"time({int(width)}ms, {int(start) % int(width)}ms)"


def _escaped(value: str, quote: str) -> str:
    if "\x00" in value:
        raise ValueError("a name in a query can't hold NUL")
    return value.replace("\\", "\\\\").replace(quote, "\\" + quote).replace("\n", "\\n")
