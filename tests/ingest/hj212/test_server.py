"""The HJ 212 server over real sockets: nothing is lost, and answers go out once the data is safe."""

import random
import socket
import threading

import pytest

from core.errors import SetupError
from ingest.hj212.server import Hj212Server
from ingest.hj212.station import Hj212Limits
from ingest.intake import QUEUE_MESSAGES
from tests.ingest.hj212.road import (
    DEADLINE_S,
    MN,
    NOON,
    Recording,
    Station,
    broken,
    captured,
    eventually,
    frame,
    running,
)


def test_a_frame_becomes_a_message_and_is_answered() -> None:
    with running() as place:
        station = place.station().send(frame(7))
        [answer] = station.answers(1)
        assert (answer.cn, answer.qn, answer.mn, answer.st) == ("9014", "20260320000000007", MN, "91")
        [message] = place.road.messages
        assert (message.topic, message.payload, message.received_at) == ("hj212", frame(7), NOON)
        station.close()


def test_an_answer_goes_out_only_once_the_data_is_safe() -> None:
    with running() as place:
        place.road.open.clear()
        station = place.station().send(frame())
        station.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            station.answers(1)
        place.road.open.set()
        station.socket.settimeout(30)
        assert len(station.answers(1)) == 1


@pytest.mark.parametrize("seed", [1, 2])
def test_captured_and_broken_frames_in_random_cuts_all_arrive_as_they_were_sent(seed: int) -> None:
    random.seed(seed)
    lines = captured() + broken()
    if seed == 2:
        random.shuffle(lines)
    stream = b"".join(line + b"\r\n" for line in lines)
    with running() as place:
        station = place.station()
        at = 0
        while at < len(stream):
            size = random.choice([1, 3, 100, 1460, 5000, 65_536])
            station.send(stream[at : at + size])
            at += size
        station.finish()
        answers = station.answers()
        eventually(lambda: sum(map(len, place.road.pieces)) == len(stream))
        assert b"".join(place.road.pieces) == stream
        assert {answer.cn for answer in answers} <= {"9014"}
        assert not place.seen.turned_away


def test_the_peer_that_has_said_all_gets_its_answers_and_then_the_end() -> None:
    with running() as place:
        place.road.open.clear()
        station = place.station().send(b"".join(frame(i) for i in range(100))).finish()
        eventually(lambda: place.intake.waiting or place.server.connections)
        place.road.open.set()
        assert len(station.answers()) == 100


def test_what_is_unfinished_at_the_end_is_kept_too() -> None:
    with running() as place:
        place.station().send(frame(1) + frame(2)[:-2]).finish().answers()
        place.station().send(frame(3)[:50]).close()
        eventually(lambda: len(place.road.messages) == 3)
        assert sorted(place.road.pieces) == sorted([frame(1), frame(2)[:-2], frame(3)[:50]])


def test_without_room_a_connection_is_not_read_and_nothing_is_lost() -> None:
    data = b"".join(frame(i, flag=None, remark="x" * 800) for i in range(30_000))
    with running(limits=Hj212Limits(frames_per_s=10**9)) as place:
        place.road.open.clear()
        station = place.station()
        sending = threading.Thread(target=lambda: station.send(data).finish())
        sending.start()
        eventually(lambda: place.intake.waiting == QUEUE_MESSAGES)
        sending.join(timeout=0.5)
        assert sending.is_alive()
        assert place.intake.waiting == QUEUE_MESSAGES
        place.road.open.set()
        assert station.answers() == []
        eventually(lambda: len(place.road.messages) == 30_000)
        assert b"".join(place.road.pieces) == data


def test_others_are_heard_while_one_floods() -> None:
    with running(limits=Hj212Limits(frames_per_s=50, burst_frames=50)) as place:
        flood, other = place.station(), place.station()
        flood.send(b"".join(frame(i) for i in range(150)))
        other.send(frame(0, mn="LD2"))
        assert other.answers(1)[0].mn == "LD2"
        assert len(flood.answers(150)) == 150


def test_a_peer_that_never_reads_its_answers_is_closed() -> None:
    with running(limits=Hj212Limits(unread_bytes=4_096)) as place:
        station = socket.socket()
        station.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        station.connect(("127.0.0.1", place.server.port))
        station.settimeout(DEADLINE_S)
        data = b"".join(frame(i) for i in range(5_000))
        with pytest.raises(OSError, match=r"reset|pipe"):
            station.sendall(data * 200)
        eventually(lambda: place.seen.turned_away["does not read its answers"] == 1)
        eventually(lambda: place.server.connections == 0)


def test_five_hundred_stations_at_once_are_all_answered() -> None:
    with running() as place:
        stations = [place.station() for _ in range(500)]
        for number, station in enumerate(stations):
            station.send(frame(number, mn=f"LD{number}"))
        assert [station.answers(1)[0].mn for station in stations] == [f"LD{n}" for n in range(500)]
        assert place.server.connections == place.seen.connections == 500
        for station in stations:
            station.close()
        eventually(lambda: place.seen.connections == 0)


def test_a_port_that_is_taken_is_said_in_words() -> None:
    with running() as place:
        second = Hj212Server("127.0.0.1", place.server.port, intake=place.intake, clock=lambda: NOON)
        with pytest.raises(SetupError, match=r"port \d+ for HJ 212 .*NIGHTWATT_HJ212_PORT"):
            second.start()
        second.stop()


def test_stopping_sends_the_answers_to_what_the_intake_has_finished() -> None:
    road = Recording()
    with running(road=road) as place:
        road.open.clear()
        station = place.station().send(frame())
        eventually(lambda: place.road.entered)
        station.send(frame(2)[:30])
        place.server.quiet()
        road.open.set()
        place.intake.stop()
        place.server.stop()
        assert [answer.cn for answer in station.answers()] == ["9014"]
        assert road.pieces == [frame()]


def test_answers_after_the_end_disturb_nobody() -> None:
    with running() as place:
        place.road.open.clear()
        station = place.station().send(frame())
        eventually(lambda: place.road.entered)
        station.vanish()
        eventually(lambda: place.server.connections == 0)
        place.server.stop()
        place.road.open.set()
        eventually(lambda: place.road.messages)


def test_stopping_before_starting_and_twice_is_harmless() -> None:
    server = Hj212Server("127.0.0.1", 0, intake=Recording(), clock=lambda: NOON)  # type: ignore[arg-type]
    server.stop()
    with running() as place:
        place.server.stop()
        with pytest.raises(OSError, match="refused"):
            Station(place.server.port)
