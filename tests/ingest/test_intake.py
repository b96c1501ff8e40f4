"""The worker where all wires meet: nothing that fails may end it while the service runs."""

import threading
import time
from collections.abc import Sequence

from core.errors import StoreAway
from ingest.intake import Intake
from ingest.message import Answer, Message

DEADLINE_S = 20


class Origin:
    """Notes what it is told; safe for two threads."""

    def __init__(self) -> None:
        self.safe: list[bytes] = []
        self.told = threading.Event()

    def acknowledge(self, messages: Sequence[Message]) -> None:
        self.safe += [message.payload for message in messages]
        self.told.set()

    def answer(self, message: Message, answer: Answer) -> None:
        raise AssertionError("nobody answers here")


class Road:
    """Fails on what it is told to fail on."""

    def __init__(self, error: Exception) -> None:
        self.error, self.failed = error, threading.Event()

    def run(self, messages: Sequence[Message]) -> None:
        if any(message.payload == b"bad" for message in messages):
            self.failed.set()
            raise self.error


def message(payload: bytes, origin: Origin) -> Message:
    return Message("t", payload, 0, time.monotonic(), origin=origin)


def sent_past(error: Exception) -> tuple[Intake, Origin]:
    """What a batch that fails so leaves behind, once the next one is through."""
    road, origin = Road(error), Origin()
    intake = Intake(road)
    intake.start()
    intake.put(message(b"bad", origin))
    assert road.failed.wait(DEADLINE_S)
    intake.put(message(b"good", origin))
    assert origin.told.wait(DEADLINE_S)
    intake.stop()
    return intake, origin


def test_a_batch_that_fails_is_not_acknowledged_and_the_next_one_goes_on() -> None:
    intake, origin = sent_past(ZeroDivisionError("nobody foresaw this"))
    assert origin.safe == [b"good"]
    assert "failed" in intake.trouble


def test_a_store_that_is_away_where_nobody_waits_for_it_does_not_end_the_worker() -> None:
    intake, origin = sent_past(StoreAway("the database was told to be away"))
    assert origin.safe == [b"good"]
    assert "failed" in intake.trouble
