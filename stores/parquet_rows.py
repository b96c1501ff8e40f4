"""Parquet files whose columns have proper types are read where they lie, without a copy.

Typed means: `ts` is a timestamp or an integer, quantities are numbers. What is text in a Parquet file goes the way of
CSV. Only constants of this project and integers are formatted into statements; what files bring is bound.
"""
# ruff: noqa: S608 - see above

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from core.interval import HOUR_MS
from core.readings import QUANTITIES
from stores.file_rows import EARLIEST_MS, LATEST_MS
from stores.file_zones import offsets

NUMBERS = frozenset(
    {"DOUBLE", "FLOAT", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
)
WHOLE = frozenset({"INTEGER", "BIGINT", "UINTEGER"})
INSTANT, WALL = "TIMESTAMP WITH TIME ZONE", "TIMESTAMP"

UNIX_PER_MS = ((1e11, 0.001), (1e14, 1.0), (1e17, 1e3), (1e20, 1e6))
"""Numbers below the limit count so many to the millisecond: seconds, milli-, micro- or nanoseconds since 1970."""

BLOCK_ROWS = 122_880
"""About a row group: what a reader must take whole."""
SCANS_AT_MOST = 4
"""Files whose rows of one time lie so scattered that each would be read more often than this are sorted into a copy."""

METER_ID = "CREATE TYPE meter_id AS ENUM (SELECT id FROM meters ORDER BY number)"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rows are, and how to ask for those of a span.

    source      SQL of a table (n, stamp, ms, number, quantities…, why, told)
    parameters  of the source: name and path of each file
    at          SQL of a bound on the file's own `stamp`, its place an instant in ms UTC: it spares row groups
    quantities  that some file has
    """

    source: str
    parameters: tuple[str, ...]
    at: str
    quantities: tuple[str, ...]

    def between(self, start: int, end: int) -> str:
        """A coarse condition on `stamp`: true for every row of [start, end), for few others."""
        first, last = max(start, EARLIEST_MS) - 2000, min(end, LATEST_MS) + 2000
        return f"stamp >= {self.at.format(first)} AND stamp < {self.at.format(last)}"


def layout(
    connection: duckdb.DuckDBPyConnection, files: Sequence[tuple[str, str, Mapping[str, str]]], *, zones: Sequence[str]
) -> Layout | None:
    """The layout of files given as (name, literal path, column → SQL); None where they are not typed alike.

    zones  of the meters: wall times can be read in place where all of them have one offset over the files' time
    """
    types = [_types(connection, path, columns) for _, path, columns in files]
    found = {row["ts"] for row in types}
    if len(found) != 1 or not all(_is_number(row[q]) for row in types for q in QUANTITIES if q in row):
        return None
    times = _times(connection, files, found.pop(), zones=zones)
    if times is None:
        return None
    ms, at = times
    parts = [_part(i, columns, ms) for i, (_, _, columns) in enumerate(files)]
    texts = tuple(text for name, path, _ in files for text in (name, path))
    have = tuple(q for q in QUANTITIES if any(q in columns for _, _, columns in files))
    return Layout(" UNION ALL ".join(parts), texts, at, have)


def _is_number(kind: str) -> bool:
    return kind in NUMBERS or kind.startswith("DECIMAL")


def _types(connection: duckdb.DuckDBPyConnection, path: str, columns: Mapping[str, str]) -> dict[str, str]:
    wanted = ", ".join(f"{column} AS {name}" for name, column in columns.items())
    rows = connection.execute(f"DESCRIBE SELECT {wanted} FROM read_parquet(?)", [path]).fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def _times(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[tuple[str, str, Mapping[str, str]]],
    kind: str,
    *,
    zones: Sequence[str],
) -> tuple[str, str] | None:
    """(SQL of ms UTC from `stamp`, SQL of `stamp` from ms UTC with a place for it); None where it can't be said."""
    if kind == INSTANT:
        return "epoch_ms(stamp)", "make_timestamptz({} * 1000)"
    if kind not in (WALL, *WHOLE):
        return None
    number = "epoch_ms({})" if kind == WALL else "{}"
    spans = [
        connection.execute(
            f"SELECT min({number.format(columns['ts'])}), max({number.format(columns['ts'])}) FROM read_parquet(?)",
            [path],
        ).fetchall()[0]
        for _, path, columns in files
    ]
    known = [end for span in spans for end in span if end is not None]
    if not known:
        return None
    return _wall(min(known), max(known), zones) if kind == WALL else _unix(min(known), max(known))


def _wall(first: int, last: int, zones: Sequence[str]) -> tuple[str, str] | None:
    if not EARLIEST_MS <= first <= last < LATEST_MS:
        return None
    found = {offset for tz in zones for _, _, _, offset in offsets(tz, first, last)}
    if len(found) != 1:
        return None
    offset = found.pop()
    return f"epoch_ms(stamp) - ({offset})", f"make_timestamp(({{}} + ({offset})) * 1000)"


def _unix(first: int, last: int) -> tuple[str, str] | None:
    units = {next((unit for limit, unit in UNIX_PER_MS if abs(end) < limit), None) for end in (first, last)}
    unit = units.pop()
    if units or unit is None:
        return None
    if unit < 1:
        return "stamp::BIGINT * 1000", "{} // 1000"
    return f"CAST(round(stamp / {unit:.1f}) AS BIGINT)", f"{{}} * {int(unit)}"


def _part(number: int, columns: Mapping[str, str], ms: str) -> str:
    """The rows of one file; its parameters are name and path. Numbers that are not finite are absent."""
    have = [q for q in QUANTITIES if q in columns]
    values = ", ".join(
        f"CASE WHEN isfinite({columns[q]}::DOUBLE) THEN {columns[q]}::DOUBLE END AS {q}" if q in columns
        else f"NULL::DOUBLE AS {q}"
        for q in QUANTITIES
    )  # fmt: skip
    nothing = " AND ".join(f"{q} IS NULL" for q in have) or "TRUE"
    return f"""
SELECT *, CASE WHEN coalesce(id, '') = '' THEN 'no meter' WHEN number IS NULL THEN 'unknown meter'
    WHEN stamp IS NULL THEN 'no ts' WHEN ms < {EARLIEST_MS} OR ms >= {LATEST_MS} THEN 'ts is out of range'
    WHEN {nothing} THEN 'no quantity' END AS why
FROM (SELECT *, {ms} AS ms, enum_code(TRY_CAST(id AS meter_id))::BIGINT AS number
  FROM (SELECT {number << 40} + file_row_number AS n, ? AS file, trim({columns["meter"]}::VARCHAR) AS id,
    {columns["ts"]} AS stamp, {values} FROM read_parquet(?, file_row_number = true)))"""


def facts(source: str) -> str:
    """(hour, sound rows, refused rows, first, last) of every hour; the hour is NULL for rows without a time."""
    return f"""
SELECT ms // {HOUR_MS} AS hour, count(*) FILTER (WHERE why IS NULL) AS n, count(why) AS refused,
  min(ms) FILTER (WHERE why IS NULL) AS first, max(ms) FILTER (WHERE why IS NULL) AS last
FROM ({source}) GROUP BY hour ORDER BY hour"""


def problems(source: str) -> str:
    """The first refused rows in the order of the files; the parameter after the source's is how many."""
    return f"""
SELECT concat(file, ': meter ''', left(id, 60), ''' at ''', left(stamp::VARCHAR, 40), ''': ', why)
FROM ({source}) WHERE why IS NOT NULL ORDER BY n LIMIT ?"""


def scattered(connection: duckdb.DuckDBPyConnection, where: Layout, *, slab_ms: int) -> bool:
    """Whether reading span by span would read most row groups again and again."""
    spans: list[tuple[Any, ...]] = connection.execute(
        f"SELECT min(ms), max(ms) FROM ({where.source}) WHERE ms IS NOT NULL GROUP BY n // {BLOCK_ROWS}",
        list(where.parameters),
    ).fetchall()
    reads = sum((last - first) // max(slab_ms, 1) + 1 for first, last in spans)
    return reads > SCANS_AT_MOST * len(spans)


def copy(where: Layout) -> tuple[str, str]:
    """Statements that make `readings` of the sound rows, sorted: one with the parameters of the source, one without."""
    absent = "".join(f", NULL::DOUBLE AS {q}" for q in QUANTITIES if q not in where.quantities)
    columns = ", ".join(("n", "ms AS ts", "number::INTEGER AS meter", *where.quantities))
    return (
        f"CREATE TABLE sorted AS SELECT {columns} FROM ({where.source}) WHERE why IS NULL ORDER BY ts, meter, n",
        f"CREATE VIEW readings AS SELECT *{absent}, NULL::VARCHAR AS problem FROM sorted",
    )


def select(where: Layout, quantities: tuple[str, ...], *, start: int, end: int, some_meters: bool, clean: bool) -> str:
    """Rows of [start, end) in the order of the files; after the source's parameters a list of meters where asked."""
    values = "".join(f", coalesce({q}, 'nan'::DOUBLE) AS {q}" for q in quantities)
    chosen = "AND number IN (SELECT unnest(?::INTEGER[]))" if some_meters else ""
    sound = "" if clean else "AND why IS NULL"
    return f"""
SELECT ms AS ts, number AS meter{values} FROM ({where.source})
WHERE {where.between(start, end)} AND ms >= {start:d} AND ms < {end:d} {sound} {chosen}"""


def literal(path: Path) -> str:
    """The path without a meaning for DuckDB's file patterns."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))
