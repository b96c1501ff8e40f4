"""What all connections of a server share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ingest.hj212.station import Gate, Hj212Limits, Presence
from ingest.message import Message

if TYPE_CHECKING:
    from ingest.hj212.connection import Connection


class Intake(Protocol):
    def offer(self, message: Message) -> bool:
        """Take over a message without waiting; False where there is no room now."""
        ...


class Observer(Protocol):
    def hj212_connections(self, count: int) -> None:
        """So many are open."""
        ...

    def hj212_turned_away(self, why: str) -> None:
        """A connection was closed or refused, or a frame was; `why` is of a small fixed set."""
        ...


class Nobody:
    """An Observer that looks away."""

    def hj212_connections(self, count: int) -> None: ...

    def hj212_turned_away(self, why: str) -> None: ...


@dataclass(slots=True)
class Desk:
    """Belongs to the server's loop.

    post    hands (connection, bytes to send, messages that are safe) to the loop, from any thread
    wait    takes a connection whose pieces found no room: its turn comes again
    buffer  what is read lands here; bounds what one connection can hold at once
    """

    intake: Intake
    gate: Gate
    limits: Hj212Limits
    clock: Callable[[], int]
    observer: Observer
    post: "Callable[[Connection, bytes, int], None]"
    wait: "Callable[[Connection], None]"
    presence: "Presence[Connection]"
    buffer: memoryview
    open: "set[Connection]" = field(default_factory=set)
    tickets: int = 0
