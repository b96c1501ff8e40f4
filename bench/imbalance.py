"""The screening, all five lists, over the store, against the store's bare scan of the same columns."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from analytics.screening.survey import survey
from bench.result import Result, Table, middle, spread
from core.interval import DAY_MS
from core.readings import readings
from core.registry import Enterprise, Facility, Kind, Line, Meter, Registry
from core.screening import Period
from stores.duckdb import DuckSeries

ROOT = Path(__file__).parents[1]
ROUNDS = 3
LIMIT = 1.5
"""Time of the screening over that of the scan, at most."""

DAYS = 30
STEP_MS = 900_000
FROM_AT = 1_761_926_400_000
"""2025-11-01 00:00 in Shanghai, ms UTC."""
TO_AT = FROM_AT + DAYS * DAY_MS

_KINDS = (Kind.FEEDER, *[Kind.PRODUCTION] * 5, *[Kind.TREATMENT] * 4)


def run(sizes: tuple[int, ...]) -> Result:
    """One row for each number of meters."""
    numbers = {str(meters): _of(meters) for meters in sizes}
    notes = [
        f"Meters × {DAYS} days of 15-min readings, ten meters an enterprise, all five lists; {ROUNDS} rounds,"
        " screening and scan in turn, each in a process of its own; medians. Opening the store is not counted.",
        "The scan fetches p and ep of all meters and adds p up. Memory is the peak of the whole process.",
        f"Wanted: time ratio at most {LIMIT}.",
    ]
    return Result("imbalance", [_table(numbers)], numbers, notes)


def _of(meters: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "readings.duckdb")
        _child("fill", path, meters)
        found: dict[str, list[dict[str, float]]] = {"screen": [], "scan": []}
        for _ in range(ROUNDS):
            for kind, results in found.items():
                results.append(_child(kind, path, meters))
        pairs = list(zip(found["screen"], found["scan"], strict=True))
        ratios = {name: [a[name] / b[name] for a, b in pairs] for name in ("seconds", "cpu_s", "peak_mb")}
        medians = {kind: middle(results) for kind, results in found.items()}
        return {"rows": meters * DAYS * 96, "ratios": ratios} | medians


def _child(kind: str, path: Path, meters: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.imbalance", kind, str(path), str(meters)]
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    return json.loads(said)  # type: ignore[no-any-return]


def _table(numbers: dict[str, Any]) -> Table:
    rows = []
    for meters, found in numbers.items():
        for kind in ("screen", "scan"):
            own, rate = found[kind], found["rows"] / found[kind]["seconds"]
            name = f"{int(meters):,} meters, {found['rows'] / 1e6:.1f} M rows, {kind}"
            ratios = [spread(found["ratios"][of]) if kind == "screen" else "1" for of in ("seconds", "cpu_s")]
            figures = (f"{own['seconds']:.2f}", f"{own['cpu_s']:.2f}", f"{rate / 1e6:.2f}", f"{own['peak_mb']:.0f}")
            rows.append((name, *figures, *ratios))
    return Table("Imbalance", ("", "s", "CPU s", "M rows/s", "peak MB", "time ratio", "CPU ratio"), rows)


def fill(path: Path, meters: int) -> None:
    """As they would have come: all meters' readings of one instant, then those of the next."""
    series, random = DuckSeries(path), np.random.default_rng(7)
    meter, base = np.arange(meters), random.uniform(5, 200, meters)
    register = np.zeros(meters)
    for first in range(FROM_AT - STEP_MS, TO_AT + STEP_MS, 96 * STEP_MS):
        instants = range(first, min(first + 96 * STEP_MS, TO_AT + STEP_MS), STEP_MS)
        power = base * random.uniform(0.5, 1.5, (len(instants), meters))
        kwh = register + np.cumsum(power / 4, axis=0)
        register = kwh[-1]
        at = np.repeat(np.array(instants), meters)
        series.append(readings(np.tile(meter, len(instants)), at, received_at=at, p=power.ravel(), ep=kwh.ravel()))
    series.close()


def registry(meters: int) -> Registry:
    """Ten meters an enterprise: a feeder, and a line with five production and four treatment facilities."""
    ids = [f"E{i:05}" for i in range(meters // len(_KINDS))]
    return Registry(
        enterprises=tuple(Enterprise(id, id, "天元区") for id in ids),
        lines=tuple(Line(f"{id}-L", id, id) for id in ids),
        facilities=tuple(
            Facility(f"{id}-{i}", id, kind, line=None if kind is Kind.FEEDER else f"{id}-L")
            for id in ids
            for i, kind in enumerate(_KINDS)
        ),
        meters=tuple(Meter(f"{id}-{i}-m", f"{id}-{i}", interval_s=900) for id in ids for i in range(len(_KINDS))),
    )


def measure(kind: str, path: Path, meters: int) -> dict[str, float]:
    series, known = DuckSeries(path), registry(meters)
    began, cpu = time.perf_counter(), time.process_time()
    if kind == "screen":
        found = survey(known, series, Period(FROM_AT, TO_AT)).imbalances
        right = len(found) == meters // len(_KINDS) and all(row.valid_days == DAYS - 1 for row in found)
    else:
        batches = list(_sums(series))
        right = sum(rows for rows, _ in batches) == meters * (DAYS * 96 + 2)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    if not right:
        raise SystemExit(f"bench: {kind} saw something else than was stored")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu_s": cpu_s, "peak_mb": peak_mb}


def _sums(series: DuckSeries):  # type: ignore[no-untyped-def]
    for batch in series.scan(FROM_AT - STEP_MS, TO_AT + STEP_MS, quantities=("p", "ep")):
        yield len(batch), float(batch.p.sum())


if __name__ == "__main__":
    kind, path, meters = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    if kind == "fill":
        fill(path, meters)
        print("{}")
    else:
        print(json.dumps(measure(kind, path, meters)))
