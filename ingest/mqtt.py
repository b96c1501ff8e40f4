"""MQTT by paho: the only file that knows it. QoS 1, manual acknowledgement, a session that persists."""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from core.errors import SetupError, StoreAway
from ingest.message import Message

log = logging.getLogger(__name__)

QUEUE_MESSAGES = 20_000
BATCH_MESSAGES = 5_000
BATCH_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and how to sign in; `ca` turns TLS on."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
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
        self._queue: queue.Queue[Message | None] = queue.Queue(QUEUE_MESSAGES)
        self._client = _client(broker, client_id, manual_ack=True)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._worker = threading.Thread(target=self._work, name="ingest", daemon=True)
        self.subscribed = threading.Event()
        self.trouble = "not connected yet"

    def start(self) -> None:
        self._worker.start()
        self._client.loop_start()

    def stop(self) -> None:
        """Finish the batch in hand; what is left unacknowledged the broker delivers again."""
        self._client.disconnect()
        self._client.loop_stop()
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
        # A full queue blocks paho's thread: the socket is not read, and the broker keeps the rest.
        ticket = message.mid if message.qos else 0
        self._queue.put(Message(_topic(message), bytes(message.payload), self._clock(), ticket))

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
        return batch


class Delivery:
    """A message on its way to the broker."""

    def __init__(self, handed: paho.MQTTMessageInfo) -> None:
        self._handed = handed

    @property
    def done(self) -> bool:
        """Whether the broker has acknowledged it."""
        return self._handed.is_published()

    def wait(self, timeout: float) -> bool:
        """Wait for the acknowledgement; False when the time is over."""
        self._handed.wait_for_publish(timeout)
        return self.done


class Publisher:
    """A meter's (or its gateway's) side: QoS 1, sends again after a reconnect what was not acknowledged."""

    def __init__(self, broker: Broker, *, client_id: str, will_topic: str | None = None) -> None:
        self._client = _client(broker, client_id, manual_ack=False)
        if will_topic:
            self._client.will_set(will_topic, b"offline", qos=1, retain=True)
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> Delivery:
        return Delivery(self._client.publish(topic, payload, qos=1, retain=retain))

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def _client(broker: Broker, client_id: str, *, manual_ack: bool) -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, manual_ack=manual_ack)
    if broker.username:
        client.username_pw_set(broker.username, broker.password)
    if broker.ca:
        try:
            client.tls_set(ca_certs=broker.ca)
        except OSError as error:
            raise SetupError(f"can't read the broker's CA file {broker.ca}: {error}") from error
    client.reconnect_delay_set(1, 30)
    client.connect_async(broker.host, broker.port, keepalive=60)
    return client


def _topic(message: paho.MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return message._topic.decode("utf-8", "replace")
