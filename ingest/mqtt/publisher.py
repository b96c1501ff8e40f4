"""A meter's side of MQTT."""

import threading
from typing import Any

import paho.mqtt.client as paho

from ingest.mqtt.client import Broker, open_client


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
        self._client = open_client(broker, client_id, manual_ack=False)
        self._client.on_publish = self._on_publish
        self._client.on_connect = self._on_connect
        self.connections = 0
        """How often it has connected: a gateway that keeps readings sends them again when this has grown."""
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

    def _on_connect(self, _client: paho.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if not reason.is_failure:
            self.connections += 1

    def _on_publish(self, _client: paho.Client, _userdata: Any, mid: int, _reason: Any, _properties: Any) -> None:
        with self._lock:
            delivery = self._waiting.pop(mid, None)
            if delivery is None:
                self._early.add(mid)  # acknowledged before publish() returned
        if delivery:
            delivery.acknowledge()
