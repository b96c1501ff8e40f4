"""Our side of MQTT: what arrives goes to the intake, and what is safe is acknowledged."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import paho.mqtt.client as paho

from ingest.intake import Intake
from ingest.message import Answer, Message
from ingest.mqtt.client import Broker, open_client, spread_reconnects

log = logging.getLogger(__name__)

_MID_BITS = 16


class Subscriber:
    """Receives messages and hands them to the intake. Is their origin: acknowledges, and publishes answers.

    A message is acknowledged only on the connection that it came on: after a reconnect the broker sends what is
    unanswered again, and may by then use the same packet id for another message.
    """

    def __init__(
        self, broker: Broker, *, client_id: str, topics: Sequence[str], intake: Intake, clock: Callable[[], int]
    ) -> None:
        self._topics, self._intake, self._clock = topics, intake, clock
        self._connection = 0
        self._client = open_client(broker, client_id, manual_ack=True)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self.subscribed = threading.Event()
        self.trouble = "not connected yet"

    def start(self) -> None:
        self._client.loop_start()

    def stop(self) -> None:
        """Hear nothing more; the intake's gates must be open, or paho's thread may wait there."""
        self._client.disconnect()
        self._client.loop_stop()

    def acknowledge(self, messages: Sequence[Message]) -> None:
        now = self._connection
        self._client.acknowledge(
            [message.ticket & 0xFFFF for message in messages if message.ticket and message.ticket >> _MID_BITS == now]
        )

    def answer(self, message: Message, answer: Answer) -> None:
        try:
            self._client.publish(answer.topic, answer.payload, qos=1)
        except ValueError as error:  # a topic that MQTT does not allow: its message is safe all the same
            log.warning("an answer to a message of %.200r can't be sent: %s", message.topic, error)

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

    def _on_disconnect(self, client: paho.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._connection += 1
        self.subscribed.clear()
        self.trouble = f"disconnected from the broker: {reason}"
        spread_reconnects(client)
        log.info("%s", self.trouble)

    def _on_message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        # Without room paho's thread waits here: the socket is not read, and the broker keeps the rest.
        ticket = self._connection << _MID_BITS | message.mid if message.qos else 0
        self._intake.put(
            Message(_topic(message), bytes(message.payload), self._clock(), time.monotonic(), ticket, self)
        )


def _topic(message: paho.MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return message._topic.decode("utf-8", "replace")
