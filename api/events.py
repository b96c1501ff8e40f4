"""New transitions to everyone who listens: one poller per app, which rests while nobody does.

Each look is one query per distinct scope, so that the store decides what a listener may hear. A
listener that is too slow is let go; it comes back with `Last-Event-ID` and is told what it missed.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

from fastapi.concurrency import run_in_threadpool

from core.jurisdiction import Scope, User
from core.ports import AlarmBook
from core.records import RecordedTransition

MOST_LISTENERS = 200
MOST_PER_USER = 20
QUEUE_LENGTH = 500
BATCH = 500

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Listener:
    """One open stream: it wants ids above `after`; those up to `upto` it reads itself, the others are queued."""

    user: User
    after: int
    upto: int
    ended: bool = False
    queue: asyncio.Queue[RecordedTransition | None] = field(default_factory=lambda: asyncio.Queue(QUEUE_LENGTH))

    async def heard(self, wait_for: float) -> RecordedTransition | None:
        """The next one queued; TimeoutError where there is none for so many seconds; None at the end."""
        if self.ended and self.queue.empty():
            return None
        async with asyncio.timeout(wait_for):
            return await self.queue.get()

    def give(self, rows: Sequence[RecordedTransition]) -> None:
        """Queue what it has not heard; ends it where it does not keep up, after what is queued."""
        for row in rows:
            if row.id > self.after and not self.ended:
                try:
                    self.queue.put_nowait(row)
                except asyncio.QueueFull:
                    self.ended = True

    def end(self) -> None:
        """Say that nothing more will come."""
        self.ended = True
        with contextlib.suppress(asyncio.QueueFull):  # then it isn't waiting, and sees `ended` in its turn
            self.queue.put_nowait(None)


class Feed:
    """The poller and its listeners. Everything but the queries runs on the event loop."""

    def __init__(self, alarms: AlarmBook, *, every_s: float = 0.5) -> None:
        self._alarms, self._every_s = alarms, every_s
        self._groups: dict[Scope, set[Listener]] = {}
        self._seen: dict[Scope, int] = {}
        self._poller: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Who listens now."""
        return tuple(listener for group in self._groups.values() for listener in group)

    async def newest(self) -> int:
        """The highest id written so far."""
        return await run_in_threadpool(self._alarms.last_transition)

    def has_room(self, user: User) -> bool:
        """Whether one more of that person's streams may be opened."""
        own = sum(listener.user.id == user.id for listener in self.listeners)
        return len(self.listeners) < MOST_LISTENERS and own < MOST_PER_USER

    @contextlib.contextmanager
    def listening(self, user: User, *, after: int, newest: int) -> Iterator[Listener]:
        """Hear of every id above `after`, where `newest` was the highest a moment ago."""
        # A scope that nobody listened to starts at what was newest just now, not at what it saw last.
        listener = Listener(user, after, self._seen.setdefault(user.scope, newest))
        self._groups.setdefault(user.scope, set()).add(listener)
        self._wake()
        try:
            yield listener
        finally:
            self._leave(listener)

    async def missed(self, listener: Listener) -> AsyncIterator[RecordedTransition]:
        """What was written after its `after` and before it joined.

        The poller queues only what is above a scope's `_seen`, which was `upto` when it joined: together
        they leave out and double nothing.
        """
        after = listener.after
        while after < listener.upto:
            rows = await run_in_threadpool(self._alarms.transitions, listener.user.scope, after=after, limit=BATCH)
            for row in rows:
                if row.id <= listener.upto:
                    yield row
            after = rows[-1].id if rows else listener.upto

    def close(self) -> None:
        """End all streams, so that the server can stop; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_all)

    def _end_all(self) -> None:
        for listener in self.listeners:
            listener.end()

    def _leave(self, listener: Listener) -> None:
        scope = listener.user.scope
        group = self._groups.get(scope, set())
        group.discard(listener)
        if not group:
            self._groups.pop(scope, None)
            self._seen.pop(scope, None)

    def _wake(self) -> None:
        if self._poller is None or self._poller.done():
            self._loop = asyncio.get_running_loop()
            self._poller = self._loop.create_task(self._poll())

    async def _poll(self) -> None:
        while self._groups:
            for scope in list(self._groups):
                await self._look(scope)
            await asyncio.sleep(self._every_s)

    async def _look(self, scope: Scope) -> None:
        if (seen := self._seen.get(scope)) is None:
            return
        try:
            rows = await run_in_threadpool(self._alarms.transitions, scope, after=seen, limit=BATCH)
        except Exception:
            # A store that is away must not end the feed; the next look starts where this one did.
            log.exception("could not look for new transitions")
            return
        if rows and scope in self._seen:
            self._seen[scope] = max(self._seen[scope], rows[-1].id)
            for listener in self._groups[scope]:
                listener.give(rows)
