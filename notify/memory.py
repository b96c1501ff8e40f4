"""Fakes of the outbox and of a channel, in memory; the outbox passes the contract of the real one."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from threading import Lock

from core.errors import ChannelError
from core.notification import Due, Message, Outcome, Route


@dataclass(slots=True)
class Waiting:
    """A transition in the outbox; instants in wall ms."""

    due: Due
    claimed_until: int = 0
    held: bool = False
    next_try_at: int = 0
    processed_at: int | None = None
    outcome: str = ""


@dataclass(slots=True)
class Attempt:
    """A notification as it was written."""

    transition: int
    route: Route
    repeat: bool
    attempted_at: int
    outcome: Outcome = Outcome.SENDING
    answer: str = ""
    outcome_at: int | None = None


@dataclass(slots=True)
class MemoryOutbox:
    """An outbox that forgets with the process. `rows` and `attempts` are there to be looked at."""

    channels: list[Route] = field(default_factory=list)
    rows: dict[int, Waiting] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def put(self, due: Due) -> None:
        """A transition to be told."""
        with self._lock:
            self.rows[due.transition] = Waiting(due)

    def claim(self, *, now: int, lease_for: int, limit: int) -> list[Due]:
        with self._lock:
            free = [row for _, row in sorted(self.rows.items()) if _claimable(row, now)][:limit]
            found = [replace(row.due, claimed_before=row.held) for row in free]
            for row in free:
                row.claimed_until, row.held = now + lease_for, True
            return found

    def attempt(self, due: Due, route: Route, *, repeat: bool, now: int) -> int:
        with self._lock:
            self.attempts.append(Attempt(due.transition, route, repeat, now))
            return len(self.attempts)

    def answer(self, notification: int, *, accepted: bool, answer: str, now: int) -> None:
        with self._lock:
            row = self.attempts[notification - 1]
            row.outcome = Outcome.ACCEPTED if accepted else Outcome.FAILED
            row.answer, row.outcome_at = answer, now

    def accepted(self, transition: int) -> frozenset[int]:
        with self._lock:
            found = (a for a in self.attempts if a.transition == transition and a.outcome is Outcome.ACCEPTED)
            return frozenset(a.route.id for a in found)

    def done(self, transition: int, *, outcome: str, now: int) -> None:
        with self._lock:
            row = self.rows[transition]
            row.processed_at, row.outcome = now, outcome

    def release(self, transition: int, *, retry_at: int) -> None:
        with self._lock:
            row = self.rows[transition]
            row.claimed_until, row.held, row.next_try_at = 0, False, retry_at

    def routes(self) -> list[Route]:
        return list(self.channels)


def _claimable(row: Waiting, now: int) -> bool:
    return row.processed_at is None and row.claimed_until <= now and row.next_try_at <= now


class MemoryChannel:
    """Keeps what it is sent; each address first raises the errors listed for it, one per message."""

    def __init__(self, errors: dict[str, Iterable[BaseException]] | None = None) -> None:
        self.sent: list[tuple[str, Message]] = []
        self._errors = {address: list(raised) for address, raised in (errors or {}).items()}
        self._lock = Lock()

    def check(self, address: str) -> None:
        if not address:
            raise ChannelError("an empty address", permanent=True)

    def send(self, message: Message, address: str) -> str:
        with self._lock:
            if self._errors.get(address):
                raise self._errors[address].pop(0)
            self.sent.append((address, message))
            return "kept"
