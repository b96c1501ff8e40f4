"""MQTT by paho: the only file that knows it. QoS 1, manual acknowledgement, a session that persists."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from core.errors import SetupError, StoreAway
from ingest.message import Message

log = logging.getLogger(__name__)

QUEUE_MESSAGES = 20_000
QUEUE_BYTES = 64_000_000
BATCH_MESSAGES = 5_000
IN_FLIGHT = 500
BATCH_BYTES = 4_000_000
BUSY_MESSAGES = 20
LINGER_S = 0.02
"""After a batch of BUSY_MESSAGES or more the next gathers for so long: a commit costs as much for few as for many."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and how to sign in; with TLS, `ca` replaces the system's authorities."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: bool = False
    ca: str | None = None


class Road(Protocol):
    def run(self, messages: Sequence[Message]) -> None:
        """Return once all messages are safe; StoreAway when stopping before that."""
        ...


class Subscriber:
    """Receives messages, hands them to the road in batches and acknowledges those that are safe.

    Batches form by themselves: whatever arrived while the last one was committed is the next.
    """

    def __init__(
        self, broker: Broker, *, client_id: str, topics: Sequence[str], road: Road, clock: Callable[[], int]
    ) -> None:
        self._topics, self._road, self._clock = topics, road, clock
        self._queue: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._queued_bytes = 0
        self._last_batch = 0
        self._room = threading.Condition()
        self._client = _client(broker, client_id, manual_ack=True)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._worker = threading.Thread(target=self._work, name="ingest", daemon=True)
        self.subscribed = threading.Event()
        self.trouble = "not connected yet"
        self._stopping = False

    def start(self) -> None:
        self._worker.start()
        self._client.loop_start()

    def stop(self) -> None:
        """Finish the batch in hand; what is left unacknowledged the broker delivers again."""
        with self._room:
            self._stopping = True
            self._room.notify_all()
        self._client.disconnect()
        self._client.loop_stop()
        if self._worker.ident is not None:
            self._queue.put(None)
            self._worker.join(timeout=10)

    def _on_connect(self, client: paho.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self.trouble = f"the broker refused the connection: {reason}"
            log.error("%s", self.trouble)
            return
        client.subscribe([(topic, 1) for topic in self._topics])

    def _on_subscribe(self, _client: paho.Client, _userdata: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        self.trouble = f"the broker refused a subscription: {', '.join(refused)}" if refused else ""
        if refused:
            log.error("%s", self.trouble)
        else:
            self.subscribed.set()

    def _on_disconnect(self, _client: paho.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.subscribed.clear()
        self.trouble = f"disconnected from the broker: {reason}"
        log.info("%s", self.trouble)

    def _on_message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        # Without room paho's thread waits here: the socket is not read, and the broker keeps the rest.
        with self._room:
            self._room.wait_for(self._has_room)
            self._queued_bytes += len(message.payload)
        ticket = message.mid if message.qos else 0
        self._queue.put(Message(_topic(message), bytes(message.payload), self._clock(), time.monotonic(), ticket))

    def _has_room(self) -> bool:
        return self._stopping or (self._queued_bytes < QUEUE_BYTES and self._queue.qsize() < QUEUE_MESSAGES)

    def _work(self) -> None:
        while (batch := self._next_batch()) is not None:
            try:
                self._road.run(batch)
            except StoreAway:
                return
            except Exception:
                # Not acknowledged: the broker delivers the batch again after a reconnect.
                log.exception("a batch of %d messages failed", len(batch))
                self.trouble = "a batch failed, see the log"
                continue
            for message in batch:
                if message.ticket:
                    self._client.ack(message.ticket, 1)

    def _next_batch(self) -> list[Message] | None:
        first = self._queue.get()
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


class Delivery:
    """A message on its way to the broker."""

    def __init__(self) -> None:
        self._acknowledged = threading.Event()

    @property
    def done(self) -> bool:
        """Whether the broker has acknowledged it."""
        return self._acknowledged.is_set()

    def wait(self, timeout: float) -> bool:
        """Wait for the acknowledgement; False when the time is over."""
        return self._acknowledged.wait(timeout)

    def acknowledge(self) -> None:
        self._acknowledged.set()


class Publisher:
    """A meter's (or its gateway's) side: QoS 1, sends again after a reconnect what was not acknowledged."""

    def __init__(self, broker: Broker, *, client_id: str, will_topic: str | None = None) -> None:
        # paho's own message object can't be asked while the connection is away; this table can.
        self._waiting: dict[int, Delivery] = {}
        self._early: set[int] = set()
        self._lock = threading.Lock()
        self._client = _client(broker, client_id, manual_ack=False)
        self._client.on_publish = self._on_publish
        if will_topic:
            self._client.will_set(will_topic, b"offline", qos=1, retain=True)
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> Delivery:
        """Hand over a message; without a connection it is kept and sent once there is one."""
        delivery = Delivery()
        # Not under our lock: paho's thread holds paho's own while it calls us back.
        handed = self._client.publish(topic, payload, qos=1, retain=retain)
        with self._lock:
            if handed.mid in self._early:
                self._early.discard(handed.mid)
                delivery.acknowledge()
            else:
                self._waiting[handed.mid] = delivery
        return delivery

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_publish(self, _client: paho.Client, _userdata: Any, mid: int, _reason: Any, _properties: Any) -> None:
        with self._lock:
            delivery = self._waiting.pop(mid, None)
            if delivery is None:
                self._early.add(mid)  # acknowledged before publish() returned
        if delivery:
            delivery.acknowledge()


def _client(broker: Broker, client_id: str, *, manual_ack: bool) -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, manual_ack=manual_ack)
    if broker.username:
        client.username_pw_set(broker.username, broker.password)
    if broker.tls:
        try:
            client.tls_set(ca_certs=broker.ca)
        except OSError as error:
            raise SetupError(f"can't read the broker's CA file {broker.ca}: {error}") from error
    client.reconnect_delay_set(1, 30)
    # Past this many unanswered messages paho lets newer ones overtake those that it queued.
    client.max_inflight_messages_set(IN_FLIGHT)
    client.connect_async(broker.host, broker.port, keepalive=60)
    return client


def _topic(message: paho.MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return message._topic.decode("utf-8", "replace")
