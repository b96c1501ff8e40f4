"""HJ 212: frames decoded on one core, against a bare loop that only splits the same bytes into lines."""

import gzip
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.result import Result, Table, middle, spread
from core.errors import DecodeError
from ingest.hj212.dialect import HJ212
from ingest.hj212.frame import Splitter, encode
from ingest.zones import FixedZone

CAPTURES = Path(__file__).parents[1] / "../shared/data/hj212/capture"
ROUNDS = 5
READ_AT_ONCE = 65_536
WANTED_PER_S = 20_000
STATIONS = 300
MINUTES = 30
CIRCUITS = (1, 3)
"""Of ten values each, in a frame."""
NOW = 1_717_214_400_000
"""2024-06-01 12:00 in Shanghai, ms UTC."""

Counting = Callable[[bytes], int]


@dataclass(frozen=True, slots=True)
class Load:
    """A stream of frames and how many it holds."""

    name: str
    stream: bytes
    frames: int


def run() -> Result:
    numbers = {load.name: _of(load) for load in loads()}
    notes = [
        f"{ROUNDS} rounds, decoding and bare loop in turn over the same bytes, {READ_AT_ONCE:,} at a time;"
        " medians of CPU time of one thread.",
        "Decoding: split, check length and CRC, parse, readings and answers. Bare loop: split into lines and count.",
        f"Wanted: at least {WANTED_PER_S:,} frames/s.",
    ]
    if "pollutants, captured" not in numbers:
        notes.append("The captured frames were not at hand.")
    return Result("hj212", [_table(numbers)], numbers, notes)


def loads() -> Iterator[Load]:
    """Three captured hours without electricity, where they are at hand, and made frames with it."""
    files = sorted(CAPTURES.glob("*.h212.gz"))
    if files:
        stream = b"".join(gzip.decompress(path.read_bytes()) for path in files)
        yield Load("pollutants, captured", stream, stream.count(b"\n"))
    for circuits in CIRCUITS:
        frames = [
            encode(_segment(station, minute, circuits=circuits))
            for minute in range(MINUTES)
            for station in range(STATIONS)
        ]
        yield Load(f"electricity, {10 * circuits} values a frame", b"".join(frames), len(frames))


def decode(stream: bytes) -> int:
    """Frames understood or refused."""
    splitter, zone, count = Splitter(), FixedZone("Asia/Shanghai"), 0
    for at in range(0, len(stream), READ_AT_ONCE):
        for piece in splitter.feed(stream[at : at + READ_AT_ONCE]):
            count += 1
            try:
                HJ212.decode("hj212", piece, zone=zone, now=NOW)
            except DecodeError:
                continue
    return count


def split(stream: bytes) -> int:
    """Lines."""
    rest, count = b"", 0
    for at in range(0, len(stream), READ_AT_ONCE):
        *lines, rest = (rest + stream[at : at + READ_AT_ONCE]).split(b"\n")
        for _line in lines:
            count += 1
    return count


def _of(load: Load) -> dict[str, Any]:
    found: dict[str, list[dict[str, float]]] = {"decode": [], "split": []}
    for _ in range(ROUNDS):
        found["decode"].append(_timed(decode, load))
        found["split"].append(_timed(split, load))
    ratios = [a["cpu_s"] / b["cpu_s"] for a, b in zip(found["decode"], found["split"], strict=True)]
    medians = {kind: middle(rounds) for kind, rounds in found.items()}
    return {"frames": load.frames, "bytes": len(load.stream), "ratios": ratios} | medians


def _timed(work: Counting, load: Load) -> dict[str, float]:
    began = time.thread_time()
    count = work(load.stream)
    cpu_s = time.thread_time() - began
    if count != load.frames:
        raise SystemExit(f"bench: {work.__name__} saw {count} frames, not {load.frames}")
    return {"cpu_s": cpu_s, "frames_per_s": count / cpu_s, "us_per_frame": cpu_s / count * 1e6}


def _table(numbers: dict[str, Any]) -> Table:
    rows = []
    for name, found in numbers.items():
        for kind in ("decode", "split"):
            own = found[kind]
            ratio = spread(found["ratios"]) if kind == "decode" else "1"
            size = f"{found['bytes'] / found['frames']:.0f}"
            rows.append((f"{name}, {kind}", size, f"{own['frames_per_s']:,.0f}", f"{own['us_per_frame']:.1f}", ratio))
    return Table("HJ 212", ("", "bytes/frame", "frames/s", "µs/frame", "CPU ratio"), rows)


def _segment(station: int, minute: int, *, circuits: int) -> str:
    at = f"20240601{11 + minute // 60:02}{minute % 60:02}00"
    cp = ";".join(_circuit(f"10000{number}", minute) for number in range(circuits))
    head = f"QN={at}{station:03};ST=80;CN=2011;PW=123456;MN={station:024};Flag=5"
    return f"{head};CP=&&DataTime={at};{cp}&&"


def _circuit(code: str, minute: int) -> str:
    values = {"Ia": 401.4, "Ib": 394.0, "Ic": 382.0, "Ua": 231.0, "Ub": 231.4, "Uc": 232.3, "Pt": 267.3919}
    values |= {"Qt": 31.5, "cos": 0.99, "Ept": 162_762.484 + minute}
    return ",".join(f"{code}-{name}={value}" for name, value in values.items()) + f",{code}-Flag=N"


if __name__ == "__main__":
    from bench.result import text

    result = run()
    print(*(text(table) for table in result.tables), *(f"* {note}" for note in result.notes), sep="\n")
