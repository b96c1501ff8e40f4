"""Signing in, and what a peer may not do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DecodeError
from ingest import intake
from ingest.hj212.segment import parse, peek
from ingest.hj212.station import Gate, Hj212Limits, Pace, Refusal
from tests.ingest.hj212.road import MN, eventually, frame, running

SECRET = {MN: "s3cret"}


def test_a_wrong_password_is_answered_and_does_not_become_data() -> None:
    with running(gate=Gate(SECRET)) as place:
        station = place.station().send(frame(1) + frame(2, pw="s3cret"))
        refused, taken = station.answers(2)
        assert (refused.cn, refused.value("QnRtn"), refused.pw) == ("9011", "3", "123456")
        assert (taken.cn, taken.qn) == ("9014", "20260320000000002")
        assert place.road.pieces == [frame(2, pw="s3cret")]
        assert place.seen.turned_away == {"wrong password": 1}


def test_a_station_without_a_password_is_let_in_unless_passwords_are_required() -> None:
    with running(gate=Gate(SECRET)) as place:
        assert place.station().send(frame(mn="LD2")).answers(1)[0].cn == "9014"
    with running(gate=Gate(SECRET, required=True)) as place:
        [refused] = place.station().send(frame(mn="LD2")).answers(1)
        assert (refused.cn, refused.value("QnRtn")) == ("9011", "4")
        assert place.road.messages == []


def test_after_some_wrong_passwords_the_connection_is_closed_and_guessing_on_is_in_vain() -> None:
    limits = Hj212Limits(wrong_passwords=3)
    with running(gate=Gate(SECRET, limits=limits), limits=limits) as place:
        answers = place.station().send(b"".join(frame(i) for i in range(3))).answers()
        assert [answer.value("QnRtn") for answer in answers] == ["3"] * 3
        [late] = place.station().send(frame(9, pw="s3cret")).answers(1)
        assert late.value("QnRtn") == "3"
        assert place.road.messages == []
        assert place.seen.turned_away["refused too often"] == 1


def test_an_old_sender_with_a_wrong_password_is_told_nothing_that_it_could_not_read() -> None:
    with running(gate=Gate(SECRET)) as place:
        station = place.station().send(frame(flag=None)).finish()
        assert station.answers() == []
        assert place.road.messages == []


def test_a_shut_out_station_is_heard_again_after_a_while_and_elsewhere_all_the_time() -> None:
    gate = Gate(SECRET, limits=Hj212Limits(wrong_passwords=2, shut_out_for_s=60))
    assert [gate.admit(MN, pw, address="a", now=1) for pw in ("x", "y", "s3cret")] == [Refusal.PASSWORD] * 3
    assert gate.admit(MN, "s3cret", address="b", now=1) is None
    assert gate.admit(MN, "s3cret", address="a", now=60) is Refusal.PASSWORD
    assert gate.admit(MN, "s3cret", address="a", now=61) is None
    assert gate.admit(MN, "x", address="a", now=62) is Refusal.PASSWORD
    assert gate.admit(MN, "s3cret", address="a", now=62) is None


def test_a_gate_remembers_only_so_many_failures() -> None:
    gate = Gate({f"S{i}": "x" for i in range(20_000)})
    for i in range(20_000):
        gate.admit(f"S{i}", "wrong", address="a", now=0)
    assert len(gate._wrong) == 10_000


@pytest.mark.parametrize("pw", ["", "é", "\ud800", "s3cret\0", "S3CRET", "s3cret "])
def test_only_the_very_password_opens(pw: str) -> None:
    assert Gate(SECRET).admit(MN, pw, address="a", now=0) is Refusal.PASSWORD


def test_a_slow_loris_is_closed_and_what_it_said_is_kept() -> None:
    with running(limits=Hj212Limits(unfinished_for_s=0.2)) as place:
        station = place.station().send(frame() + frame(1)[:20])
        assert [answer.cn for answer in station.answers()] == ["9014"]
        eventually(lambda: place.road.pieces == [frame(), frame(1)[:20]])
        assert place.seen.turned_away == {"a frame was not finished in time": 1}


def test_a_peer_that_names_no_station_is_closed_in_time() -> None:
    with running(limits=Hj212Limits(sign_in_for_s=1.0)) as place:
        good = place.station().send(frame())
        silent, garbage = place.station(), place.station()
        garbage.send(b"hello\r\n")
        assert silent.answers() == garbage.answers() == []
        good.send(frame(1))
        assert len(good.answers(2)) == 2
        assert place.seen.turned_away == {"named no station in time": 2}
        eventually(lambda: b"hello\r\n" in place.road.pieces)


def test_a_silent_station_is_closed() -> None:
    with running(limits=Hj212Limits(idle_for_s=0.2)) as place:
        assert len(place.station().send(frame()).answers()) == 1
        assert place.seen.turned_away == {"silent for too long": 1}


def test_before_a_station_is_named_only_so_much_is_taken() -> None:
    with running(limits=Hj212Limits(sign_in_bytes=10_000)) as place:
        station = place.station()
        with pytest.raises(OSError, match=r"reset|pipe"):
            station.send(b"garbage without end\r\n" * 1_000_000)
        eventually(lambda: place.server.connections == 0)
        eventually(lambda: len(place.road.pieces) >= 10_000 // 1_024)
        assert len(place.road.pieces) == 10_000 // 1_024
        assert place.seen.turned_away["named no station"] >= 1


def test_before_a_station_is_named_many_small_pieces_count_as_much_as_large_ones() -> None:
    with running(limits=Hj212Limits(sign_in_bytes=102_400)) as place:
        station = place.station().send(b"##0000" * 150)
        assert station.answers() == []
        assert place.seen.turned_away == {"named no station": 1}
        eventually(lambda: len(place.road.pieces) == 100)


def test_who_is_gone_with_pieces_that_found_no_room_keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "QUEUE_MESSAGES", 1)
    with running(limits=Hj212Limits(connections=2, sign_in_bytes=2_048)) as place:
        place.road.open.clear()
        first = place.station().send(frame())
        eventually(lambda: place.road.entered)
        assert place.station().send(b"one\r\ntwo\r\nthree\r\n").answers() == []
        eventually(lambda: len(place.server._desk.open) == 1)
        assert place.station().answers() == []
        eventually(lambda: place.seen.turned_away == {"named no station": 1, "too many connections": 1})
        place.road.open.set()
        eventually(lambda: place.server.connections == 1)
        assert len(first.answers(1)) == 1
        assert place.road.pieces == [frame(), b"one\r\n", b"two\r\n"]


def test_more_connections_than_allowed_are_refused() -> None:
    with running(limits=Hj212Limits(connections=3, per_address=2)) as place:
        first, second = place.station(), place.station()
        eventually(lambda: place.server.connections == 2)
        assert place.station().answers() == []
        assert place.seen.turned_away == {"too many connections from one address": 1}
        first.close()
        eventually(lambda: place.server.connections == 1)
        third = place.station()
        assert len(third.send(frame()).answers(1)) == 1
        second.close()


def test_a_reconnecting_station_replaces_its_oldest_connection() -> None:
    with running(limits=Hj212Limits(per_station=2)) as place:
        stations = []
        for number in range(3):
            stations.append(place.station().send(frame(number)))
            stations[-1].answers(1)
        assert stations[0].answers() == []
        assert place.server.connections == 2
        for number, station in enumerate(stations[1:]):
            assert station.send(frame(number)).answers(1)
        assert place.seen.turned_away == {"replaced by a newer connection of its station": 1}


def test_a_gateway_may_speak_for_many_stations_but_not_for_any_number() -> None:
    with running(limits=Hj212Limits(stations_at_once=20)) as place:
        gateway = place.station().send(b"".join(frame(i, mn=f"LD{i}") for i in range(20)))
        assert len(gateway.answers(20)) == 20
        gateway.send(frame(21, mn="LD21"))
        assert len(gateway.answers()) <= 1
        assert place.seen.turned_away == {"speaks for too many stations": 1}
        eventually(lambda: len(place.road.messages) == 21)


def test_a_pace_bounds_what_comes_over_time_and_lets_bursts_through() -> None:
    pace = Pace(per_s=10, burst=5, now=0)
    assert pace.spend(5, now=0) == 0
    assert pace.spend(1, now=0) == pytest.approx(0.1)
    assert pace.spend(1, now=0.1) == pytest.approx(0.1)
    assert pace.spend(5, now=100) == 0


@given(st.binary(max_size=200) | st.text("QN=ST;CMNPW0129&,Flag\x00é", max_size=80).map(str.encode))
def test_whoever_is_let_in_is_who_the_data_is_from(segment: bytes) -> None:
    """The gate looks at the head alone: what it can't read must not be read by the decoder, nor read otherwise."""
    try:
        packet = parse(segment)
    except DecodeError:
        return
    seen = peek(segment)
    assert (seen.mn, seen.pw, seen.qn) == (packet.mn, packet.pw, packet.qn)
