"""The embedded MQTT broker: amqtt, taught not to acknowledge a meter before nightwatt has.

As it comes, amqtt acknowledges a publisher at once and drops a message that its subscriber has not
acknowledged within 5 s. Embedded in one process with nightwatt, that would lose readings that a meter
believes delivered whenever the process dies. Here a QoS 1 message on a topic that nightwatt subscribes to
is acknowledged to its publisher only when nightwatt has acknowledged it; until nightwatt listens, it waits.
A publisher that gets no answer sends again after it reconnects, as MQTT says, and readings are idempotent
by (meter, ts). The messages of one publisher stay in order. Other subscribers get copies and hold up nobody.

This reaches into amqtt's handlers, so pyproject.toml holds its minor version.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import amqtt.broker
from amqtt.broker import Broker
from amqtt.errors import AMQTTError, BrokerError
from amqtt.mqtt.constants import QOS_0, QOS_1
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.mqtt.puback import PubackPacket
from amqtt.session import INCOMING

from core.errors import SetupError

log = logging.getLogger(__name__)

NOBODY_LISTENS_S = 0.2
PUMP_BATCH = 100
MAX_WAITING = 1_000
"""Messages of one connection that may wait for an acknowledgement; past it, it is closed and sends again later."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A message whose publisher has not been answered yet."""

    message: Any
    delivered: asyncio.Future[None]


class _Handler(BrokerProtocolHandler):
    """One connection. Acknowledges what it received once `_Broker` says that it is delivered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting = 0
        self.received: asyncio.Queue[_Waiting] = asyncio.Queue()
        self.pump: asyncio.Task[None] | None = None

    async def stop(self) -> None:
        if self.pump is not None:
            self.pump.cancel()
        await super().stop()

    async def _handle_qos1_message_flow(self, app_message: Any) -> None:
        if app_message.direction == INCOMING:
            await self._receive(app_message)
        else:
            await self._deliver(app_message)

    async def _receive(self, message: Any) -> None:
        if self._waiting >= MAX_WAITING:
            log.warning("%s has %d messages waiting; closing", self.session.client_id, self._waiting)
            await self.handle_connection_closed()
            return
        self._waiting += 1
        try:
            waiting = _Waiting(message, asyncio.get_running_loop().create_future())
            await self.session.delivered_message_queue.put(waiting)
            await waiting.delivered
            await self._send_packet(PubackPacket.build(message.packet_id))
        finally:
            self._waiting -= 1

    async def _deliver(self, message: Any) -> None:
        """Send and wait for the answer without a time limit; the end of the connection ends the wait."""
        inflight = self.session.inflight_out
        repeat = message.publish_packet is not None
        inflight[message.packet_id] = message
        waiter: asyncio.Future[PubackPacket] = asyncio.get_running_loop().create_future()
        self._puback_waiters[message.packet_id] = waiter
        try:
            packet = message.build_publish_packet(dup=True) if repeat else message.build_publish_packet()
            message.publish_packet = packet
            await self._send_packet(packet)
            message.puback_packet = await waiter
        finally:
            self._puback_waiters.pop(message.packet_id, None)
            inflight.pop(message.packet_id, None)


class _Broker(Broker):
    """amqtt's broker; `keeper` is the client id of the subscriber whose acknowledgement counts."""

    keeper = ""

    @staticmethod
    def is_kept(topic: str) -> bool:
        """Whether nightwatt must have heard a message on that topic before it is answered."""
        return True

    async def _handle_message_delivery(self, client_session: Any, handler: Any, wait_deliver: Any) -> bool:
        waiting = wait_deliver.result()
        if not isinstance(waiting, _Waiting):
            return bool(await super()._handle_message_delivery(client_session, handler, wait_deliver))
        message = waiting.message
        if not message.topic or any(c in message.topic for c in "+#\0") or message.topic.startswith("$"):
            log.warning("%s published to an impossible topic; closing", client_session.client_id)
            return False
        if message.publish_packet and message.publish_packet.retain_flag:
            await self.retain_message(client_session, message.topic, message.data, message.qos)
        handler.received.put_nowait(waiting)
        if handler.pump is None:
            handler.pump = asyncio.ensure_future(self._pump(handler.received))
        return True

    async def _pump(self, received: asyncio.Queue[_Waiting]) -> None:
        """Deliver the messages of one publisher in their order, as many at once as have come."""
        while True:
            batch = [await received.get()]
            while not received.empty() and len(batch) < PUMP_BATCH:
                batch.append(received.get_nowait())
            for waiting in batch:
                self._copy_to_others(waiting.message)
            while batch:
                heard = await asyncio.gather(*(self._deliver_to_keeper(one.message) for one in batch))
                for one, is_heard in zip(batch, heard, strict=True):
                    if is_heard and not one.delivered.done():
                        one.delivered.set_result(None)
                batch = [one for one in batch if not one.delivered.done()]
                if batch:
                    await asyncio.sleep(NOBODY_LISTENS_S)

    async def _deliver_to_keeper(self, message: Any) -> bool:
        """Whether nightwatt has acknowledged the message, or is not meant to hear it (a meter's status, say)."""
        if not self.is_kept(message.topic):
            return True
        for session in self._subscribers(message.topic):
            if session.client_id == self.keeper and (handler := self._get_handler(session)):
                try:
                    sent = await handler.mqtt_publish(message.topic, message.data, QOS_1, retain=False)
                except (AMQTTError, asyncio.CancelledError, OSError, RuntimeError) as error:
                    log.debug("delivery failed: %r", error)
                    return False
                return bool(sent.puback_packet)
        return False

    def _copy_to_others(self, message: Any) -> None:
        for session in self._subscribers(message.topic):
            if session.client_id != self.keeper and (handler := self._get_handler(session)):
                # At QoS 0: somebody who looks on must not fill our memory by not answering.
                copy = asyncio.ensure_future(handler.mqtt_publish(message.topic, message.data, QOS_0, retain=False))
                copy.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _subscribers(self, topic: str) -> list[Any]:
        """Sessions that are connected and subscribe to the topic, each once."""
        found = {
            session.client_id: session
            for topic_filter, subscriptions in self._subscriptions.items()
            if self._matches(topic, topic_filter)
            for session, _qos in subscriptions
            if session.transitions.is_connected()
        }
        return list(found.values())


class EmbeddedBroker:
    """amqtt on a thread with its own event loop. `keeper` is nightwatt's own client id, `is_kept` what it hears."""

    def __init__(self, host: str, port: int, *, keeper: str, is_kept: Callable[[str], bool]) -> None:
        self._host, self._port, self._keeper, self._is_kept = host, port, keeper, is_kept
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="broker", daemon=True)
        self._broker: _Broker | None = None

    def start(self) -> None:
        """Listen; SetupError where the port can't be had."""
        logging.getLogger("amqtt").setLevel(logging.CRITICAL)
        logging.getLogger("transitions").setLevel(logging.WARNING)
        amqtt.broker.BrokerProtocolHandler = _Handler  # type: ignore[misc]
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(timeout=20)
        except (OSError, AMQTTError, BrokerError) as error:
            raise SetupError(
                f"can't listen for MQTT on {self._host}:{self._port}: another program has the port? "
                "Choose one with NIGHTWATT_MQTT_PORT, or name a broker of your own with NIGHTWATT_MQTT_URL"
            ) from error

    def stop(self) -> None:
        if self._broker is not None:
            try:
                asyncio.run_coroutine_threadsafe(self._broker.shutdown(), self._loop).result(timeout=5)
            except Exception as error:  # nothing of it outlives the process
                log.debug("broker did not stop cleanly: %s", error)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    async def _open(self) -> None:
        self._broker = _Broker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"{self._host}:{self._port}"}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            }
        )
        self._broker.keeper, self._broker.is_kept = self._keeper, self._is_kept  # type: ignore[method-assign]
        await self._broker.start()
