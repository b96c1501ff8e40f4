"""The subscriber over a real broker: acknowledged when safe, delivered again when not."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from core.errors import StoreAway
from ingest.message import Answer, Message
from ingest.mqtt import Broker, Publisher
from tests.listening import Listening
from tests.mosquitto import Mosquitto, running_mosquitto

TOPIC = "nightwatt/v1/works/m1/telemetry"
TOPICS = ["nightwatt/v1/+/+/telemetry"]
DEADLINE_S = 45
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.system


class Gate:
    """A road that can be closed: messages wait in it, and are not safe before it is opened."""

    def __init__(self, *, opened: bool = True) -> None:
        self.entered: list[bytes] = []
        self.safe: list[bytes] = []
        self.open = threading.Event()
        self.fails: Exception | None = None
        if opened:
            self.open.set()

    def run(self, messages: Sequence[Message]) -> None:
        self.entered += [message.payload for message in messages]
        assert self.open.wait(DEADLINE_S)
        if self.fails:
            raise self.fails
        self.safe += [message.payload for message in messages]


class Place:
    """A broker, and everything that talks to it and must be closed at the end."""

    def __init__(self, mosquitto: Mosquitto) -> None:
        self.mosquitto = mosquitto
        self.broker = Broker("127.0.0.1", mosquitto.port)
        self._close: list[Callable[[], None]] = []

    def subscriber(self, road: Gate, client_id: str = "nightwatt") -> Listening:
        made = Listening(self.broker, road, topics=TOPICS, client_id=client_id, clock=lambda: 1_763_741_100_000)
        self._close += [made.stop, road.open.set]
        made.start()
        assert made.subscribed.wait(DEADLINE_S), made.trouble
        return made

    def publisher(self, client_id: str = "meter") -> Publisher:
        made = Publisher(self.broker, client_id=client_id)
        self._close.append(made.close)
        if self.mosquitto.is_running:
            # What paho is handed before it is connected may be overtaken by what it is handed while it connects.
            until(lambda: made.connections, what="the publisher's connection")
        return made

    def publish(self, *payloads: bytes) -> None:
        publisher = self.publisher(f"meter-{len(self._close)}")
        assert all(d.wait(DEADLINE_S) for d in [publisher.publish(TOPIC, payload) for payload in payloads])

    def close(self) -> None:
        for close in reversed(self._close):
            close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with running_mosquitto(tmp_path) as mosquitto:
        made = Place(mosquitto)
        try:
            yield made
        finally:
            made.close()


def until(condition: Callable[[], object], *, what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.02)


def left_over(place: Place, payload: bytes = b"last") -> list[bytes]:
    """What the broker still had for the session, with one more message that marks the end."""
    gate = Gate()
    subscriber = place.subscriber(gate)
    place.publish(payload)
    until(lambda: payload in gate.safe, what="the last message")
    subscriber.stop()
    return gate.safe


def test_messages_arrive_whole_and_in_order_with_their_time_of_arrival(place: Place) -> None:
    arrived: list[Message] = []
    gate = Gate()
    gate.run = lambda messages: arrived.extend(messages)  # type: ignore[method-assign]
    place.subscriber(gate)
    place.publish(*(b"%d" % i for i in range(300)))
    until(lambda: len(arrived) == 300, what="300 messages")
    assert [message.payload for message in arrived] == [b"%d" % i for i in range(300)]
    assert {(message.topic, message.received_at) for message in arrived} == {(TOPIC, 1_763_741_100_000)}


def test_what_was_safe_is_acknowledged_and_not_delivered_again(place: Place) -> None:
    gate = Gate()
    subscriber = place.subscriber(gate)
    place.publish(b"one", b"two")
    until(lambda: gate.safe == [b"one", b"two"], what="two messages")
    until(lambda: place.mosquitto.log().count("PUBACK from nightwatt") == 2, what="two acknowledgements")
    subscriber.stop()
    assert left_over(place) == [b"last"]


def test_nothing_is_acknowledged_before_the_road_has_returned(place: Place) -> None:
    gate = Gate(opened=False)
    place.subscriber(gate)
    place.publish(b"one")
    until(lambda: gate.entered, what="the message is on the road")
    place.publish(b"two")  # a whole round trip through the broker later …
    assert "PUBACK from nightwatt" not in place.mosquitto.log()
    gate.open.set()
    until(lambda: place.mosquitto.log().count("PUBACK from nightwatt") == 2, what="two acknowledgements")
    assert gate.safe == [b"one", b"two"]


def test_messages_that_come_while_the_road_is_busy_make_one_batch(place: Place) -> None:
    sizes: list[int] = []
    gate = Gate(opened=False)
    inner = gate.run

    def counted(messages: Sequence[Message]) -> None:
        sizes.append(len(messages))
        inner(messages)

    gate.run = counted  # type: ignore[method-assign]
    subscriber = place.subscriber(gate)
    place.publish(b"first")
    until(lambda: sizes, what="the first batch")
    place.publish(*(b"%d" % i for i in range(50)))
    until(lambda: subscriber.intake.waiting == 50, what="50 waiting messages")
    gate.open.set()
    until(lambda: len(gate.safe) == 51, what="all messages")
    assert sizes == [1, 50]


def test_what_a_service_that_died_had_not_acknowledged_the_next_one_gets(place: Place, tmp_path: Path) -> None:
    entered = tmp_path / "entered"
    dying = subprocess.Popen([sys.executable, "-c", DYING_SERVICE, str(place.mosquitto.port), str(entered)], cwd=ROOT)
    try:
        until(lambda: entered.exists() and entered.read_bytes() == b"subscribed", what="the service")
        place.publish(b"one", b"two")
        until(lambda: b"one" in entered.read_bytes(), what="a message inside the service")
        place.publish(b"three")
    finally:
        os.kill(dying.pid, signal.SIGKILL)
        dying.wait(DEADLINE_S)
    assert left_over(place) == [b"one", b"two", b"three", b"last"]


DYING_SERVICE = """
import sys, threading
from pathlib import Path
from ingest.mqtt import Broker
from tests.listening import Listening

entered = Path(sys.argv[2])

class Stuck:
    def run(self, messages):
        entered.write_bytes(b"".join(message.payload for message in messages))
        threading.Event().wait()

service = Listening(
    Broker("127.0.0.1", int(sys.argv[1])), Stuck(), client_id="nightwatt", topics=["nightwatt/v1/+/+/telemetry"]
)
service.start()
assert service.subscribed.wait(30)
entered.write_bytes(b"subscribed")
threading.Event().wait()
"""


def test_a_batch_on_the_road_when_the_service_stops_is_delivered_again(place: Place) -> None:
    gate = Gate(opened=False)
    gate.fails = StoreAway("the store is away and the service stops")
    subscriber = place.subscriber(gate)
    place.publish(b"one")
    until(lambda: gate.entered, what="the message is on the road")
    gate.open.set()
    subscriber.stop()
    assert left_over(place) == [b"one", b"last"]


def test_messages_sent_while_no_service_runs_wait_in_the_broker(place: Place) -> None:
    place.subscriber(Gate()).stop()
    place.publish(b"one", b"two")
    assert left_over(place) == [b"one", b"two", b"last"]


def test_after_a_restart_of_the_broker_the_subscriber_is_back_and_nothing_is_lost(place: Place) -> None:
    gate = Gate()
    subscriber = place.subscriber(gate)
    place.publish(b"before")
    until(lambda: gate.safe, what="the message before")
    place.mosquitto.stop()
    until(lambda: not subscriber.subscribed.is_set(), what="the loss is noticed")
    assert subscriber.trouble.startswith("disconnected from the broker")
    publisher = place.publisher()
    waiting = publisher.publish(TOPIC, b"while away")
    place.mosquitto.start()
    assert subscriber.subscribed.wait(DEADLINE_S)
    assert waiting.wait(DEADLINE_S)
    place.publish(b"after")
    until(lambda: {b"before", b"while away", b"after"} <= set(gate.safe), what="all three")
    assert subscriber.trouble == ""


def test_a_broker_that_stops_while_a_batch_is_on_the_road_delivers_it_again(place: Place) -> None:
    gate = Gate(opened=False)
    subscriber = place.subscriber(gate)
    place.publish(b"one")
    until(lambda: gate.entered == [b"one"], what="the message is on the road")
    place.mosquitto.stop()
    until(lambda: not subscriber.subscribed.is_set(), what="the loss is noticed")
    place.mosquitto.start()
    assert subscriber.subscribed.wait(DEADLINE_S)
    gate.open.set()
    until(lambda: gate.safe[:2] == [b"one", b"one"], what="the message once more")
    subscriber.stop()
    assert left_over(place) == [b"last"]


def test_a_killed_broker_is_connected_to_again(place: Place) -> None:
    gate = Gate()
    subscriber = place.subscriber(gate)
    place.mosquitto.kill()
    until(lambda: not subscriber.subscribed.is_set(), what="the loss is noticed")
    place.mosquitto.start()
    assert subscriber.subscribed.wait(DEADLINE_S)
    place.publish(b"after")
    until(lambda: gate.safe == [b"after"], what="the message after")


def test_a_queue_that_is_full_leaves_the_rest_with_the_broker_and_loses_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.intake.QUEUE_BYTES", 400)
    gate = Gate(opened=False)
    subscriber = place.subscriber(gate)
    payloads = [b"%03d" % i + b"." * 97 for i in range(60)]
    place.publish(*payloads)
    until(lambda: not subscriber.intake._has_room(), what="a full queue")
    assert subscriber.intake.waiting <= 5
    gate.open.set()
    until(lambda: len(gate.safe) == 60, what="60 messages")
    assert gate.safe == payloads


def test_many_small_messages_that_arrive_in_one_go_are_all_taken_at_once(place: Place) -> None:
    """More packets than one reading of the socket holds: none may be left lying until the next one comes."""
    gate = Gate()
    subscriber = place.subscriber(gate)
    subscriber.stop()
    payloads = [b"%05d" % i for i in range(5_000)]
    place.publish(*payloads)
    place.subscriber(gate)
    until(lambda: len(gate.safe) == 5_000, what="5,000 messages")
    assert sorted(gate.safe) == payloads


@pytest.mark.parametrize("topic", ["", "a/+/b", "a/#"])
def test_an_answer_to_no_topic_disturbs_nobody(place: Place, topic: str, caplog: pytest.LogCaptureFixture) -> None:
    subscriber = place.subscriber(Gate()).subscriber
    subscriber.answer(Message("t", b"", 0, 0.0), Answer(topic, b"x"))
    assert "can't be sent" in caplog.text
