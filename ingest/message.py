"""A message as it came from the wire, and the way back to its sender."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device waits to hear. `topic` "" is the connection on which its message came."""

    topic: str
    payload: bytes


class Origin(Protocol):
    """Where messages came from. Called by the ingest thread; neither call may wait for the peer or raise."""

    def acknowledge(self, messages: "Sequence[Message]") -> None:
        """These messages are safe."""
        ...

    def answer(self, message: "Message", answer: Answer) -> None:
        """Send what the message's device waits for; called before its acknowledgement, when it is safe."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """`received_at` is ms UTC by the service's clock, `arrived` s of the monotonic one.

    `ticket` is what its origin needs to acknowledge it; without an origin nobody waits to hear of it. A message
    joined of several has them as `parts`: they are what is acknowledged.
    """

    topic: str
    payload: bytes
    received_at: int
    arrived: float
    ticket: int = 0
    origin: Origin | None = None
    parts: "tuple[Message, ...]" = ()


def acknowledge(messages: Sequence[Message]) -> None:
    """Tell every origin which of its messages are safe, at once for all that came from it."""
    by_origin: dict[int, tuple[Origin, list[Message]]] = {}
    for message in messages:
        for part in message.parts or (message,):
            if part.origin is not None:
                by_origin.setdefault(id(part.origin), (part.origin, []))[1].append(part)
    for origin, safe in by_origin.values():
        origin.acknowledge(safe)
