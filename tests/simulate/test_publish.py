"""The city over a broker in memory: nothing is lost by stopping and going on."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.errors import SetupError
from core.interval import DAY_MS, HOUR_MS, MINUTE_MS
from nightwatt.simulate.backfill import MOST_IN_ALL, MOST_PER_CONNECTION, jobs_between
from nightwatt.simulate.city import City
from nightwatt.simulate.clock import CityClock
from nightwatt.simulate.cursor import Cursor, read_cursor, write_cursor
from nightwatt.simulate.messages import backfill_payload
from nightwatt.simulate.publish import open_city, run_city
from tests.simulate.memory_publisher import MemoryBroker
from tests.simulate.truth import START_MS

SPEED = 600.0


@dataclass
class Wall:
    """A wall clock that starts where it is put, and then goes on."""

    at: int
    since: float = field(default_factory=time.monotonic)

    def __call__(self) -> int:
        return self.at + int((time.monotonic() - self.since) * 1000)


def expected(city: City, after: int, until: int) -> set[tuple[str, int]]:
    rows = enumerate(city.registry.meters)
    return {(meter.id, ts) for n, meter in rows for ts in city.readings(n, after, until).ts.tolist()}


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.02)


@contextmanager
def running(city: City, clock: CityClock, broker: MemoryBroker, path: Path) -> Iterator[list[tuple[int, int]]]:
    """The city in a thread, stopped at the end; gives what it told of its progress."""
    stop, told = threading.Event(), list[tuple[int, int]]()
    options = {"cursor": path, "clock": clock, "stop": stop, "history_days": 1}
    thread = threading.Thread(
        target=run_city,
        args=(city,),
        kwargs={**options, "publisher_factory": broker.connect, "progress": lambda *now: told.append(now)},
    )
    thread.start()
    try:
        yield told
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def live_until(path: Path) -> int:
    kept = read_cursor(path)
    return kept.live_until if kept else 0


def test_history_and_live_readings_all_arrive(tmp_path: Path) -> None:
    path, broker = tmp_path / "city.json", MemoryBroker()
    city, clock = open_city(path, wall=Wall(START_MS), speed=SPEED)
    with running(city, clock, broker, path) as told:
        until(lambda: live_until(path) >= START_MS + 10 * MINUTE_MS)
    found = set(broker.readings())
    assert expected(city, START_MS - DAY_MS, live_until(path)) <= found
    assert told[-1][0] == told[-1][1] == 88 * 96 + 135 * 1440
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_after_a_kill_in_the_middle_of_history_every_reading_arrives_at_least_once(tmp_path: Path) -> None:
    path, killed = tmp_path / "city.json", tmp_path / "as-killed.json"
    city, clock = open_city(path, wall=Wall(START_MS), speed=SPEED)
    full = threading.Event()

    def kill() -> None:
        killed.write_bytes(path.read_bytes())  # what a kill -9 would have left
        full.set()

    first, second = MemoryBroker(most=450, on_full=kill), MemoryBroker()
    with running(city, clock, first, path):
        assert full.wait(10)
    killed.replace(path)
    city, clock = open_city(path, wall=Wall(START_MS + 5 * MINUTE_MS), speed=SPEED)
    with running(city, clock, second, path):
        until(lambda: live_until(path) >= START_MS + 8 * MINUTE_MS)
    assert city.start_at == START_MS
    assert sum(first.most_unacknowledged.values()) <= MOST_IN_ALL
    assert max(first.most_unacknowledged.values()) <= MOST_PER_CONNECTION
    both = MemoryBroker()
    both.messages = first.messages + second.messages
    assert expected(city, START_MS - DAY_MS, live_until(path)) <= set(both.readings())


def test_a_gap_between_two_runs_is_filled_with_backfill(tmp_path: Path) -> None:
    path, broker = tmp_path / "city.json", MemoryBroker()
    write_cursor(path, Cursor(2017, START_MS, 0, 0, START_MS + HOUR_MS, START_MS + HOUR_MS))
    city, clock = open_city(path, wall=Wall(START_MS + 8 * HOUR_MS), speed=SPEED)
    with running(city, clock, broker, path):
        until(lambda: live_until(path) >= START_MS + 8 * HOUR_MS + 3 * MINUTE_MS)
    assert expected(city, START_MS + HOUR_MS, live_until(path)) <= set(broker.readings())
    first = next(json.loads(payload) for topic, payload, _ in broker.messages if topic.endswith("telemetry"))
    assert {row["src"] for row in first} == {"backfill"}


def test_live_readings_carry_every_quantity(city: City, tmp_path: Path) -> None:
    path, broker = tmp_path / "city.json", MemoryBroker()
    write_cursor(path, Cursor(2017, START_MS, 0, 0, START_MS, START_MS))
    _, clock = open_city(path, wall=Wall(START_MS), speed=SPEED)
    with running(city, clock, broker, path):
        until(lambda: live_until(path) >= START_MS + 2 * MINUTE_MS)
    row = next(json.loads(payload) for topic, payload, _ in broker.messages if "/ZZ-001-T1-M/telemetry" in topic)
    assert set(row) == {"ts", "p", "ep", "q", "pf", "ua", "ub", "uc", "ia", "ib", "ic", "f", "seq", "src"}
    assert (row["ts"], row["seq"], row["src"]) == (START_MS + MINUTE_MS, 1, "realtime")


def test_each_enterprise_has_a_connection_and_each_meter_a_retained_status(city: City, tmp_path: Path) -> None:
    path, broker = tmp_path / "city.json", MemoryBroker()
    write_cursor(path, Cursor(2017, START_MS, 0, 0, START_MS, START_MS))
    _, clock = open_city(path, wall=Wall(START_MS), speed=SPEED)
    with running(city, clock, broker, path):
        until(lambda: live_until(path) >= START_MS + 2 * MINUTE_MS)
    online = {t for t, payload, retain in broker.messages if t.endswith("/status") and payload == b"online" and retain}
    assert len(broker.clients) == len(broker.closed) == 88
    assert broker.clients["nightwatt-city-ZZ-004"] == "nightwatt/v1/ZZ-004/ZZ-004-F-M/status"
    assert online == {f"nightwatt/v1/{m.id[:6]}/{m.id}/status" for m in city.registry.meters}


def test_a_meter_that_falls_silent_is_told_offline_and_later_online(city: City, tmp_path: Path) -> None:
    path, broker = tmp_path / "city.json", MemoryBroker()
    event = next(e for e in city.plot.hour(0) if e.kind == "silent")
    begin = event.from_at // MINUTE_MS * MINUTE_MS - 2 * MINUTE_MS
    write_cursor(path, Cursor(2017, START_MS, 0, 0, begin, begin))
    clock = CityClock(anchor_city=begin, anchor_wall=0, speed=SPEED * 5, wall=Wall(0))
    with running(city, clock, broker, path):
        until(lambda: live_until(path) >= event.to_at + 3 * MINUTE_MS)
    topic = f"nightwatt/v1/{event.enterprise}/{event.subject}/status"
    assert [payload for t, payload, _ in broker.messages if t == topic] == [b"online", b"offline", b"online"]


def test_messages_of_history_bring_feeders_first_and_hold_a_day_at_most(city: City) -> None:
    jobs = jobs_between(city, START_MS - 14 * DAY_MS, START_MS)
    assert all(city.is_feeder(job.meter) for job in jobs[:88])
    assert not any(city.is_feeder(job.meter) for job in jobs[88:])
    assert max(job.readings for job in jobs) <= 1440
    assert sum(job.readings for job in jobs) == 14 * (88 * 96 + 135 * 1440)
    starts = [job.after for job in jobs[88:]]
    assert starts == sorted(starts)


def test_a_backfill_message_says_what_the_city_knows(city: City) -> None:
    stretch = city.readings(0, START_MS - HOUR_MS, START_MS)
    rows = json.loads(backfill_payload(stretch))
    assert [row["ts"] for row in rows] == stretch.ts.tolist()
    assert [row["ep"] for row in rows] == pytest.approx(stretch.ep.tolist(), abs=1e-4)


def test_the_clock_of_the_city_runs_faster_than_the_walls() -> None:
    clock = CityClock(anchor_city=5_000, anchor_wall=1_000, speed=60, wall=lambda: 1_500)
    assert clock.now() == 35_000
    assert clock.seconds_until(95_000) == pytest.approx(1.0)
    assert clock.seconds_until(0) == 0


def test_the_clock_never_goes_back_at_a_second_start(tmp_path: Path) -> None:
    path = tmp_path / "city.json"
    write_cursor(path, Cursor(2017, START_MS, 14, 3, START_MS, START_MS + 9 * HOUR_MS))
    city, clock = open_city(path, wall=lambda: START_MS + HOUR_MS, speed=10)
    assert (city.start_at, clock.now()) == (START_MS, START_MS + 9 * HOUR_MS)


@pytest.mark.parametrize("text", [b"", b"{", b'{"seed": 1}', b"[]", b"\xff"])
def test_a_cursor_that_cannot_be_read_is_named(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "city.json").write_bytes(text)
    with pytest.raises(SetupError, match=r"city\.json"):
        open_city(tmp_path / "city.json", wall=lambda: START_MS)
