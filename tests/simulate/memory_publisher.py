"""A broker in memory that keeps what it acknowledged, and can stop to do so."""

import json
import threading
from collections.abc import Callable


class MemoryDelivery:
    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def done(self) -> bool:
        return self._event.is_set()

    def wait(self, timeout: float) -> bool:
        return self._event.wait(timeout)

    def acknowledge(self) -> None:
        self._event.set()


class MemoryBroker:
    """`most` messages are acknowledged; `on_full` is called for the first that is not."""

    def __init__(self, *, most: int | None = None, on_full: Callable[[], None] = lambda: None) -> None:
        self.messages: list[tuple[str, bytes, bool]] = []
        self.clients: dict[str, str | None] = {}
        self.closed: list[str] = []
        self.most_unacknowledged: dict[str, int] = {}
        self._most, self._on_full = most, on_full
        self._refused: dict[str, int] = {}

    def connect(self, client_id: str, will_topic: str | None) -> "MemoryPublisher":
        self.clients[client_id] = will_topic
        return MemoryPublisher(self, client_id)

    def take(self, client_id: str, topic: str, payload: bytes, *, retain: bool) -> MemoryDelivery:
        delivery = MemoryDelivery()
        if self._most is not None and len(self.messages) >= self._most:
            if not self._refused:
                self._on_full()
            if topic.endswith("/telemetry"):
                self._refused[client_id] = self._refused.get(client_id, 0) + 1
            self.most_unacknowledged = dict(self._refused)
            return delivery
        self.messages.append((topic, payload, retain))
        delivery.acknowledge()
        return delivery

    def readings(self) -> dict[tuple[str, int], tuple[float, float]]:
        """(p, ep) by (meter, ts); fails where the same reading came with different values."""
        found: dict[tuple[str, int], tuple[float, float]] = {}
        for topic, payload, _ in self.messages:
            if not topic.endswith("/telemetry"):
                continue
            rows = json.loads(payload)
            for row in rows if isinstance(rows, list) else [rows]:
                key = (topic.split("/")[3], row["ts"])
                assert found.setdefault(key, (row["p"], row["ep"])) == (row["p"], row["ep"])
        return found


class MemoryPublisher:
    def __init__(self, broker: MemoryBroker, client_id: str) -> None:
        self._broker, self._client_id = broker, client_id

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> MemoryDelivery:
        return self._broker.take(self._client_id, topic, payload, retain=retain)

    def close(self) -> None:
        self._broker.closed.append(self._client_id)
