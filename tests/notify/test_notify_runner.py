import threading
from collections.abc import Callable, Iterator

import pytest

from core.errors import StoreAway
from core.notification import Due
from notify import runner as runner_module
from notify.memory import MemoryChannel, MemoryOutbox
from notify.runner import Runner
from tests.notify.cases import City, Watcher, due, route


class Signalling(MemoryOutbox):
    """An outbox that says when it was asked and when something was closed, and can be away."""

    def __init__(self) -> None:
        super().__init__([route()])
        self.asked, self.closed = threading.Semaphore(0), threading.Event()
        self.errors: list[Exception] = []

    def claim(self, *, now: int, lease_for: int, limit: int) -> list[Due]:
        self.asked.release()
        if self.errors:
            raise self.errors.pop(0)
        return super().claim(now=now, lease_for=lease_for, limit=limit)

    def done(self, transition: int, *, outcome: str, now: int) -> None:
        super().done(transition, outcome=outcome, now=now)
        self.closed.set()


@pytest.fixture
def started() -> Iterator[Callable[[Signalling], tuple[Runner, Watcher]]]:
    runners: list[Runner] = []

    def start(outbox: Signalling) -> tuple[Runner, Watcher]:
        town = City(outbox, {"memory": MemoryChannel()})
        runners.append(Runner(town.notifier, observe=town.watcher))
        runners[-1].start()
        return runners[-1], town.watcher

    yield start
    for runner in runners:
        assert runner.stop(10)


Start = Callable[[Signalling], tuple[Runner, Watcher]]


def test_what_waits_at_the_start_is_told_at_once(started: Start) -> None:
    outbox = Signalling()
    outbox.put(due())
    started(outbox)
    assert outbox.closed.wait(10)


def test_a_wake_does_not_wait_for_the_poll(started: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "POLL_EVERY_S", 3600.0)
    outbox = Signalling()
    runner, _ = started(outbox)
    assert outbox.asked.acquire(timeout=10)
    outbox.put(due())
    runner.wake()
    assert outbox.closed.wait(10)


def test_without_a_wake_the_outbox_is_polled(started: Start) -> None:
    outbox = Signalling()
    started(outbox)
    assert outbox.asked.acquire(timeout=10)
    outbox.put(due())
    assert outbox.closed.wait(10)


@pytest.mark.parametrize(("error", "where"), [(StoreAway("away"), "store"), (RuntimeError("odd"), "drain")])
def test_a_stumble_is_counted_and_the_next_round_succeeds(started: Start, error: Exception, where: str) -> None:
    outbox = Signalling()
    outbox.errors = [error]
    outbox.put(due())
    runner, watcher = started(outbox)
    assert outbox.closed.wait(10)
    assert watcher.stumbles == [where]
    assert runner.stop(10)
    assert runner.failing is False


def test_a_stopped_runner_takes_nothing_more(started: Start) -> None:
    outbox = Signalling()
    runner, _ = started(outbox)
    assert runner.stop(10)
    outbox.put(due())
    runner.wake()
    assert not outbox.closed.is_set()
    assert outbox.rows[42].outcome == ""


def test_a_runner_that_never_started_can_be_stopped() -> None:
    town = City(Signalling(), {})
    assert Runner(town.notifier, observe=town.watcher).stop(1)
