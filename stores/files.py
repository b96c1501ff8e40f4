"""Readings files: the reading half of a series store over CSV (also gzipped) and Parquet files.

Text is read once into a temporary DuckDB file, which sorts on disk, so that memory stays bounded however many rows
there are and whatever their order. Parquet of proper types lies in order of time mostly, and is read where it is.
"""

import csv
import gzip
import tempfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from core.errors import SetupError
from core.interval import HOUR_MS
from core.readings import QUANTITIES, FloatArray, IntArray, Readings
from core.registry import DEFAULT_ZONE, Meter, Registry
from stores import file_rows, parquet_rows
from stores.file_batches import batch_of, factors_of, ratios_of
from stores.file_zones import offsets

BATCH_ROWS = 500_000
REFUSED_IN_WORDS = 100
LONGEST_HEADER = 65_536


class FileReadings:
    """Readings of one or more files, as one series. SetupError where a file can't be read at all.

    quantities  that some file has a column of
    refused  the first 100 refused rows with the reason, and the number of the others; [] if there are none
    """

    def __init__(
        self,
        paths: Sequence[Path],
        registry: Registry,
        *,
        memory: str = "768MB",
        threads: int = 2,
        batch_rows: int | None = None,
    ) -> None:
        self._batch_rows = batch_rows or BATCH_ROWS
        self._layout: parquet_rows.Layout | None = None
        self._named: set[str] = set()
        self._factors: FloatArray | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="nightwatt-readings-")
        try:
            self._connection = duckdb.connect(
                str(Path(self._folder.name, "readings.duckdb")),
                config={"memory_limit": memory, "threads": threads, "autoinstall_known_extensions": False},
            )
            self._connection.execute("SET TimeZone = 'UTC'")
            self._connection.execute(file_rows.SCHEMA)
            self._insert_meters(registry)
            if not self._take_in_place(paths, registry):
                rejected = self._load(paths)
                self._hours = self._connection.execute(file_rows.HOURS).fetchnumpy()
                first, last, _ = self._connection.execute(file_rows.SPAN).fetchall()[0]
                self._span = None if first is None else (int(first), int(last))
                self.refused = self._refused(rejected)
        except duckdb.Error as error:
            raise SetupError(f"can't read the readings: {_first_line(error)}") from error

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        """As core.ports.SeriesStore.scan; of rows with the same (meter, ts) the first in the files."""
        wanted = tuple(name for name in QUANTITIES if name in quantities)
        chosen = [] if meters is None else [np.asarray(meters).tolist()]
        cursor = self._connection.cursor()
        for first, last in self._slabs(start, end):
            columns = self._rows(cursor, first, last, wanted, chosen)
            if len(columns["ts"]):
                yield batch_of(columns, wanted, self._factors)

    def span(self) -> tuple[int, int] | None:
        """(first, last) instant in ms UTC; None without readings."""
        return self._span

    @property
    def quantities(self) -> tuple[str, ...]:
        return tuple(name for name in QUANTITIES if name in self._named)

    def close(self) -> None:
        """Remove the temporary database."""
        self._connection.close()
        self._folder.cleanup()

    def _rows(
        self, cursor: duckdb.DuckDBPyConnection, first: int, last: int, wanted: tuple[str, ...], chosen: list[Any]
    ) -> dict[str, Any]:
        where = self._layout
        if where is None:
            statement = file_rows.select(wanted, some_meters=bool(chosen))
            return cursor.execute(statement, [first, last, *chosen]).fetchnumpy()
        statement = parquet_rows.select(
            where, wanted, start=first, end=last, some_meters=bool(chosen), clean=not self.refused
        )
        return cursor.execute(statement, [*where.parameters, *chosen]).fetchnumpy()

    def _take_in_place(self, paths: Sequence[Path], registry: Registry) -> bool:
        """Parquet of proper types: read where it lies, or sorted into a copy; False for everything else."""
        where = self._typed(paths, registry)
        if where is None:
            return False
        facts = self._connection.execute(parquet_rows.facts(where.source), list(where.parameters)).fetchall()
        sound = [row for row in facts if row[1]]
        self._hours = {"hour": np.array([r[0] for r in sound], dtype=np.int64), "n": np.array([r[1] for r in sound])}
        self._span = (min(r[3] for r in sound), max(r[4] for r in sound)) if sound else None
        self.refused = self._refused_in_place(where, sum(row[2] for row in facts))
        self._factors = factors_of(registry)
        self._layout = where
        slabs = max(1, int(self._hours["n"].sum()) // self._batch_rows)
        covered = self._span[1] - self._span[0] if self._span else 0
        if parquet_rows.scattered(self._connection, where, slab_ms=covered // slabs):
            table, view = parquet_rows.copy(where)
            self._connection.execute(table, list(where.parameters))
            self._connection.execute(view)
            self._layout = None
        return True

    def _typed(self, paths: Sequence[Path], registry: Registry) -> parquet_rows.Layout | None:
        if not paths or not registry.meters:
            return None
        found = []
        for path in paths:
            try:
                source, columns, _ = _open(path, self._connection)
            except (duckdb.Error, OSError, EOFError, UnicodeDecodeError) as error:
                raise SetupError(f"can't read {path}: {_first_line(error)}") from error
            if source != file_rows.PARQUET:
                return None
            self._named |= set(columns)
            found.append((path.name, parquet_rows.literal(path), columns))
        zones = {
            zone_of for _, _, zone_of, *_ in (_meter_row(i, row, registry) for i, row in enumerate(registry.meters))
        }
        self._connection.execute(parquet_rows.METER_ID)
        return parquet_rows.layout(self._connection, found, zones=sorted(zones))

    def _refused_in_place(self, where: parquet_rows.Layout, total: int) -> list[str]:
        if not total:
            return []
        statement = parquet_rows.problems(where.source)
        rows = self._connection.execute(statement, [*where.parameters, REFUSED_IN_WORDS]).fetchall()
        words = [str(problem) for (problem,) in rows]
        others = total - len(words)
        return [*words, f"and {others} more rows"] if others else words

    def _load(self, paths: Sequence[Path]) -> list[str]:
        rejected: list[str] = []
        for path in paths:
            rejected += self._read(path)
        self._insert_offsets()
        self._connection.execute(file_rows.CHECK)
        self._connection.execute("DROP TABLE raw")
        return rejected

    def _read(self, path: Path) -> list[str]:
        """Copy one file into `raw`; lines that are no CSV rows come back as reasons."""
        try:
            source, columns, is_csv = _open(path, self._connection)
            self._named |= set(columns)
            statement = file_rows.insert(source, columns)
            self._connection.execute(statement, [path.name, parquet_rows.literal(path)])
            found = self._connection.execute(file_rows.REJECTED).fetchall() if is_csv else []
            if is_csv:
                self._connection.execute("DELETE FROM reject_errors")
        except (duckdb.Error, OSError, EOFError, UnicodeDecodeError) as error:
            raise SetupError(f"can't read {path}: {_first_line(error)}") from error
        return [f"{path.name}, line {line}: {str(kind).lower()}" for line, kind in found]

    def _insert_meters(self, registry: Registry) -> None:
        rows = [_meter_row(number, row, registry) for number, row in enumerate(registry.meters)]
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            self._connection.execute("INSERT INTO meters SELECT " + ", ".join(["unnest(?)"] * 6), columns)

    def _insert_offsets(self) -> None:
        for tz, first, last in self._connection.execute(file_rows.WALL_SPANS).fetchall():
            for row in offsets(tz, first, last):
                self._connection.execute("INSERT INTO offsets VALUES (?, ?, ?, ?)", list(row))

    def _refused(self, rejected: list[str]) -> list[str]:
        (total,) = self._connection.execute(file_rows.PROBLEM_COUNT).fetchall()[0]
        rows = self._connection.execute(file_rows.PROBLEMS, [REFUSED_IN_WORDS]).fetchall()
        words = [*rejected, *(problem for (problem,) in rows)][:REFUSED_IN_WORDS]
        others = total + len(rejected) - len(words)
        return [*words, f"and {others} more rows"] if others else words

    def _slabs(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Spans of whole hours of about `batch_rows` rows each, or one hour where that has more."""
        hour, rows = self._hours["hour"], self._hours["n"]
        inside = (hour * HOUR_MS < end) & ((hour + 1) * HOUR_MS > start)
        hour, rows = hour[inside], rows[inside]
        if not len(hour):
            return
        begins = np.flatnonzero(np.diff((np.cumsum(rows) - rows) // self._batch_rows, prepend=-1))
        edges = [start, *(hour[begins[1:]] * HOUR_MS).tolist(), end]
        yield from pairwise(edges)


def _open(path: Path, connection: duckdb.DuckDBPyConnection) -> tuple[str, dict[str, str], bool]:
    """What the file is by its first bytes: its SQL source, its columns, and whether it is CSV."""
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == b"PAR1":
        names = connection.execute("SELECT name FROM parquet_schema(?)", [parquet_rows.literal(path)]).fetchall()
        quoted = {str(name): '"' + str(name).replace('"', '""') + '"' for (name,) in names[1:]}
        return file_rows.PARQUET, _columns(path, quoted), False
    gzipped = magic[:2] == b"\x1f\x8b"
    with gzip.open(path) if gzipped else path.open("rb") as file:
        header = next(csv.reader([file.readline(LONGEST_HEADER).decode("utf-8-sig")]), [])
    if len(set(header)) != len(header):
        raise SetupError(f"{path}: a column occurs twice")
    numbered = {name: f"c{i}" for i, name in enumerate(header)}
    return file_rows.csv_source(len(header), gzipped=gzipped), _columns(path, numbered), True


def _columns(path: Path, found: dict[str, str]) -> dict[str, str]:
    named = {name.strip().lower(): column for name, column in found.items()}
    for name in ("meter", "ts"):
        if name not in named:
            raise SetupError(f"{path}: there is no column {name!r}")
    return {name: named[name] for name in ("meter", "ts", *QUANTITIES) if name in named}


def _meter_row(number: int, meter: Meter, registry: Registry) -> tuple[int, str, str, float, float, float]:
    enterprise = registry.enterprises[int(registry.enterprise_of_meter[number])]
    return number, meter.id, meter.timezone or enterprise.timezone or DEFAULT_ZONE, *ratios_of(meter)


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
