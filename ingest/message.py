"""A message as it came from the wire."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """`received_at` is ms UTC; `ticket` is what its transport needs to acknowledge it."""

    topic: str
    payload: bytes
    received_at: int
    ticket: int = 0
