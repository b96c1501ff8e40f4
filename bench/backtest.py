"""Back-test over a Parquet file of 1-min readings, as `nightwatt backtest` does it, against its bare scan."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import duckdb

from analytics.engine import Engine
from bench.result import Result, Table, spread
from core.registry import Enterprise, Facility, Kind, Line, Meter, Registry
from nightwatt.commands.backtest import BATCH_ROWS, history
from stores.files import FileReadings

ROOT = Path(__file__).parents[1]
ROUNDS = 2
METERS, DAYS = 1000, 3
WANTED_S, WHOLE = 240, 1000 * 90 * 1440
"""Seconds for 1,000 meters × 90 days at most, and how many readings those are."""

FROM_S = 1_767_196_800
"""2026-01-01 00:00 in Shanghai, s UTC."""

KINDS = (Kind.FEEDER, Kind.PRODUCTION, Kind.TREATMENT, Kind.PRODUCTION, Kind.TREATMENT)


def run() -> Result:
    """One row for each order in which the file may lie."""
    numbers: dict[str, dict[str, list[dict[str, float]]]] = {}
    with tempfile.TemporaryDirectory() as place:
        for order in ("by time", "by meter"):
            path = Path(place, f"{order}.parquet")
            fill(path, by_meter=order == "by meter")
            numbers[order] = {kind: [_child(kind, path) for _ in range(ROUNDS)] for kind in ("backtest", "scan")}
    notes = [
        f"{METERS} meters × {DAYS} days of 1-min readings (p, ep), {ROUNDS} rounds, each in a process of its own"
        " held to one core; medians. Opening the file, sorting it where it is by meter, marks and all rules count.",
        "Production follows shifts and every treatment stands for half an hour a week while production runs.",
        f"Wanted: {WHOLE / 1e6:.0f} million readings in at most {WANTED_S} s,"
        f" so {WHOLE / WANTED_S / 1e6:.2f} million a second.",
    ]
    return Result("backtest", [_table(numbers)], numbers, notes)


def _child(kind: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.backtest", kind, str(path)]
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    return json.loads(said)  # type: ignore[no-any-return]


def _table(numbers: dict[str, dict[str, list[dict[str, float]]]]) -> Table:
    rows = []
    for order, found in numbers.items():
        ratio = spread([a["cpu_s"] / b["cpu_s"] for a, b in zip(found["backtest"], found["scan"], strict=True)])
        for kind, results in found.items():
            best = {name: sorted(row[name] for row in results)[len(results) // 2] for name in results[0]}
            rate = METERS * DAYS * 1440 / best["seconds"]
            whole = f"{WHOLE / rate:.0f}" if kind == "backtest" else ""
            figures = (f"{best['seconds']:.1f}", f"{rate / 1e6:.2f}", whole, f"{best['peak_mb']:.0f}")
            rows.append((f"{order}, {kind}", *figures, ratio if kind == "backtest" else "1"))
    return Table("Back-test", ("", "s", "M readings/s", "s for 90 days", "peak MB", "CPU ratio"), rows)


def fill(path: Path, *, by_meter: bool) -> None:
    """Power that follows shifts; each treatment stands for half an hour every seventh day, at an hour of its own."""
    minutes = DAYS * 1440
    place = f"k % {minutes} AS i, k // {minutes} AS m" if by_meter else f"k // {METERS} AS i, k % {METERS} AS m"
    duckdb.execute(f"""
COPY (SELECT 'M' || m AS meter, make_timestamptz(({FROM_S} + i * 60) * 1000000) AS ts,
  CASE WHEN m % 5 IN (2, 4) AND (i // 1440 + m) % 7 = 0 AND (i + m) % 1440 BETWEEN 600 AND 630 THEN 0.1
    WHEN m % 5 > 0 AND (i % 1440) // 60 < 4 THEN 0.2 ELSE 20 + (hash(m * 1000003 + i) % 1000) / 1000.0 END AS p,
  (1000 + m + i * 0.35)::DOUBLE AS ep
FROM (SELECT {place} FROM range({minutes * METERS}) t(k))) TO '{path}' (FORMAT parquet)""")


def registry() -> Registry:
    """Five meters an enterprise: its feeder, two production and two treatment facilities on one line."""
    ids = [f"E{i}" for i in range(METERS // len(KINDS))]
    facilities = tuple(
        Facility(
            f"F{n}",
            ids[n // len(KINDS)],
            kind := KINDS[n % len(KINDS)],
            line=None if kind is Kind.FEEDER else f"L{n // len(KINDS)}",
            stage=f"stage {n % len(KINDS)}" if kind is Kind.TREATMENT else None,
            rated_kw=40,
            on_kw=5,
        )
        for n in range(METERS)
    )
    return Registry(
        enterprises=tuple(Enterprise(id, id, "天元区") for id in ids),
        lines=tuple(Line(f"L{n}", id, id) for n, id in enumerate(ids)),
        facilities=facilities,
        meters=tuple(Meter(f"M{n}", f"F{n}") for n in range(METERS)),
    )


def measure(kind: str, path: Path) -> dict[str, float]:
    began, cpu = time.perf_counter(), time.process_time()
    if kind == "backtest":
        with closing(FileReadings([path], registry(), batch_rows=BATCH_ROWS)) as source:
            engine = Engine(source_registry := registry())
            found = sum(1 for _ in history(engine, source, from_at=None, to_at=None, on_progress=lambda at: None))
        right = found > len(source_registry.enterprises) // 4
    else:
        connection = duckdb.connect(config={"threads": 1})
        rows = connection.execute(
            "SELECT count(*), sum(p), sum(ep), max(epoch_ms(ts)), max(meter) FROM read_parquet(?)", [str(path)]
        ).fetchall()
        right = rows[0][0] == METERS * DAYS * 1440
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    if not right:
        raise SystemExit(f"bench: {kind} found something else than lies there")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu_s": cpu_s, "peak_mb": peak_mb}


if __name__ == "__main__":
    import os

    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
