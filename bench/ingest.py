"""Ingest: the whole road from broker to acknowledged, against bare paho that only counts the same messages."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.broker import broker
from bench.influxd import MISSING, influxd, started
from bench.result import Result, Table, middle, spread
from bench.stages import STAGES
from bench.works import ENTERPRISES, FAULTY_EVERY, METERS

ROOT = Path(__file__).parents[1]
ROUNDS = 3
LIMIT = 1.6
"""CPU per message of the road over that of bare paho, at most."""
ROADS = {"full": "DuckDB", "full-influx": "InfluxDB"}
INFLUX_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    messages: int
    readings_each: int
    wanted_per_s: int
    """Readings a second, at least."""


SHAPES = (Shape("single readings", 60_000, 1, 20_000), Shape("arrays of 50", 6_000, 50, 300_000))


def run() -> Result:
    roads = [road for road in ROADS if road == "full" or influxd()]
    runs = {shape.name: _runs(shape, roads) for shape in SHAPES}
    numbers = {name: _figures(found) for name, found in runs.items()}
    notes = [
        f"{ROUNDS} rounds, roads and bare in turn, each in a process of its own with a fresh mosquitto; medians.",
        f"{METERS} meters, ten quantities a reading; interlock, threshold and quality marks on; SQLite and"
        f" DuckDB on disk, or InfluxDB; one enterprise of {FAULTY_EVERY} alarms. Broker, publisher and InfluxDB share"
        " the cores; their CPU is not counted.",
        f"Wanted: CPU ratio at most {LIMIT}; " + "; ".join(f"{s.name} {s.wanted_per_s:,} readings/s" for s in SHAPES),
        "Stages are CPU of the ingest thread, network is that of paho's; other is DuckDB's threads and the rest.",
    ]
    if len(roads) < len(ROADS):
        notes.append(f"No road into InfluxDB: {MISSING}.")
    return Result("ingest", [_speeds(numbers), *(_stages(numbers, road) for road in roads)], numbers, notes)


def _runs(shape: Shape, roads: list[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in (*roads, "bare")}
    with _publisher(shape) as publisher:
        for _ in range(ROUNDS):
            for kind, results in found.items():
                results.append(_once(kind, shape, publisher))
    for result in (result for road in roads for result in found[road]):
        expected = {"stored": shape.messages * shape.readings_each, "dead": 0, "doubtful": 0}
        wrong = {name: result[name] for name, value in expected.items() if result[name] != value}
        if wrong or result["alarms"] < ENTERPRISES // FAULTY_EVERY:
            raise SystemExit(f"bench: the road lost something: {wrong or result['alarms']}, expected {expected}")
    return found


@contextmanager
def _publisher(shape: Shape) -> Iterator["subprocess.Popen[str]"]:
    process = _start("bench.publisher", shape.messages, shape.readings_each)
    try:
        _expect(process, "ready")
        yield process
    finally:
        process.kill()
        process.wait()


def _once(kind: str, shape: Shape, publisher: "subprocess.Popen[str]") -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place, broker(Path(place)) as port, _address(kind, Path(place)) as address:
        consumer = _start("bench.consumer", kind, port, shape.messages, place, *address)
        try:
            _expect(consumer, "ready")
            publisher.stdin.write(f"{port}\n")  # type: ignore[union-attr]
            publisher.stdin.flush()  # type: ignore[union-attr]
            said = consumer.stdout.readline()  # type: ignore[union-attr]
            if not said:
                raise SystemExit(f"bench: the {kind} consumer failed")
            _expect(publisher, "sent")
            return json.loads(said)  # type: ignore[no-any-return]
        finally:
            consumer.kill()
            consumer.wait()


def _address(kind: str, place: Path) -> AbstractContextManager[list[str]]:
    """What the consumer is told of its store."""
    return _influx(place) if kind == "full-influx" else nullcontext([])


@contextmanager
def _influx(place: Path) -> Iterator[list[str]]:
    with started(place) as server:
        database = quote(server.fresh().database)
        yield [f"influx://127.0.0.1:{server.port}/{database}?version=1&timeout_s={INFLUX_WITHIN_S}"]


def _start(module: str, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _expect(process: "subprocess.Popen[str]", word: str) -> None:
    said = process.stdout.readline().strip()  # type: ignore[union-attr]
    if said != word:
        raise SystemExit(f"bench: expected {word!r} of a process, got {said!r}")


def _figures(found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """By road, and of bare paho under its name."""
    return {kind: _of(results, bare=found["bare"]) for kind, results in found.items()}


def _of(results: list[dict[str, Any]], *, bare: list[dict[str, Any]]) -> dict[str, Any]:
    speed = middle([{name: result[name] for name in ("messages_per_s", "cpu_us")} for result in results])
    if results is bare:
        return speed
    return speed | {
        "ratios": [road["cpu_us"] / other["cpu_us"] for road, other in zip(results, bare, strict=True)],
        "stages_s": middle([result["stages"] for result in results]),
        "batches": [result["batches"] for result in results],
    }


def _speeds(numbers: dict[str, Any]) -> Table:
    rows = []
    for shape in SHAPES:
        for kind, found in numbers[shape.name].items():
            rate = found["messages_per_s"]
            rows.append(
                (
                    f"{shape.name}, {f'road with {ROADS[kind]}' if kind in ROADS else 'bare paho'}",
                    f"{rate:,.0f}",
                    f"{rate * shape.readings_each:,.0f}",
                    f"{found['cpu_us']:.1f}",
                    f"{found['cpu_us'] / shape.readings_each:.1f}",
                    spread(found["ratios"]) if kind in ROADS else "1",
                )
            )
    return Table("Ingest", ("", "messages/s", "readings/s", "CPU µs/message", "CPU µs/reading", "CPU ratio"), rows)


def _stages(numbers: dict[str, Any], road: str) -> Table:
    """CPU of a road by stage, in µs a message and as a share."""
    rows = []
    totals = {s.name: numbers[s.name][road]["cpu_us"] for s in SHAPES}
    each = {s.name: {k: 1e6 * v / s.messages for k, v in numbers[s.name][road]["stages_s"].items()} for s in SHAPES}
    for stage in ("network", *STAGES):
        rows.append((stage, *(_cell(each[s.name][stage], totals[s.name]) for s in SHAPES)))
    rows.append(("other", *(_cell(totals[s.name] - sum(each[s.name].values()), totals[s.name]) for s in SHAPES)))
    title = f"The road with {ROADS[road]} by stage, CPU µs/message"
    return Table(title, ("", *(s.name for s in SHAPES)), rows)


def _cell(us: float, total: float) -> str:
    return f"{us:.1f} ({us / total:.0%})"
