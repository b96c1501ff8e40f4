"""The series store of the embedded installation: one DuckDB file, one table.

Rows lie in the order they came, so blocks are nearly sorted by time and a query for a span skips the
rest by their zone maps. There is no index: uniqueness by (meter, ts) is kept by comparing a batch
with the newest instant of each meter, and only rows at or before it are looked up in the table. An
index (ART) would cost several times the insert itself and must fit in memory.
"""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np

from core.errors import SetupError, StoreAway
from core.readings import COLUMN, QUANTITIES, FloatArray, IntArray, Quality, Readings, readings
from stores.repeats import without_repeats

SLAB_ROWS = 1_000_000
_NEVER = np.iinfo(np.int64).min

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS readings (
  meter INTEGER NOT NULL, ts TIMESTAMP_MS NOT NULL,
  {", ".join(f"{name} DOUBLE" for name in QUANTITIES)},
  received_at TIMESTAMP_MS NOT NULL, quality UTINYINT NOT NULL, source UTINYINT NOT NULL, seq BIGINT NOT NULL
)"""

_NEW_ONLY = """
INSERT INTO readings SELECT batch.* FROM batch
ANTI JOIN (SELECT meter, ts FROM readings WHERE ts BETWEEN ? AND ?) AS known USING (meter, ts)"""


class DuckSeries:
    """SeriesStore over a DuckDB file. The file belongs to one process at a time."""

    def __init__(self, path: Path, *, memory: str = "1GB", threads: int = 2) -> None:
        self._write_lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = duckdb.connect(str(path), config={"memory_limit": memory, "threads": threads})
            self._connection.execute(_SCHEMA)
            self._newest = self._load_newest()
        except (duckdb.Error, OSError) as error:
            raise SetupError(
                f"can't open the readings file {path}: {_first_line(error)} (is another nightwatt using it?)"
            ) from error

    def append(self, batch: Readings) -> int:
        if not len(batch):
            return 0
        batch = without_repeats(batch)
        with self._write_lock:
            self._grow(int(batch.meter.max()))
            fresh = batch.ts > self._newest[batch.meter]
            try:
                stored = self._insert(batch, fresh)
            except duckdb.Error as error:
                raise StoreAway(f"DuckDB: {_first_line(error)}") from error
            np.maximum.at(self._newest, batch.meter, batch.ts)
        return stored

    def _insert(self, batch: Readings, fresh: np.ndarray) -> int:
        connection = self._connection
        connection.execute("BEGIN")
        try:
            stored = int(fresh.sum())
            if stored:
                connection.register("batch", _columns(batch.take(fresh)))
                connection.execute("INSERT INTO readings SELECT * FROM batch")
            if stored < len(batch):
                old = batch.take(~fresh)
                connection.register("batch", _columns(old))
                span = [_instant(old.ts.min()), _instant(old.ts.max())]
                row = connection.execute(_NEW_ONLY, span).fetchone()
                stored += int(row[0]) if row else 0
            connection.execute("COMMIT")
        except duckdb.Error:
            connection.execute("ROLLBACK")
            raise
        finally:
            connection.unregister("batch")
        return stored

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        cursor = self._connection.cursor()
        names = [name for name in QUANTITIES if name in quantities]
        where, arguments = _span(start, end, meters)
        found = cursor.execute(f"SELECT count(*), min(ts), max(ts) FROM readings WHERE {where}", arguments).fetchone()  # noqa: S608
        if not found or not found[0]:
            return
        first, last = _ms(found[1]), _ms(found[2])
        slabs = -(-int(found[0]) // SLAB_ROWS)
        width = -(-(last + 1 - first) // slabs)
        for slab in range(first, last + 1, width):
            where, arguments = _span(slab, min(slab + width, last + 1), meters)
            yield _fetch(
                cursor.execute(
                    f"SELECT {_list(['meter', 'ts', *names, 'received_at', 'quality', 'source', 'seq'])}"  # noqa: S608
                    f" FROM readings WHERE {where}",
                    arguments,
                )
            )

    def buckets(
        self, meter: int, start: int, end: int, width: int, quantity: str = "p"
    ) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
        if quantity not in COLUMN:
            raise ValueError(f"{quantity!r} is not a quantity")
        rows = self._connection.cursor().execute(
            f"""SELECT $start + (epoch_ms(ts) - $start) // $width * $width AS bucket,
                       avg({quantity}) AS mean, min({quantity}) AS low, max({quantity}) AS high
                FROM readings WHERE meter = $meter AND ts >= $from AND ts < $to AND {quantity} IS NOT NULL
                GROUP BY bucket ORDER BY bucket""",  # noqa: S608
            {"start": start, "width": width, "meter": meter, "from": _instant(start), "to": _instant(end)},
        ).fetchnumpy()  # fmt: skip
        return (
            np.asarray(rows["bucket"], dtype=np.int64),
            _floats(rows["mean"]),
            _floats(rows["low"]),
            _floats(rows["high"]),
        )

    def latest(self, since: int) -> Readings:
        return _fetch(
            self._connection.cursor().execute(
                f"""SELECT {_list(["meter", "ts", *QUANTITIES, "received_at", "quality", "source", "seq"])}
                    FROM readings WHERE ts >= ? AND quality & {int(Quality.CLOCK_SKEW)} = 0
                    QUALIFY row_number() OVER (PARTITION BY meter ORDER BY ts DESC) = 1""",  # noqa: S608
                [_instant(since)],
            )
        )

    def count(self, *, meter: int | None = None) -> int:
        query, arguments = "SELECT count(*) FROM readings", []
        if meter is not None:
            query, arguments = query + " WHERE meter = ?", [meter]
        row = self._connection.cursor().execute(query, arguments).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        with self._write_lock:
            self._connection.close()

    def _load_newest(self) -> IntArray:
        rows = self._connection.execute("SELECT meter, max(ts) AS ts FROM readings GROUP BY meter").fetchnumpy()
        newest = np.full(int(rows["meter"].max()) + 1 if len(rows["meter"]) else 0, _NEVER, dtype=np.int64)
        newest[rows["meter"]] = rows["ts"].astype("datetime64[ms]").view(np.int64)
        return newest

    def _grow(self, meter: int) -> None:
        if meter >= len(self._newest):
            more = np.full(meter + 64 - len(self._newest), _NEVER, dtype=np.int64)
            self._newest = np.concatenate([self._newest, more])


def _columns(batch: Readings) -> dict[str, np.ndarray]:
    """What DuckDB reads in place; it takes NaN in a float column for NULL."""
    columns: dict[str, np.ndarray] = {"meter": batch.meter, "ts": batch.ts.view("datetime64[ms]")}
    for i, name in enumerate(QUANTITIES):
        columns[name] = np.ascontiguousarray(batch.values[:, i])
    columns["received_at"] = batch.received_at.view("datetime64[ms]")
    return columns | {"quality": batch.quality, "source": batch.source, "seq": batch.seq}


def _span(start: int, end: int, meters: IntArray | None) -> tuple[str, list[object]]:
    where, arguments = "ts >= ? AND ts < ?", [_instant(start), _instant(end)]
    if meters is not None:
        where += " AND list_contains(?, meter)"
        arguments.append([int(m) for m in meters])
    return where, arguments


def _fetch(result: duckdb.DuckDBPyConnection) -> Readings:
    """Everything that was found, sorted by (ts, meter)."""
    rows = result.fetchnumpy()
    rows["ts"] = rows["ts"].astype("datetime64[ms]").view(np.int64)
    rows = _in_order(rows)
    n = len(rows["meter"])
    # Column by column in memory, as they come and as analytics reads them.
    values = np.full((n, len(QUANTITIES)), np.nan, order="F")
    for name in QUANTITIES:
        if name in rows:
            values[:, COLUMN[name]] = _floats(rows[name])
    return readings(
        rows["meter"],
        rows["ts"],
        received_at=rows["received_at"].astype("datetime64[ms]").view(np.int64),
        quality=rows["quality"],
        source=rows["source"],
        seq=rows["seq"],
        values=values,
    )


def _in_order(rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """By (ts, meter). Rows lie nearly so in the file: to look first, and sort here, costs less than ORDER BY."""
    ts, meter = rows["ts"], rows["meter"]
    if not len(ts):
        return rows
    # One number for (ts, meter): a century of milliseconds leaves room for millions of meters.
    key = (ts - ts.min()) * (int(meter.max()) + 1) + meter
    if (key[1:] > key[:-1]).all():
        return rows
    order = np.argsort(key)
    return {name: column[order] for name, column in rows.items()}


def _floats(column: np.ndarray) -> FloatArray:
    """NULLs come as a mask."""
    return np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan)


def _instant(ms: int) -> np.datetime64:
    return np.datetime64(int(ms), "ms")


def _ms(value: object) -> int:
    return int(np.datetime64(value, "ms").astype(np.int64))  # type: ignore[call-overload]


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300]
