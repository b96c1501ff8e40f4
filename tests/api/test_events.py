"""New transitions as server-sent events, over a real server."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn

from api import events
from api.events import Feed
from api.passwords import hash_secret, new_secret
from core.alarm import State
from tests.api.place import Place
from tests.cases import NOON

DEADLINE_S = 10.0


@dataclass
class Served:
    """A place that is reached over HTTP."""

    place: Place
    address: str

    @property
    def feed(self) -> Feed:
        feed: Feed = self.place.app.state.feed
        return feed

    @contextmanager
    def hearing(self, username: str, **headers: str) -> Iterator["Heard"]:
        """An open stream; entered once the server counts it as a listener."""
        secret = new_secret()
        self.place.services.accounts.add_token(username, "ear", hash_secret(secret), now=NOON)
        headers |= {"Authorization": f"Bearer {secret}"}
        url = f"{self.address}/api/v1/events"
        with httpx.stream("GET", url, headers=headers, timeout=DEADLINE_S, trust_env=False) as answer:
            yield Heard(answer)


class Heard:
    """What comes over a stream, line by line."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.iter_lines()
        if answer.status_code == 200:
            assert next(self._lines) == ": listening"

    def event(self) -> dict[str, Any]:
        """The next event's data; its id and name are checked on the way."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if not line and "data" in fields:
                break
            name, _, value = line.partition(": ")
            fields[name] = value
        told: dict[str, Any] = json.loads(fields["data"])
        assert (fields["event"], fields["id"]) == ("transition", str(told["id"]))
        return told

    def rest(self) -> list[str]:
        """Everything until the server ends the stream."""
        return [line for line in self._lines if line]


@pytest.fixture
def served(place: Place) -> Iterator[Served]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(place.app, log_level="warning", timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    eventually(lambda: server.started)
    yield Served(place, f"http://127.0.0.1:{listening.getsockname()[1]}")
    place.app.state.feed.close()
    server.should_exit = True
    thread.join(DEADLINE_S)
    assert not thread.is_alive()


def eventually(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


def test_a_new_transition_is_told_at_once_as_it_was_written(served: Served) -> None:
    with served.hearing("tian") as heard:
        assert heard.answer.headers["content-type"].startswith("text/event-stream")
        id = served.place.record(severity=3, reason="60 min without a dust filter\nstill")
        assert heard.event() == {
            "id": id,
            "alarm": 1,
            "at": "2026-03-20T04:00:00Z",
            "rule": "interlock",
            "subject": "foundry-L1",
            "enterprise": "foundry",
            "severity": 3,
            "state": "active",
            "reason": "60 min without a dust filter\nstill",
            "ticket": False,
        }


def test_nobody_hears_of_another_district(served: Served) -> None:
    with served.hearing("tian") as tian, served.hearing("lu") as lu, served.hearing("monitor") as monitor:
        foreign = served.place.record(severity=3)
        own = served.place.record(enterprise="paint", subject="paint-L1", severity=3)
        assert lu.event()["id"] == own
        assert tian.event()["id"] == foreign
        assert [monitor.event()["id"], monitor.event()["id"]] == [foreign, own]


def test_what_was_missed_is_told_first_and_nothing_twice(served: Served) -> None:
    with served.hearing("monitor") as first:
        seen = served.place.record(severity=3)
        assert first.event()["id"] == seen
    missed = served.place.record(state=State.NORMAL, at=NOON + 1)
    with served.hearing("tian", **{"Last-Event-ID": str(seen)}) as again:
        assert again.event()["id"] == missed
        later = served.place.record(since=NOON + 2, at=NOON + 2)
        assert again.event()["id"] == later


def test_history_longer_than_a_queue_is_told_whole(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BATCH", 3)
    for minute in range(5):
        at = NOON + 60_000 * minute
        served.place.record(since=at + 1, at=at + 1)
        served.place.record(since=at + 1, at=at + 2, state=State.NORMAL)
    newest = served.place.services.alarms.last_transition()
    with served.hearing("monitor", **{"Last-Event-ID": "0"}) as heard:
        assert [heard.event()["id"] for _ in range(newest)] == list(range(1, newest + 1))


@pytest.mark.parametrize("odd", ["never", "-1", "9" * 30])
def test_an_odd_last_event_id_starts_with_what_is_new(served: Served, odd: str) -> None:
    with served.hearing("monitor", **{"Last-Event-ID": odd}) as heard:
        id = served.place.record(severity=3)
        assert heard.event()["id"] == id


def test_the_poller_rests_while_nobody_listens_and_starts_again(served: Served) -> None:
    for state in (State.ACTIVE, State.NORMAL):
        with served.hearing("monitor") as heard:
            id = served.place.record(severity=3, state=state)
            assert heard.event()["id"] == id
        eventually(lambda: not served.feed.listeners)
        eventually(lambda: served.feed._poller is None or served.feed._poller.done())


def test_one_person_can_not_take_all_the_room(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_PER_USER", 1)
    with served.hearing("lu") as first:
        assert first.answer.status_code == 200
        with served.hearing("lu") as second:
            assert (second.answer.status_code, second.answer.headers["retry-after"]) == (503, "10")
        with served.hearing("tian") as other:
            assert other.answer.status_code == 200


def test_closing_the_feed_ends_the_streams(served: Served) -> None:
    with served.hearing("monitor") as heard:
        served.feed.close()
        assert heard.rest() == ["retry: 2000"]


def test_a_store_that_is_away_for_a_while_loses_nothing(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    book, asked = served.place.services.alarms, threading.Event()

    def away(*args: object, **kwargs: object) -> None:
        asked.set()
        raise OSError("gone")

    with served.hearing("monitor") as heard, monkeypatch.context() as patched:
        patched.setattr(type(book), "transitions", away)
        id = served.place.record(severity=3)
        assert asked.wait(DEADLINE_S)
        patched.undo()
        assert heard.event()["id"] == id
