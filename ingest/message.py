"""A message as it came from the wire."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """`received_at` is ms UTC by the service's clock, `arrived` s of the monotonic one.

    `ticket` is what its transport needs to acknowledge it.
    """

    topic: str
    payload: bytes
    received_at: int
    arrived: float
    ticket: int = 0
