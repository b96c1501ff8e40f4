"""The sending side of HJ 212: frames out as they are, answers in."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from core.errors import DecodeError
from ingest.hj212.frame import Splitter, unframe
from ingest.hj212.segment import parse, peek

RECEIVE_BYTES = 65_536
CONNECT_WITHIN_S = 10.0
DRAIN_EVERY = 50


@dataclass(slots=True)
class Conversation:
    """What went over one connection or several.

    sent      pieces that were handed to the connection
    wanted    those among them that ask for an answer
    answers   what came back, by command (CN)
    refused   answers 9011 that do not say "ready"
    broken    why a connection ended before all was sent; empty where none did
    """

    sent: int = 0
    wanted: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    broken: str = ""
    heard_at: float = 0.0

    @property
    def unanswered(self) -> int:
        return max(0, self.wanted - sum(self.answers[cn] for cn in ("9011", "9013", "9014")))

    def add(self, other: "Conversation") -> None:
        self.sent += other.sent
        self.wanted += other.wanted
        self.answers.update(other.answers)
        self.refused += other.refused
        self.broken = self.broken or other.broken


async def converse(
    host: str, port: int, pieces: Sequence[tuple[float, bytes]], *, began: float, quiet_s: float
) -> Conversation:
    """Send pieces, each when so many seconds have passed since `began` (s of the monotonic clock); hear the answers.

    Afterwards the platform is waited for until it closes, or has said nothing for `quiet_s`. OSError where it can't
    be reached.
    """
    reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), CONNECT_WITHIN_S)
    told = Conversation(heard_at=time.monotonic())
    hearing = asyncio.create_task(_hear(reader, told))
    try:
        await _send(writer, pieces, told, began=began)
        await _until_quiet(hearing, told, quiet_s, enough=lambda: not told.unanswered)
        if writer.can_write_eof() and not hearing.done():
            writer.write_eof()
        await _until_quiet(hearing, told, quiet_s, enough=lambda: False)
    except ConnectionError as error:
        told.broken = error.strerror or str(error) or type(error).__name__
    finally:
        hearing.cancel()
        writer.close()
    return told


async def _send(
    writer: asyncio.StreamWriter, pieces: Sequence[tuple[float, bytes]], told: Conversation, *, began: float
) -> None:
    for due_s, piece in pieces:
        early_s = began + due_s - time.monotonic() if due_s else 0.0
        if early_s > 0 or told.sent % DRAIN_EVERY == 0:
            await writer.drain()
            await asyncio.sleep(max(0.0, early_s))
        if writer.is_closing():
            raise ConnectionResetError("the platform closed the connection")
        writer.write(piece)
        told.sent += 1
        told.wanted += wants_answer(piece)
    await writer.drain()
    told.heard_at = time.monotonic()


async def _hear(reader: asyncio.StreamReader, told: Conversation) -> None:
    splitter = Splitter()
    while data := await reader.read(RECEIVE_BYTES):
        told.heard_at = time.monotonic()
        for piece in splitter.feed(data):
            _note(piece, told)


def _note(piece: bytes, told: Conversation) -> None:
    try:
        packet = parse(unframe(piece).segment)
    except DecodeError:
        told.answers["unreadable"] += 1
        return
    told.answers[packet.cn] += 1
    told.refused += packet.cn == "9011" and packet.value("QnRtn") != "1"


async def _until_quiet(
    hearing: "asyncio.Task[None]", told: Conversation, quiet_s: float, *, enough: Callable[[], bool]
) -> None:
    while not enough() and not hearing.done() and time.monotonic() - told.heard_at < quiet_s:
        await asyncio.wait([hearing], timeout=0.05)
    if hearing.done():
        hearing.result()


def wants_answer(piece: bytes) -> bool:
    """Whether a piece is a frame that asks for an answer."""
    try:
        packet = peek(unframe(piece).segment)
    except DecodeError:
        return False
    return packet.wants_answer and not packet.cn.startswith("90")
