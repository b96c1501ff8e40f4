"""Trying a broker out: sign in, subscribe, send something and hear it, on a session of its own that leaves no trace."""

import secrets
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from ingest.mqtt.client import Broker

TRIAL_TOPIC = "nightwatt/check/{}"


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it. `problem` is empty where all went well.

    refused           topics that may not be subscribed to
    certificate_ends  Unix seconds; None without TLS
    round_trip_s      from sending to hearing; None where nothing was sent
    """

    problem: str = ""
    refused: tuple[str, ...] = ()
    certificate_ends: int | None = None
    round_trip_s: float | None = None


def try_out(broker: Broker, topics: Sequence[str], *, publish: bool, within_s: float = 10.0) -> Trial:
    """Connect, subscribe to the topics and, if wished, publish to TRIAL_TOPIC and wait until it is heard."""
    attempt = _Attempt(broker, topics)
    try:
        return attempt.run(publish=publish, within_s=within_s)
    except ssl.SSLCertVerificationError as error:
        return Trial(f"its certificate is not believed: {error.verify_message}")
    except (OSError, ValueError) as error:
        return Trial(f"can't be reached: {error}")
    finally:
        attempt.close()


class _Attempt:
    def __init__(self, broker: Broker, topics: Sequence[str]) -> None:
        self._broker, self._topics = broker, topics
        self._mark = secrets.token_hex(8)
        # Not the service's own session: connecting to that one would take it over.
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"nightwatt-check-{self._mark}")
        self._connected, self._subscribed, self._heard = (threading.Event() for _ in range(3))
        self._problem = ""
        self._refused: tuple[str, ...] = ()
        self._certificate_ends: int | None = None

    def run(self, *, publish: bool, within_s: float) -> Trial:
        deadline = time.monotonic() + within_s
        self._connect()
        if not self._connected.wait(deadline - time.monotonic()):
            return Trial("took the connection but does not answer")
        if self._problem:
            return Trial(self._problem, certificate_ends=self._certificate_ends)
        topics = [*self._topics, TRIAL_TOPIC.format(self._mark)]
        self._client.subscribe([(topic, 1) for topic in topics])
        if not self._subscribed.wait(deadline - time.monotonic()):
            return Trial("does not answer to a subscription", certificate_ends=self._certificate_ends)
        trip = self._round_trip(deadline) if publish and not self._refused else None
        lost = publish and not self._refused and trip is None
        problem = "a message published to it does not come back" if lost else ""
        return Trial(problem, self._refused, self._certificate_ends, trip)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _connect(self) -> None:
        client, broker = self._client, self._broker
        if broker.username:
            client.username_pw_set(broker.username, broker.password)
        if broker.tls:
            client.tls_set(ca_certs=broker.ca)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_subscribe, client.on_message = self._on_subscribe, self._on_message
        client.connect_timeout = 5.0
        client.connect(broker.host, broker.port, keepalive=30)
        connection = client.socket()
        if isinstance(connection, ssl.SSLSocket) and (certificate := connection.getpeercert()):
            self._certificate_ends = int(ssl.cert_time_to_seconds(str(certificate["notAfter"])))
        client.loop_start()

    def _round_trip(self, deadline: float) -> float | None:
        sent_at = time.monotonic()
        self._client.publish(TRIAL_TOPIC.format(self._mark), self._mark, qos=1)
        return time.monotonic() - sent_at if self._heard.wait(deadline - time.monotonic()) else None

    def _on_connect(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._problem = f"refuses the sign-in: {reason}" if reason.is_failure else ""
        self._connected.set()

    def _on_disconnect(self, *_: Any) -> None:
        if not self._connected.is_set():
            self._problem = "cut the connection off before an answer (does it want TLS?)"
            self._connected.set()

    def _on_subscribe(self, _client: Any, _userdata: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        pairs = zip(self._topics, reasons, strict=False)
        self._refused = tuple(topic for topic, reason in pairs if reason.is_failure)
        self._subscribed.set()

    def _on_message(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        if message.payload == self._mark.encode():
            self._heard.set()
