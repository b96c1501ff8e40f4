"""Where all wires meet: one bounded queue, one worker that takes it down the road in batches.

Batches form by themselves: whatever arrived while the last one was committed is the next. What is safe is
acknowledged to where it came from; what could not be made safe is not, and its sender sends it again.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from core.errors import StoreAway
from ingest.message import Message, acknowledge

log = logging.getLogger(__name__)

QUEUE_MESSAGES = 20_000
QUEUE_BYTES = 64_000_000
BATCH_MESSAGES = 5_000
BATCH_BYTES = 12_000_000
BUSY_MESSAGES = 20
LINGER_S = 0.02
"""After a batch of BUSY_MESSAGES or more the next gathers for so long: a commit costs as much for few as for many."""


class Road(Protocol):
    def run(self, messages: Sequence[Message]) -> None:
        """Return once all messages are safe; StoreAway when stopping before that."""
        ...


class Joining(Protocol):
    """Holds the parts of what comes in parts; `now` is s of the monotonic clock."""

    def take(self, messages: Sequence[Message], *, now: float) -> list[Message]: ...

    def due(self, *, now: float) -> list[Message]: ...

    def due_in(self, now: float) -> float | None: ...


class Intake:
    """`put` and `offer` may be called from any thread; the road runs on the intake's own."""

    def __init__(self, road: Road, *, joiner: Joining | None = None, clock: Callable[[], float] = time.monotonic):
        self._road, self._joiner, self._clock = road, joiner, clock
        self._queue: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._queued_bytes = 0
        self._last_batch = 0
        self._room = threading.Condition()
        self._stopping = False
        self._worker = threading.Thread(target=self._work, name="ingest", daemon=True)
        self.trouble = ""

    @property
    def waiting(self) -> int:
        """Messages that have not been taken up."""
        return self._queue.qsize()

    def start(self) -> None:
        self._worker.start()

    def put(self, message: Message) -> None:
        """Hand over a message; waits for room, so that its wire is not read and the sender keeps the rest."""
        with self._room:
            self._room.wait_for(self._has_room)
            self._queued_bytes += len(message.payload)
        self._queue.put(message)

    def offer(self, message: Message) -> bool:
        """Hand over a message without waiting; False where there is no room now."""
        with self._room:
            if not self._has_room():
                return False
            self._queued_bytes += len(message.payload)
        self._queue.put(message)
        return True

    def open_gates(self) -> None:
        """Let nobody wait for room any more: the service stops."""
        with self._room:
            self._stopping = True
            self._room.notify_all()

    def stop(self) -> None:
        """Finish the batch in hand; what is left is not acknowledged."""
        self.open_gates()
        if self._worker.ident is not None:
            self._queue.put(None)
            self._worker.join(timeout=10)

    def _has_room(self) -> bool:
        return self._stopping or (self._queued_bytes < QUEUE_BYTES and self._queue.qsize() < QUEUE_MESSAGES)

    def _work(self) -> None:
        while (batch := self._next_batch()) is not None:
            try:
                whole = self._joined(batch)
                if whole:
                    self._road.run(whole)
                acknowledge(whole)
            except Exception as error:
                if isinstance(error, StoreAway) and self._stopping:
                    return
                # Not acknowledged: its sender sends it again after a reconnect.
                log.exception("a batch of %d messages failed", len(batch))
                self.trouble = "a batch failed, see the log"

    def _joined(self, batch: list[Message]) -> list[Message]:
        if self._joiner is None:
            return batch
        now = self._clock()
        return self._joiner.take(batch, now=now) + self._joiner.due(now=now)

    def _next_batch(self) -> list[Message] | None:
        """The next messages; none where only held parts are due; None at the end."""
        try:
            first = self._queue.get(timeout=self._joiner.due_in(self._clock()) if self._joiner else None)
        except queue.Empty:
            return []
        if first is None:
            return None
        if self._last_batch >= BUSY_MESSAGES and self._queue.qsize() < BATCH_MESSAGES:
            time.sleep(LINGER_S)
        batch, size = [first], len(first.payload)
        while len(batch) < BATCH_MESSAGES and size < BATCH_BYTES:
            try:
                message = self._queue.get_nowait()
            except queue.Empty:
                break
            if message is None:
                self._queue.put(None)
                break
            batch.append(message)
            size += len(message.payload)
        self._last_batch = len(batch)
        with self._room:
            self._queued_bytes -= size
            self._room.notify_all()
        return batch
