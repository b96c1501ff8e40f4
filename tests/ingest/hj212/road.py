"""A server over a real intake, whose road writes down what comes; and stations that speak to it."""

import gzip
import json
import os
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.errors import DecodeError
from ingest.hj212.frame import Splitter, encode, unframe
from ingest.hj212.segment import Packet, build, parse
from ingest.hj212.server import Hj212Server
from ingest.hj212.station import Gate, Hj212Limits
from ingest.intake import Intake
from ingest.message import Answer, Message

DEADLINE_S = 60
NOON = 1_773_979_200_000
SHARED = Path(__file__).parents[3] / "../shared/data/hj212"
MN = "LD000000000001"


def shared_file(name: str) -> Path:
    """A file of real input; without it the test is skipped, but not where everything must run."""
    path = SHARED / name
    if not path.exists():
        words = f"real input is missing: {path}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(words)
    return path


def captured() -> list[bytes]:
    """27,938 lines as a platform received them, 16 of them broken; without CR LF."""
    files = sorted(shared_file("capture").glob("*.h212.gz"))
    return [line for file in files for line in gzip.decompress(file.read_bytes()).split(b"\r\n")[:-1]]


def broken() -> list[bytes]:
    """98 frames that came broken."""
    lines = shared_file("broken.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["frame"].encode() for line in lines]


def frame(
    number: int = 0, *, mn: str = MN, pw: str = "123456", flag: int | None = 5, cn: str = "2011", remark: str = ""
) -> bytes:
    """Real-time data of a station; its number makes it unlike any other."""
    cp = f"DataTime=20260320120000;100000-Pt={number}.5,100000-Flag=N{remark and ';Remark='}{remark}"
    qn = f"20260320{number:09d}" if flag is not None else ""
    return encode(build(qn=qn, st="80", cn=cn, pw=pw, mn=mn, flag=flag, cp=cp))


class Recording:
    """A road that keeps what it was given and has data answered with 9014; closed, it makes the intake fill up."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.entered = 0
        self.open = threading.Event()
        self.open.set()

    def run(self, messages: Sequence[Message]) -> None:
        self.entered += len(messages)
        assert self.open.wait(DEADLINE_S)
        self.messages += messages
        for message in messages:
            if (reply := answer_to(message.payload)) and message.origin:
                message.origin.answer(message, Answer("", reply))

    @property
    def pieces(self) -> list[bytes]:
        return [message.payload for message in self.messages]


def answer_to(piece: bytes) -> bytes:
    """9014 for what wants it."""
    try:
        packet = parse(unframe(piece).segment)
    except DecodeError:
        return b""
    if not packet.wants_answer:
        return b""
    return encode(build(qn=packet.qn, st="91", cn="9014", pw=packet.pw, mn=packet.mn, flag=4))


@dataclass
class Seen:
    """An observer that counts."""

    turned_away: Counter[str] = field(default_factory=Counter)
    connections: int = 0

    def hj212_connections(self, count: int) -> None:
        self.connections = count

    def hj212_turned_away(self, why: str) -> None:
        self.turned_away[why] += 1


@dataclass
class Place:
    """What a test looks at."""

    server: Hj212Server
    intake: Intake
    road: Recording
    seen: Seen

    def station(self) -> "Station":
        return Station(self.server.port)


@contextmanager
def running(
    *, limits: Hj212Limits | None = None, gate: Gate | None = None, road: Recording | None = None
) -> Iterator[Place]:
    """A server on a free port."""
    road, seen = road or Recording(), Seen()
    intake = Intake(road)
    server = Hj212Server("127.0.0.1", 0, intake=intake, clock=lambda: NOON, gate=gate, limits=limits, observer=seen)
    intake.start()
    server.start()
    try:
        yield Place(server, intake, road, seen)
    finally:
        road.open.set()
        server.quiet()
        intake.stop()
        server.stop()


class Station:
    """A peer over a real socket."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)
        self._splitter = Splitter()

    def send(self, data: bytes) -> "Station":
        self.socket.sendall(data)
        return self

    def finish(self) -> "Station":
        """Say that nothing more comes."""
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def answers(self, count: int | None = None) -> list[Packet]:
        """So many answers, or all until the server closes."""
        found: list[Packet] = []
        while count is None or len(found) < count:
            try:
                data = self.socket.recv(65_536)
            except ConnectionResetError:
                data = b""
            if not data:
                assert count is None, f"closed after {len(found)} of {count} answers"
                break
            found += [parse(unframe(piece).segment) for piece in self._splitter.feed(data)]
        return found

    def close(self) -> None:
        self.socket.close()

    def vanish(self) -> None:
        """Be gone at once, as after a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def eventually(true: Callable[[], object]) -> None:
    """Wait for a condition, which must come."""
    until = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.005)
