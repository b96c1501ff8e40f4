"""One TCP connection of a station or gateway: bytes → pieces → intake, and answers back once the data is safe.

Everything here runs on the server's loop, but `acknowledge` and `answer`, which the ingest thread calls.
"""

import asyncio
import logging
import socket
import time
from collections import deque
from collections.abc import Sequence
from typing import cast

from ingest.hj212.admission import Admission
from ingest.hj212.desk import Desk
from ingest.hj212.frame import Splitter
from ingest.hj212.station import Pace
from ingest.message import Answer, Message

log = logging.getLogger(__name__)

TOPIC = "hj212"
LINGER_S = 60.0
"""So long a peer that has said all it had may wait for its answers."""


class Connection(asyncio.BufferedProtocol):
    """Reads as long as there is room; what was read is handed over, whatever becomes of the connection."""

    def __init__(self, desk: Desk) -> None:
        now = time.monotonic()
        self._desk, self._limits = desk, desk.limits
        self._splitter = Splitter()
        self._pace = Pace(per_s=desk.limits.frames_per_s, burst=desk.limits.burst_frames, now=now)
        self._pending: deque[Message] = deque()
        self._resting_until = 0.0
        self._unfinished_at: float | None = None
        self._ended_at: float | None = None
        self._in_flight = 0
        self._made_at = self.heard_at = now
        self._is_counted = self._is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        self._admission = Admission(self._desk.gate, limits=self._limits, address=self.address)
        if why := self._desk.presence.refuses(self.address):
            self._ended_at = self.heard_at
            self._desk.observer.hj212_turned_away(why)
            self._transport.abort()
            return
        self._is_counted = True
        self._desk.presence.arrive(self.address)
        self._desk.open.add(self)
        self._desk.observer.hj212_connections(self._desk.presence.count)
        self._transport.set_write_buffer_limits(high=self._limits.unread_bytes)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def get_buffer(self, sizehint: int) -> memoryview:
        # One for all: a loop reads one connection at a time, and the bytes are taken out before the next.
        return self._desk.buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._ended_at is not None:
            return
        now = self.heard_at = time.monotonic()
        pieces = self._splitter.feed(bytes(self._desk.buffer[:nbytes]))
        if not self._splitter.rest():
            self._unfinished_at = None
        elif pieces or self._unfinished_at is None:
            self._unfinished_at = now
        self._take(pieces, now)
        if self._hand_over_or_wait():
            self._rest()

    def eof_received(self) -> bool:
        """The peer has said all; the connection stays until it has its answers."""
        self._finish()
        return bool(self._in_flight or self._pending)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._is_counted:
            return
        self._finish()
        self._desk.open.discard(self)
        self._is_lost = True
        self._leave_when_done()

    def pause_writing(self) -> None:
        self.end("does not read its answers", abort=True)

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """From the ingest thread: these are safe."""
        self._desk.post(self, b"", len(messages))

    def answer(self, message: Message, answer: Answer) -> None:
        """From the ingest thread: send this."""
        if not answer.topic:
            self._desk.post(self, answer.payload, 0)

    def write(self, payload: bytes, *, safe: int = 0) -> None:
        """Send answers; so many messages have become safe."""
        self._in_flight -= safe
        if payload and not self._transport.is_closing():
            self._transport.write(payload)
        self._close_when_done()

    def hand_over(self) -> bool:
        """Whether all that was read has been taken by the intake."""
        while self._pending:
            if not self._desk.intake.offer(self._pending[0]):
                return False
            self._pending.popleft()
            self._in_flight += 1
        return True

    def go_on(self) -> None:
        """There was room again, and everything has been handed over: read on."""
        self.heard_at = time.monotonic()
        if self._unfinished_at is not None:
            self._unfinished_at = self.heard_at
        self._read_on()
        self._close_when_done()
        self._leave_when_done()

    def check(self, now: float) -> None:
        """Close what takes too long. While we ourselves do not read, the peer is not to blame."""
        limits = self._limits
        if self._ended_at is not None:
            if now - self._ended_at > LINGER_S:
                self._transport.abort()
        elif self._pending or now < self._resting_until:
            return
        elif self._unfinished_at is not None and now - self._unfinished_at > limits.unfinished_for_s:
            self.end("a frame was not finished in time")
        elif not self._admission.stations and now - self._made_at > limits.sign_in_for_s:
            self.end("named no station in time")
        elif now - self.heard_at > limits.idle_for_s:
            self.end("silent for too long")

    def end(self, why: str, *, abort: bool = False) -> None:
        """Read no more. What was read is handed over; what waits to be written is, unless aborted."""
        if self._transport.is_closing():
            return
        log.info("HJ 212 connection from %s closed: %s", self.address, why)
        self._desk.observer.hj212_turned_away(why)
        self._finish()
        self.close(abort=abort)

    def close(self, *, abort: bool = False) -> None:
        """At once, or when what waits to be written is."""
        if abort:
            self._transport.abort()
        else:
            self._transport.close()

    def quiet(self) -> None:
        """Read no more but stay open for answers: the service stops. What is unfinished its station sends again."""
        if self._ended_at is None:
            self._transport.pause_reading()
            self._ended_at = time.monotonic()

    def _finish(self) -> None:
        """Nothing more comes: what is unfinished is a piece too, for it may be a frame that lacks its line end."""
        if self._ended_at is None:
            self._ended_at = time.monotonic()
            if rest := self._splitter.rest():
                self._take([rest], self._ended_at)
            self._hand_over_or_wait()

    def _take(self, pieces: Sequence[bytes], now: float) -> None:
        received_at, cost = self._desk.clock() if pieces else 0, 0
        for piece in pieces:
            cost += 1 + (len(piece) >> 10)
            if self._lets_in(piece, now):
                self._desk.tickets += 1
                self._pending.append(Message(TOPIC, piece, received_at, now, self._desk.tickets, self))
        self._resting_until = now + self._pace.spend(cost, now=now)

    def _hand_over_or_wait(self) -> bool:
        if self.hand_over():
            return True
        self._desk.wait(self)
        if self._ended_at is None:
            self._transport.pause_reading()
        return False

    def _rest(self) -> None:
        """Stop reading for as long as the pace asks."""
        rest_s = self._resting_until - time.monotonic()
        if rest_s > 0 and self._ended_at is None:
            self._transport.pause_reading()
            asyncio.get_running_loop().call_later(rest_s, self._read_on)

    def _read_on(self) -> None:
        if self._ended_at is None and not self._pending:
            self._transport.resume_reading()

    def _close_when_done(self) -> None:
        if self._ended_at is not None and not self._pending and self._in_flight <= 0:
            self._transport.close()

    def _leave_when_done(self) -> None:
        """What has no room yet keeps its place: who comes again and again must not fill memory."""
        if self._is_lost and not self._pending:
            self._is_lost = False
            self._desk.presence.leave(self, address=self.address, stations=self._admission.stations)
            self._desk.observer.hj212_connections(self._desk.presence.count)

    def _lets_in(self, piece: bytes, now: float) -> bool:
        verdict = self._admission.judge(piece, now=now)
        if verdict.why:
            self._desk.observer.hj212_turned_away(verdict.why)
            log.info("HJ 212 station %.40r from %s refused: %s", verdict.station, self.address, verdict.why)
            if verdict.answer:
                self._transport.write(verdict.answer)
        elif verdict.station:
            replaced = self._desk.presence.speak(self, verdict.station)
            if replaced is not None:
                replaced.end("replaced by a newer connection of its station")
        if verdict.end:  # after the pieces in hand
            asyncio.get_running_loop().call_soon(self.end, verdict.end)
        return verdict.lets_in
