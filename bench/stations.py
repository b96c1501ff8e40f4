"""Many HJ 212 stations at once: CPU time per frame of the server, against a bare asyncio server that only counts.

Every station sends a frame of 635 bytes, waits for its answer and sends the next. Usage by hand:
python -m bench.stations [stations]
"""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.result import Result, Table, middle, spread, text
from core.registry import Enterprise, Facility, Kind, Meter, Registry
from ingest.columns import ClockLimits
from ingest.decoding import Decoding
from ingest.hj212.dialect import HJ212
from ingest.hj212.frame import encode
from ingest.hj212.segment import build
from ingest.hj212.server import Hj212Server, allow_files
from ingest.intake import Intake
from ingest.message import Answer, Message
from ingest.routing import Routing

ROOT = Path(__file__).parents[1]
STATIONS, FRAMES, ROUNDS = 2_000, 20, 3
ANSWER = encode(build(qn="20260320120000000", st="91", cn="9014", pw="123456", mn="S0000000000000000001", flag=4))
KINDS = {"bare": "bare asyncio, counts lines", "server": "server", "decoded": "server, decoded and answered"}


def run(stations: int = STATIONS) -> Result:
    """One row for each kind of server."""
    found: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    for _ in range(ROUNDS):
        for kind, results in found.items():
            results.append(_once(kind, stations))
    ratios = {
        kind: [a["cpu_us"] / b["cpu_us"] for a, b in zip(rows, found["bare"], strict=True)]
        for kind, rows in found.items()
    }
    medians = {kind: middle(rows) for kind, rows in found.items()}
    rows = [
        (name, f"{medians[kind]['cpu_us']:.1f}", f"{medians[kind]['rate']:,.0f}", spread(ratios[kind]))
        for kind, name in KINDS.items()
    ]
    columns = (f"{stations:,} stations", "CPU µs a frame", "frames/s", "CPU ratio")
    notes = [
        f"{FRAMES} frames of 635 bytes each, one at a time and answered; {ROUNDS} rounds, medians.",
        "CPU of the server's process, connecting included; stations are a process of their own on the same machine.",
    ]
    return Result("stations", [Table("HJ 212 stations", columns, rows)], medians | {"ratios": ratios}, notes)


def _once(kind: str, stations: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.stations"]
    with subprocess.Popen(
        [*command, "serve", kind, str(stations)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        port = server.stdout.readline().strip()
        subprocess.run([*command, "speak", port, str(stations)], cwd=ROOT, check=True)
        said, _ = server.communicate("done\n")
    found: dict[str, Any] = json.loads(said)
    if found["frames"] != stations * FRAMES:
        raise SystemExit(f"bench: {kind} saw {found['frames']} of {stations * FRAMES} frames")
    return {"cpu_us": found["cpu_s"] / found["frames"] * 1e6, "rate": found["frames"] / found["seconds"]}


def mn(number: int) -> str:
    return f"S{number:019}"


def frame(number: int, count: int) -> bytes:
    """As a station of the provincial dialect sends them: 11 quantities we know and more that we do not."""
    names = ["Ia", "Ib", "Ic", "Ua", "Ub", "Uc", "Pt", "Ept", *[f"X{i:02}" for i in range(20)]]
    cp = ",".join(f"100000-{name}={i * 7.123 + count:.3f}" for i, name in enumerate(names))
    return encode(
        build(
            qn=f"20260320{number % 1000:04}{count:05}",
            st="80",
            cn="2011",
            pw="123456",
            mn=mn(number),
            flag=5,
            cp=f"DataTime=202603201200{count % 60:02};{cp},100000-Flag=N",
        )
    )


class Counting:
    """A road that ends here: frames are counted and answered, decoded before if there is a registry."""

    def __init__(self, registry: Registry | None) -> None:
        self.frames, self.began = 0, 0.0
        self._decoding = Decoding(registry, Routing({"hj212": HJ212}), clocks=ClockLimits()) if registry else None

    def run(self, messages: Sequence[Message]) -> None:
        self.began = self.began or time.perf_counter()
        if self._decoding:
            found = self._decoding.decode(messages)
            self.frames += len(found.batch)
            answers = found.answers
        else:
            self.frames += len(messages)
            answers = [(message, Answer("", ANSWER)) for message in messages]
        for message, answer in answers:
            if message.origin:
                message.origin.answer(message, answer)


class Bare(asyncio.Protocol):
    """Counts line ends and answers each."""

    frames, began = 0, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        Bare.began = Bare.began or time.perf_counter()
        count = data.count(b"\r\n")
        Bare.frames += count
        self._transport.write(ANSWER * count)  # type: ignore[attr-defined]


def serve(kind: str, stations: int) -> None:
    """Print the port, serve until a line comes, print what was found."""
    allow_files(stations + 100)
    counting = Counting(_registry(stations) if kind == "decoded" else None)
    if kind == "bare":
        threading.Thread(target=lambda: asyncio.run(_bare()), daemon=True).start()
        seen: Any = Bare
    else:
        intake = Intake(counting)
        intake.start()
        server = Hj212Server("127.0.0.1", 0, intake=intake, clock=lambda: time.time_ns() // 1_000_000)
        server.start()
        print(server.port, flush=True)
        seen = counting
    before = time.process_time()
    sys.stdin.readline()
    spent = {"cpu_s": time.process_time() - before, "seconds": time.perf_counter() - seen.began}
    print(json.dumps(spent | {"frames": seen.frames}))


async def _bare() -> None:
    server = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", 0, backlog=2_048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def speak(port: int, stations: int) -> None:
    """All connect first; then each sends, waits for its answer and sends again."""
    allow_files(stations + 100)
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(stations)]
    frames = [[frame(number, count) for count in range(FRAMES)] for number in range(stations)]

    async def one(number: int) -> None:
        reader, writer = streams[number]
        for data in frames[number]:
            writer.write(data)
            await reader.readuntil(b"\r\n")

    await asyncio.gather(*(one(number) for number in range(stations)))


def _registry(stations: int) -> Registry:
    return Registry(
        enterprises=(Enterprise("E", "E", "天元区"),),
        facilities=(Facility("F", "E", Kind.FEEDER),),
        meters=tuple(Meter(f"M{number}", "F", address=mn(number)) for number in range(stations)),
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1:2] == ["speak"]:
        asyncio.run(speak(int(sys.argv[2]), int(sys.argv[3])))
    else:
        result = run(int(sys.argv[1]) if sys.argv[1:] else STATIONS)
        print("", *(f"{text(table)}\n" for table in result.tables), *(f"* {note}" for note in result.notes), sep="\n")
