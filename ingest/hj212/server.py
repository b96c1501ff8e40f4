"""HJ 212 over TCP: an asyncio server on a thread of its own, which never waits for the road.

Whatever arrives becomes a message of the topic "hj212", one for every piece of the stream, broken ones too. Where
the intake has no room a connection is not read, so that its station waits: nothing is dropped.
"""

import asyncio
import contextlib
import logging
import resource
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine

from core.errors import SetupError
from ingest.hj212.connection import Connection
from ingest.hj212.desk import Desk, Intake, Nobody, Observer
from ingest.hj212.station import Gate, Hj212Limits, Presence

log = logging.getLogger(__name__)

BUFFER_BYTES = 16_384
BACKLOG = 2_048
RETRY_S = 0.01
SPARE_FILES = 1_000
STOP_S = 3.0


class Hj212Server:
    """`start` and `stop` are called by the owner's thread; `clock` gives ms UTC. Port 0 takes any free one.

    To stop without losing answers: `quiet`, let the intake finish what it has, then `stop`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        intake: Intake,
        clock: Callable[[], int],
        gate: Gate | None = None,
        limits: Hj212Limits | None = None,
        observer: Observer | None = None,
    ) -> None:
        limits = limits or Hj212Limits()
        self.host, self.port = host, port
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=self._run, name="hj212", daemon=True)
        self._waiting: dict[Connection, None] = {}
        self._outgoing: deque[tuple[Connection, bytes, int]] = deque()
        self._is_woken = False
        self._listener: asyncio.Server | None = None
        self._check_every_s = min(1.0, limits.idle_for_s / 4, limits.unfinished_for_s / 4, limits.sign_in_for_s / 4)
        self._desk = Desk(
            intake=intake,
            gate=gate or Gate(limits=limits),
            limits=limits,
            clock=clock,
            observer=observer or Nobody(),
            post=self._post,
            wait=self._wait,
            presence=Presence(limits),
            buffer=memoryview(bytearray(BUFFER_BYTES)),
        )

    @property
    def connections(self) -> int:
        """How many are open."""
        return self._desk.presence.count

    def start(self) -> None:
        """Listen; SetupError where the port can't be had."""
        allow_files(self._desk.limits.connections + SPARE_FILES)
        self._loop = asyncio.new_event_loop()
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        except OSError as error:
            self._end_loop()
            reason = error.strerror or str(error)
            raise SetupError(
                f"port {self.port} for HJ 212 can't be used ({reason}); free it or set NIGHTWATT_HJ212_PORT"
            ) from error

    def quiet(self) -> None:
        """Take no more, neither connections nor bytes; answers still go out."""
        if self._thread.is_alive():
            self._wait_for(self._quiet())

    def stop(self) -> None:
        """Send what waits to be sent, for a few seconds at most, and close everything."""
        if self._thread.is_alive():
            self._wait_for(self._close())
            self._end_loop()

    def _wait_for(self, act: Coroutine[None, None, None]) -> None:
        """Under a flood the loop may be long in coming to it: that must not keep the service from stopping."""
        with contextlib.suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(act, self._loop).result(timeout=2 * STOP_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=STOP_S)

    async def _listen(self) -> None:
        self._listener = await self._loop.create_server(
            lambda: Connection(self._desk), self.host, self.port, backlog=BACKLOG
        )
        self.port = self._listener.sockets[0].getsockname()[1]
        self._watch()

    async def _quiet(self) -> None:
        if self._listener:
            self._listener.close()
        for connection in tuple(self._desk.open):
            connection.quiet()

    async def _close(self) -> None:
        await self._quiet()
        self._flush()
        for connection in tuple(self._desk.open):
            connection.close()
        until = time.monotonic() + STOP_S
        while self._desk.open and time.monotonic() < until:
            await asyncio.sleep(0.01)
        for connection in tuple(self._desk.open):
            connection.close(abort=True)
        await asyncio.sleep(0)

    def _watch(self) -> None:
        now = time.monotonic()
        for connection in tuple(self._desk.open):
            connection.check(now)
        self._loop.call_later(self._check_every_s, self._watch)

    def _wait(self, connection: Connection) -> None:
        if not self._waiting:
            self._loop.call_later(RETRY_S, self._retry)
        self._waiting[connection] = None

    def _retry(self) -> None:
        """Those that found no room try again in turn."""
        for connection in tuple(self._waiting):
            if not connection.hand_over():
                break
            del self._waiting[connection]
            connection.go_on()
        if self._waiting:
            self._loop.call_later(RETRY_S, self._retry)

    def _post(self, connection: Connection, payload: bytes, safe: int) -> None:
        """From any thread: the loop is woken once for all that comes before it looks."""
        self._outgoing.append((connection, payload, safe))
        if not self._is_woken:
            self._is_woken = True
            try:
                self._loop.call_soon_threadsafe(self._flush)
            except RuntimeError:
                log.debug("an answer came after the server had stopped")

    def _flush(self) -> None:
        self._is_woken = False
        answers: dict[Connection, tuple[list[bytes], int]] = {}
        while self._outgoing:
            connection, payload, safe = self._outgoing.popleft()
            payloads, count = answers.get(connection, ([], 0))
            if payload:
                payloads.append(payload)
            answers[connection] = (payloads, count + safe)
        for connection, (payloads, safe) in answers.items():
            connection.write(b"".join(payloads), safe=safe)


def allow_files(count: int) -> None:
    """Raise the number of files that this process may open, as far as the system lets it: a connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
