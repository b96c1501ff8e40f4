"""The embedded broker answers a meter only when nightwatt has, keeps order, and nobody else holds it up."""

import threading

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from core.errors import SetupError, StoreAway
from ingest.mqtt import Broker, Publisher
from nightwatt.broker import EmbeddedBroker
from tests.listening import Listening
from tests.system.service import free_ports

TOPIC = "nightwatt/v1/E1/M1/telemetry"
WITHIN_S = 20


class Road:
    """Takes messages when the gate is open; while it is closed, batches wait in it."""

    def __init__(self) -> None:
        self.gate, self.entered = threading.Event(), threading.Event()
        self.taken: list[bytes] = []
        self.gone = False

    def run(self, messages) -> None:
        self.entered.set()
        assert self.gate.wait(WITHIN_S)
        if self.gone:
            raise StoreAway("the service is stopping")
        self.taken += [message.payload for message in messages]


def is_telemetry(topic: str) -> bool:
    return topic.endswith("/telemetry")


@pytest.fixture
def port():
    (found,) = free_ports(1)
    broker = EmbeddedBroker("127.0.0.1", found, keeper="nightwatt", is_kept=is_telemetry)
    broker.start()
    yield found
    broker.stop()


def listening(port: int, road: Road) -> Listening:
    subscriber = Listening(Broker("127.0.0.1", port), road, client_id="nightwatt", topics=[TOPIC])
    subscriber.start()
    assert subscriber.subscribed.wait(WITHIN_S)
    return subscriber


def meter(port: int, client_id: str = "meter") -> Publisher:
    return Publisher(Broker("127.0.0.1", port), client_id=client_id)


def test_a_meter_is_answered_only_after_the_road_has_taken_its_message(port):
    road, publisher = Road(), meter(port)
    subscriber = listening(port, road)
    delivery = publisher.publish(TOPIC, b"1")
    assert road.entered.wait(WITHIN_S)
    assert not delivery.wait(0.5)
    road.gate.set()
    assert delivery.wait(WITHIN_S)
    assert road.taken == [b"1"]
    publisher.close()
    subscriber.stop()


def test_messages_wait_for_a_listener_and_come_in_order(port):
    publisher = meter(port)
    deliveries = [publisher.publish(TOPIC, b"%d" % i) for i in range(200)]
    assert not deliveries[0].wait(0.5)
    road = Road()
    road.gate.set()
    subscriber = listening(port, road)
    assert all(delivery.wait(WITHIN_S) for delivery in deliveries)
    assert road.taken == [b"%d" % i for i in range(200)]
    publisher.close()
    subscriber.stop()


def test_what_a_stopping_service_did_not_take_comes_again_in_order(port):
    first, publisher = Road(), meter(port)
    subscriber = listening(port, first)
    deliveries = [publisher.publish(TOPIC, b"%d" % i) for i in range(30)]
    assert first.entered.wait(WITHIN_S)
    first.gone = True
    first.gate.set()
    subscriber.stop()
    assert not any(delivery.done for delivery in deliveries)
    second = Road()
    second.gate.set()
    again = listening(port, second)
    assert all(delivery.wait(WITHIN_S) for delivery in deliveries)
    assert list(dict.fromkeys(second.taken)) == [b"%d" % i for i in range(30)]
    publisher.close()
    again.stop()


def test_somebody_who_looks_on_gets_copies_and_holds_up_nobody(port):
    seen, subscribed = [], threading.Event()
    onlooker = paho.Client(CallbackAPIVersion.VERSION2, client_id="onlooker", manual_ack=True)
    onlooker.on_message = lambda _client, _userdata, message: seen.append(message.payload)
    onlooker.on_subscribe = lambda *_: subscribed.set()
    onlooker.connect("127.0.0.1", port)
    onlooker.loop_start()
    onlooker.subscribe("#", qos=1)
    assert subscribed.wait(WITHIN_S)
    road, publisher = Road(), meter(port)
    road.gate.set()
    subscriber = listening(port, road)
    deliveries = [publisher.publish(TOPIC, b"%d" % i) for i in range(20)]
    assert all(delivery.wait(WITHIN_S) for delivery in deliveries)
    assert len(road.taken) == 20
    onlooker.loop_stop()
    assert set(seen) <= {b"%d" % i for i in range(20)}
    assert seen
    publisher.close()
    subscriber.stop()


def test_a_status_is_retained_and_answered_without_a_listener(port):
    publisher = meter(port)
    assert publisher.publish("nightwatt/v1/E1/M1/status", b"online", retain=True).wait(WITHIN_S)
    publisher.close()


def test_a_port_in_use_is_one_line_that_names_the_setting(port):
    with pytest.raises(SetupError, match="NIGHTWATT_MQTT_PORT"):
        EmbeddedBroker(
            "127.0.0.1", port, keeper="nightwatt", is_kept=lambda topic: topic.endswith("/telemetry")
        ).start()
