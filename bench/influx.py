"""Readings into InfluxDB: line protocol from columns, ingest against bare posts, and what a reading takes on disk."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

import urllib3

from bench import lines as line_protocol
from bench.imbalance import registry
from bench.result import Result, Table, spread
from core.readings import Readings
from stores.duckdb import DuckSeries
from stores.influx.address import InfluxAddress
from stores.influx.lines import SeriesKeys, lines
from stores.influx.store import InfluxSeries
from tests.influx import RunningInflux

ROUNDS = 6
METERS, BATCHES, ROWS_A_BATCH = 1_000, 8, 5_000
DISK_ROWS = 400_000
WANTED_SHARE = 0.85
SETTLED_WITHIN_S = 120


def run() -> Result:
    """Needs influxd 1.x on the machine."""
    found: dict[str, Any] = {"lines": line_protocol.measure()}
    with tempfile.TemporaryDirectory() as place, _server(Path(place)) as server:
        found["ingest"] = [_round(server, bare_first=i % 2 == 0) for i in range(ROUNDS)]
    with tempfile.TemporaryDirectory() as place:
        found["bytes"] = {"DuckDB": _duck_bytes(Path(place)), "InfluxDB": _influx_bytes(Path(place))}
    notes = [
        f"Lines: ten quantities; {line_protocol.ROWS:,} readings, {line_protocol.ROUNDS} rounds in turn, medians."
        f" Wanted: at most {line_protocol.WANTED_US} µs.",
        f"Ingest: {BATCHES} batches of {ROWS_A_BATCH:,} readings of {METERS:,} meters, {ROUNDS} rounds, each into a new"
        " database, with the one and the other first in turn. Bare posts lines that were made before."
        f" Wanted: a share of at least {WANTED_SHARE}.",
        f"On disk: {DISK_ROWS:,} readings of ten quantities, after compaction.",
    ]
    return Result(
        "influx", [line_protocol.table(found["lines"]), _ingest(found["ingest"]), _disk(found["bytes"])], found, notes
    )


def _round(server: RunningInflux, *, bare_first: bool) -> dict[str, float]:
    """Readings/s by a bare loop and by the store, of the same readings."""
    batches = list(_batches(BATCHES * ROWS_A_BATCH))
    acts = {"bare": _bare, "store": _store}
    seconds = {name: acts[name](server.fresh(), batches) for name in sorted(acts, reverse=not bare_first)}
    rates = {name: BATCHES * ROWS_A_BATCH / took for name, took in seconds.items()}
    return rates | {"share": rates["store"] / rates["bare"]}


def _store(address: InfluxAddress, batches: list[Readings]) -> float:
    """Seconds until the store has them all."""
    known = registry(METERS)
    series = InfluxSeries(address, lambda: known)
    series.count()  # the connection is there, as it is for the bare loop
    began = time.perf_counter()
    stored = sum(series.append(batch) for batch in batches)
    took = time.perf_counter() - began
    series.close()
    if stored != BATCHES * ROWS_A_BATCH:
        raise SystemExit(f"bench: {stored} readings were stored")
    return took


def _bare(address: InfluxAddress, batches: list[Readings]) -> float:
    """Seconds to post them all, as lines that were made before."""
    keys = SeriesKeys(line_protocol.series_keys(METERS))
    bodies = [lines(batch, keys) for batch in batches]
    pool = urllib3.PoolManager(retries=False)
    url = f"{address.url}/write?db={quote(address.database)}&precision=ms"
    pool.request("GET", f"{address.url}/ping")
    began = time.perf_counter()
    for body in bodies:
        if pool.request("POST", url, body=body).status != 204:
            raise SystemExit("bench: a bare write failed")
    return time.perf_counter() - began


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
    with _server(place, cold="1s") as server:
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


@contextmanager
def _server(place: Path, *, cold: str = "10m") -> Iterator[RunningInflux]:
    program = shutil.which("influxd")
    if program is None:
        raise SystemExit("bench: influxd is needed; install it with: sudo apt-get install influxdb")
    server = RunningInflux(program, place / "influx", cold=cold)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _ingest(rounds: list[dict[str, float]]) -> Table:
    rows = [
        ("bare posts", f"{median(r['bare'] for r in rounds):,.0f}", "1"),
        ("store", f"{median(r['store'] for r in rounds):,.0f}", spread([r["share"] for r in rounds])),
    ]
    return Table("Ingest into InfluxDB", ("", "readings/s", "share of bare"), rows)


def _disk(sizes: dict[str, float]) -> Table:
    return Table("On disk", ("", "bytes/reading"), [(name, f"{size:.1f}") for name, size in sizes.items()])
