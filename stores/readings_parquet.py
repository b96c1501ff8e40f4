"""Writing readings as one Parquet file of the shape that `stores.files` reads, however many they are."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from core.errors import SetupError
from core.readings import QUANTITIES, Readings

_ROWS = f"CREATE TABLE rows (meter INTEGER, ts BIGINT, {', '.join(f'{name} DOUBLE' for name in QUANTITIES)})"
_NAMES = "CREATE TABLE names (number INTEGER, id VARCHAR)"
_COPY = f"""
COPY (SELECT names.id AS meter, epoch_ms(ts) AT TIME ZONE 'UTC' AS ts,
  {", ".join(f"CASE WHEN NOT isnan({name}) THEN {name} END AS {name}" for name in QUANTITIES)}
  FROM rows JOIN names ON rows.meter = names.number) TO '{{path}}' (FORMAT parquet, COMPRESSION zstd)"""  # noqa: S608


class ParquetReadings:
    """Gathers batches in a temporary file beside `path`, and is the Parquet file when left without an error.

    meters  the ids by the numbers that the batches carry
    """

    def __init__(self, path: Path, meters: Sequence[str]) -> None:
        self._path, self._meters = path, meters

    def __enter__(self) -> "ParquetReadings":
        self._folder = tempfile.TemporaryDirectory(prefix=".readings-", dir=self._path.parent)
        settings: dict[str, str | bool | int | float | list[str]] = {"memory_limit": "768MB", "threads": 2}
        self._connection = duckdb.connect(str(Path(self._folder.name, "readings.duckdb")), config=settings)
        self._connection.execute("SET preserve_insertion_order = true")
        self._connection.execute(_ROWS)
        self._connection.execute(_NAMES)
        if self._meters:
            columns = [list(range(len(self._meters))), list(self._meters)]
            self._connection.execute("INSERT INTO names SELECT unnest(?), unnest(?)", columns)
        return self

    def add(self, batch: Readings) -> None:
        """Add readings, in any order."""
        if not len(batch):
            return
        columns: dict[str, Any] = {"meter": batch.meter, "ts": batch.ts}
        columns |= {name: batch.values[:, i] for i, name in enumerate(QUANTITIES)}
        self._connection.register("batch", columns)
        self._connection.execute("INSERT INTO rows SELECT * FROM batch")
        self._connection.unregister("batch")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._connection.execute(_COPY.format(path=str(self._path).replace("'", "''")))
        except duckdb.Error as wrong:
            raise SetupError(f"can't write {self._path}: {str(wrong).splitlines()[0]}") from wrong
        finally:
            self._connection.close()
            self._folder.cleanup()
