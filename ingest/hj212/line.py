"""A connection to a higher platform: packets are delivered when each of them has its answer."""

import socket
import time
from collections.abc import Callable, Mapping

from core.errors import DecodeError, NightwattError
from ingest.hj212.frame import Splitter, encode, unframe
from ingest.hj212.segment import Packet, build, parse

CONNECT_WITHIN_S = 10.0
LOOK_EVERY_S = 0.2
RECEIVE_BYTES = 65_536


class NotDelivered(NightwattError):
    """The platform did not answer, or refused; the same packets may be sent again later."""


class Line:
    """Blocking, for one thread; `stopping` is asked several times a second. OSError where the connection ends."""

    def __init__(self, host: str, port: int, *, stopping: Callable[[], bool]) -> None:
        self._socket = socket.create_connection((host, port), timeout=CONNECT_WITHIN_S)
        self._stopping, self._splitter = stopping, Splitter()

    def deliver(self, frames: Mapping[str, bytes], *, overtime_s: float, recount: int) -> None:
        """Send frames by number (QN), `recount` times more where answers stay away; NotDelivered in the end."""
        missing = set(frames)
        for _ in range(1 + recount):
            for frame in frames.values():
                self._socket.sendall(frame)
            until = time.monotonic() + overtime_s
            while missing and time.monotonic() < until and not self._stopping():
                missing -= {number for packet in self.hear() for number in _answered(packet)}
            if not missing or self._stopping():
                break
        if missing:
            raise NotDelivered(f"the platform has not answered within {overtime_s:g} s, {1 + recount} times")

    def hear(self) -> list[Packet]:
        """What comes within a moment. What the platform asks of us is refused: nobody commands meters from there."""
        self._socket.settimeout(LOOK_EVERY_S)
        try:
            data = self._socket.recv(RECEIVE_BYTES)
        except TimeoutError:
            return []
        finally:
            self._socket.settimeout(CONNECT_WITHIN_S)
        if not data:
            raise ConnectionResetError("the platform closed the connection")
        packets = [packet for piece in self._splitter.feed(data) if (packet := _read(piece))]
        for packet in packets:
            if packet.wants_answer and not packet.cn.startswith("90"):
                self._socket.sendall(_refusal(packet))
        return packets

    def close(self) -> None:
        self._socket.close()


def _read(piece: bytes) -> Packet | None:
    try:
        return parse(unframe(piece).segment)
    except DecodeError:
        return None


def _answered(packet: Packet) -> set[str]:
    """The numbers that a packet acknowledges; platforms of 2005 say them in CP."""
    number = packet.qn or packet.value("QN") or ""
    if packet.cn == "9011" and packet.value("QnRtn") not in (None, "1"):
        raise NotDelivered(f"the platform refuses our packets (QnRtn={packet.value('QnRtn'):.10})")
    return {number} if packet.cn == "9014" else set()


def _refusal(packet: Packet) -> bytes:
    flag = (packet.flag or 0) & ~0b11
    return encode(build(qn=packet.qn, st="91", cn="9011", pw=packet.pw, mn=packet.mn, flag=flag, cp="QnRtn=2"))
