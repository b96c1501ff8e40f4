"""Readings into InfluxDB: ingest against bare posts of the same lines, and what a reading takes on disk."""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from urllib.parse import quote

import urllib3

from bench import lines as line_protocol
from bench.imbalance import registry
from bench.influxd import started
from bench.result import Result, Table
from core.readings import Readings
from stores.duckdb import DuckSeries
from stores.influx.address import InfluxAddress
from stores.influx.lines import SeriesKeys, lines
from stores.influx.store import InfluxSeries
from tests.influx import RunningInflux

ROUNDS = 7
METERS, BATCHES, ROWS_A_BATCH = 1_000, 8, 5_000
DISK_ROWS = 200_000
WANTED_SHARE = 0.85
SETTLED_WITHIN_S = 120

Act = Callable[[], None]
Round = dict[str, list[float]]
"""What each batch took, by who wrote it and what was counted."""


def run() -> Result:
    """Needs influxd 1.x on the machine."""
    with tempfile.TemporaryDirectory() as place, started(Path(place)) as server:
        _round(server, batches=1)  # as everything is slower the first time
        rounds = [_round(server, batches=BATCHES) for _ in range(ROUNDS)]
    with tempfile.TemporaryDirectory() as place:
        sizes = {"DuckDB": _duck_bytes(Path(place)), "InfluxDB": _influx_bytes(Path(place))}
    notes = [
        f"{ROUNDS} rounds, each into two new databases of one server: {BATCHES} batches of {ROWS_A_BATCH:,} readings of"
        f" {METERS:,} meters, every batch once by each, with the one and the other first in turn; medians of all"
        " batches, in brackets the least and the greatest of a round's.",
        "Bare posts lines that were made before, over one kept connection. CPU is that of the client alone.",
        f"Wanted: a share of at least {WANTED_SHARE}.",
        f"On disk: {DISK_ROWS:,} readings of ten quantities, after compaction.",
    ]
    numbers = {"ingest": rounds, "bytes": sizes}
    return Result("influx", [_ingest(rounds), _disk(sizes)], numbers, notes)


def _round(server: RunningInflux, *, batches: int) -> Round:
    """Seconds and CPU seconds of each batch, by a bare loop and by the store in turn.

    What else the machine does, and the server behind their backs, so meets both alike.
    """
    whole = list(_batches(batches * ROWS_A_BATCH))
    bare, store = _Bare(server.fresh(), whole), _Store(server.fresh(), whole)
    spent: Round = {f"{name}_{kind}": [] for name in ("bare", "store") for kind in ("s", "cpu_s")}
    for number in range(batches):
        acts: list[tuple[str, Act]] = [("bare", bare.next), ("store", store.next)]
        for name, act in acts if number % 2 == 0 else reversed(acts):
            began, cpu_began = time.perf_counter(), time.process_time()
            act()
            spent[f"{name}_s"].append(time.perf_counter() - began)
            spent[f"{name}_cpu_s"].append(time.process_time() - cpu_began)
    store.close()
    return spent


class _Store:
    """The series store."""

    def __init__(self, address: InfluxAddress, batches: list[Readings]) -> None:
        known = registry(METERS)
        self._series, self._batches = InfluxSeries(address, lambda: known), iter(batches)
        self._series.count()  # the connection is there, as it is for the bare loop

    def next(self) -> None:
        batch = next(self._batches)
        if self._series.append(batch) != len(batch):
            raise SystemExit("bench: not all readings were stored")

    def close(self) -> None:
        self._series.close()


class _Bare:
    """Posts lines that were made before."""

    def __init__(self, address: InfluxAddress, batches: list[Readings]) -> None:
        keys = SeriesKeys(line_protocol.series_keys(METERS))
        self._bodies = iter([lines(batch, keys) for batch in batches])
        self._pool = urllib3.PoolManager(retries=False)
        self._url = f"{address.url}/write?db={quote(address.database)}&precision=ms"
        self._pool.request("GET", f"{address.url}/ping")

    def next(self) -> None:
        if self._pool.request("POST", self._url, body=next(self._bodies)).status != 204:
            raise SystemExit("bench: a bare write failed")


def _batches(rows: int) -> Iterator[Readings]:
    whole = line_protocol.as_sent(rows, meters=METERS)
    for start in range(0, rows, ROWS_A_BATCH):
        yield whole.take(slice(start, start + ROWS_A_BATCH))


def _duck_bytes(place: Path) -> float:
    series = DuckSeries(place / "readings.duckdb")
    for batch in _batches(DISK_ROWS):
        series.append(batch)
    series.close()
    return (place / "readings.duckdb").stat().st_size / DISK_ROWS


def _influx_bytes(place: Path) -> float:
    """Once the log is compacted into files and these no longer change."""
    with started(place, cold="1s") as server:
        known = registry(METERS)
        series = InfluxSeries(replace(server.fresh(), timeout_s=60), lambda: known)
        for batch in _batches(DISK_ROWS):
            series.append(batch)
        series.close()
        sizes, deadline = [server.bytes_on_disk()], time.monotonic() + SETTLED_WITHIN_S
        while (len(sizes) < 8 or len(set(sizes[-8:])) > 1) and time.monotonic() < deadline:
            time.sleep(1)
            sizes.append(server.bytes_on_disk())
        return sizes[-1] / DISK_ROWS


def _ingest(rounds: list[Round]) -> Table:
    whole = {name: [value for one in rounds for value in one[name]] for name in rounds[0]}
    rows = []
    for name, label in (("bare", "bare posts"), ("store", "store")):
        rate, cpu_us = ROWS_A_BATCH / median(whole[f"{name}_s"]), 1e6 * median(whole[f"{name}_cpu_s"]) / ROWS_A_BATCH
        of_rounds = [_share(one) for one in rounds]
        share = f"{_share(whole):.2f} ({min(of_rounds):.2f}–{max(of_rounds):.2f})" if name == "store" else "1"
        rows.append((label, f"{rate:,.0f}", f"{cpu_us:.2f}", share))
    return Table("Ingest into InfluxDB", ("", "readings/s", "CPU µs/reading", "share of bare"), rows)


def _share(spent: Round) -> float:
    return median(spent["bare_s"]) / median(spent["store_s"])


def _disk(sizes: dict[str, float]) -> Table:
    return Table("On disk", ("", "bytes/reading"), [(name, f"{size:.1f}") for name, size in sizes.items()])
