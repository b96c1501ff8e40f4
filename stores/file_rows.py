"""The SQL that turns rows of readings files, all of them text, into checked rows in order of time.

Only constants of this project are formatted into statements; what files and callers bring is bound.
"""
# ruff: noqa: S608 - see above

from collections.abc import Mapping

from core.readings import QUANTITIES

EARLIEST_MS, LATEST_MS = 946_684_800_000, 4_102_444_800_000
"""2000 to 2099: outside it a clock or a unit is wrong."""

RATIO = {"p": "power", "ep": "power", "q": "power"}
RATIO |= dict.fromkeys(("ua", "ub", "uc"), "pt") | dict.fromkeys(("ia", "ib", "ic"), "ct")

SCHEMA = f"""
CREATE TABLE meters (number INTEGER, id VARCHAR, zone VARCHAR, ct DOUBLE, pt DOUBLE, power DOUBLE);
CREATE TABLE offsets (zone VARCHAR, wall_from BIGINT, wall_to BIGINT, offset_ms BIGINT);
CREATE TABLE raw (file VARCHAR, meter VARCHAR, ts_text VARCHAR,
  {", ".join(f"{q} DOUBLE" for q in QUANTITIES)}, bad VARCHAR);
"""

CSV_COLUMNS = """read_csv(?, columns = {columns}, auto_detect = false, header = true, delim = ',', quote = '"',
  escape = '"', compression = '{compression}', store_rejects = true, rejects_limit = 100000, max_line_size = 65536)"""
PARQUET = "read_parquet(?)"

REJECTED = "SELECT line, min(error_type::VARCHAR) FROM reject_errors GROUP BY line ORDER BY line"


def csv_source(columns: int, *, gzipped: bool) -> str:
    """A table of text columns c0, c1 …; its one parameter is the path."""
    names = "{" + ", ".join(f"'c{i}': 'VARCHAR'" for i in range(columns)) + "}"
    return CSV_COLUMNS.format(columns=names, compression="gzip" if gzipped else "none")


def insert(source: str, columns: Mapping[str, str]) -> str:
    """Copy a source into `raw`. `columns` gives the source's column for meter, ts and the quantities it has.

    Parameters: the file's name, then the source's. Numbers that are not finite are absent.
    """

    def text(name: str) -> str:
        return f"trim(CAST({columns[name]} AS VARCHAR))"

    def number(name: str) -> str:
        if name not in columns:
            return "NULL"
        value = f"TRY_CAST({columns[name]} AS DOUBLE)"
        return f"CASE WHEN isfinite({value}) THEN {value} END"

    bad = " ".join(
        f"WHEN TRY_CAST({columns[q]} AS DOUBLE) IS NULL AND {text(q)} <> '' "
        f"THEN '{q} ''' || left({text(q)}, 40) || ''''"
        for q in QUANTITIES
        if q in columns
    )
    return f"""
INSERT INTO raw SELECT ?, {text("meter")}, upper(replace({text("ts")}, '/', '-')), {", ".join(map(number, QUANTITIES))},
  {f"CASE {bad} END" if bad else "NULL"} FROM {source}"""


_WALL = r"^\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}([.]\d+)?)?)?$"
_INSTANT = r"^\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{2}(:\d{2}([.]\d+)?)? ?(Z|UTC|[+-]\d{2}(:?\d{2})?)$"

WALL_MS = f"CASE WHEN regexp_matches(ts_text, '{_WALL}') THEN epoch_ms(TRY_CAST(ts_text AS TIMESTAMP)) END"
"""Wall time as if it were UTC, for a time without an offset."""

_UNIX_MS = """CASE WHEN abs(unix) < 1e11 THEN unix * 1e3 WHEN abs(unix) < 1e14 THEN unix
  WHEN abs(unix) < 1e17 THEN unix / 1e3 WHEN abs(unix) < 1e20 THEN unix / 1e6 END"""

_INSTANT_MS = f"CASE WHEN regexp_matches(ts_text, '{_INSTANT}') THEN epoch_ms(TRY_CAST(ts_text AS TIMESTAMPTZ)) END"

WALL_SPANS = f"""
SELECT zone, min(wall), max(wall) FROM (SELECT zone, {WALL_MS} AS wall FROM raw JOIN meters ON raw.meter = meters.id)
WHERE wall BETWEEN {EARLIEST_MS} AND {LATEST_MS} GROUP BY zone"""
"""The zones in which wall times occur, with the first and last of them."""

_PROBLEM = f"""
CASE WHEN coalesce(meter, '') = '' THEN 'no meter' WHEN number IS NULL THEN 'unknown meter'
  WHEN coalesce(ts_text, '') = '' THEN 'no ts' WHEN ms IS NULL THEN 'ts is not a time'
  WHEN ms < {EARLIEST_MS} OR ms >= {LATEST_MS} THEN 'ts is out of range'
  WHEN bad IS NOT NULL THEN bad || ' is not a number'
  WHEN {" AND ".join(f"{q} IS NULL" for q in QUANTITIES)} THEN 'no quantity' END"""

_VALUES = ", ".join(f"{q} * {RATIO[q]} AS {q}" if q in RATIO else q for q in QUANTITIES)

CHECK = f"""
CREATE TABLE readings AS
WITH parsed AS (
  SELECT raw.rowid AS n, raw.*, TRY_CAST(ts_text AS DOUBLE) AS unix, {_INSTANT_MS} AS instant, {WALL_MS} AS wall
  FROM raw
), timed AS (
  SELECT parsed.*, meters.* EXCLUDE (zone, id),
    coalesce(instant, wall - offset_ms, CASE WHEN isfinite(unix) THEN CAST(round({_UNIX_MS}) AS BIGINT) END) AS ms
  FROM parsed LEFT JOIN meters ON parsed.meter = meters.id
    LEFT JOIN offsets ON meters.zone = offsets.zone AND wall >= wall_from AND wall < wall_to
), judged AS (
  SELECT *, {_PROBLEM} AS why FROM timed
)
SELECT n, CASE WHEN why IS NULL THEN ms END AS ts, number AS meter, {_VALUES},
  CASE WHEN why IS NOT NULL
    THEN concat(file, ': meter ''', left(meter, 60), ''' at ''', left(ts_text, 40), ''': ', why) END AS problem
FROM judged ORDER BY ts, number, n"""
"""Checked rows, sorted by (ts, meter, place in the files). Bad rows have a `problem` and no ts."""

HOURS = """
SELECT ts // 3600000 AS hour, count(*) AS n FROM readings WHERE problem IS NULL GROUP BY hour ORDER BY hour"""

SPAN = "SELECT min(ts), max(ts), count(*) FROM readings WHERE problem IS NULL"

PROBLEMS = "SELECT problem FROM readings WHERE problem IS NOT NULL ORDER BY n LIMIT ?"
PROBLEM_COUNT = "SELECT count(problem) FROM readings"


def select(quantities: tuple[str, ...], *, some_meters: bool) -> str:
    """Rows with ? <= ts < ?; of some meters (a list, the third parameter) where asked. Absent is NaN.

    They come as they lie in the table, which is in order.
    """
    values = "".join(f", coalesce({q}, 'nan'::DOUBLE) AS {q}" for q in quantities)
    chosen = "AND meter IN (SELECT unnest(?::INTEGER[]))" if some_meters else ""
    return f"""
SELECT ts, meter::BIGINT AS meter{values} FROM readings
WHERE ts >= ? AND ts < ? AND problem IS NULL {chosen}"""
