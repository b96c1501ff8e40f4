"""Where the broker is, and paho's client taught to work on batches."""

import itertools
import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from core.errors import SetupError

IN_FLIGHT = 500
READ_BYTES = 65_536
PACKETS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and how to sign in; with TLS, `ca` replaces the system's authorities."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: bool = False
    ca: str | None = None


class BatchClient(paho.Client):
    """paho as it comes reads a packet by a select and three or four calls of the system, and sends every
    acknowledgement by itself: most of the cost of a small message. Here the socket is read ahead, what is there is
    taken at once, and acknowledgements go out together. It reaches into paho, so pyproject.toml holds its version.
    """

    _ahead = b""
    _taken = 0

    def acknowledge(self, mids: Sequence[int]) -> None:
        """PUBACK for all these message ids, in one write."""
        packets = b"".join([struct.pack("!BBH", paho.PUBACK, 2, mid) for mid in mids])
        if packets:
            self._packet_queue(paho.PUBACK, packets, mids[-1], 1)

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        # What was read ahead must all be taken now: select() knows nothing of it and would wait for more.
        for packets in itertools.count(1):
            outcome = super().loop_read(max_packets)
            if outcome != MQTTErrorCode.MQTT_ERR_SUCCESS or self._taken >= len(self._ahead):
                return outcome
            if packets % PACKETS_AT_ONCE == 0:
                self.loop_write()  # a flood must hold up neither acknowledgements nor a goodbye
        raise AssertionError("unreachable")

    def _sock_recv(self, bufsize: int) -> bytes:
        if self._taken >= len(self._ahead):
            self._ahead, self._taken = super()._sock_recv(READ_BYTES), 0
        found = self._ahead[self._taken : self._taken + bufsize]
        self._taken += len(found)
        return found

    def _sock_close(self) -> None:
        super()._sock_close()
        self._ahead, self._taken = b"", 0


def open_client(broker: Broker, client_id: str, *, manual_ack: bool) -> BatchClient:
    """A client that connects, and connects again with back-off, once its loop is started."""
    client = BatchClient(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, manual_ack=manual_ack)
    if broker.username:
        client.username_pw_set(broker.username, broker.password)
    if broker.tls:
        try:
            client.tls_set(ca_certs=broker.ca)
        except OSError as error:
            raise SetupError(f"can't read the broker's CA file {broker.ca}: {error}") from error
    spread_reconnects(client)
    # Past this many unanswered messages paho lets newer ones overtake those that it queued.
    client.max_inflight_messages_set(IN_FLIGHT)
    client.connect_async(broker.host, broker.port, keepalive=60)
    return client


def spread_reconnects(client: paho.Client) -> None:
    """After a broker's restart its clients must not all come back in the same instant: the back-off has jitter."""
    client.reconnect_delay_set(1 + random.random(), 20 + 20 * random.random())  # noqa: S311  # type: ignore[arg-type]
