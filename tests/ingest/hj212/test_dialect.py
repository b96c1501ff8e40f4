"""Whole frames: states of facilities, answers, odd peers, and bytes of any kind."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DecodeError
from core.facility_state import FacilityState, Running
from ingest.hj212.crc import modbus_crc
from ingest.hj212.dialect import HJ212
from ingest.hj212.frame import encode, unframe
from ingest.hj212.splitter import Splitter
from ingest.zones import FixedZone
from tests.ingest.hj212.captured import SHANGHAI
from tests.ingest.hj212.test_electricity import NOON, china, decoded
from tests.ingest.hj212.test_frame import CHECKED

MN = "010000A8900016F000169DC0"
QN = "20160801085857223"


def answered(segment: str) -> list[str]:
    """The segments of what is answered."""
    found = decoded(encode(segment)).answers
    assert {answer.topic for answer in found} <= {""}
    assert all(answer.payload.endswith(b"\r\n") for answer in found)
    return [unframe(answer.payload).segment.decode() for answer in found]


def request(cn: str, cp: str = "", *, flag: int = 5) -> str:
    return f"QN={QN};ST=32;CN={cn};PW=123456;MN={MN};Flag={flag};CP=&&{cp}&&"


def answer(cn: str, cp: str = "", *, flag: int = 4) -> str:
    return f"QN={QN};ST=91;CN={cn};PW=123456;MN={MN};Flag={flag};CP=&&{cp}&&"


def test_states_of_facilities_are_told():
    found = decoded(CHECKED[2])
    at = china(2016, 8, 1, 8, 58, 57)
    assert found.states == [FacilityState(MN, "SB1", Running.ON, at), FacilityState(MN, "SB2", Running.OFF, at)]
    assert (found.parcels, found.refused, found.remarks) == ([], [], [])


def test_a_state_that_is_none_is_refused_and_the_others_are_kept():
    found = decoded(encode(request("2021", "DataTime=20160801085857;SB1-RS=9;SB2-RS=5;SB3-RS=;SB4-RT=1")))
    assert [(state.facility, state.state) for state in found.states] == [("SB2", Running.BLOW_BACK)]
    assert found.refused == ["SB1-RS is no state: '9'", "SB3-RS is no state: ''"]


@pytest.mark.parametrize("time", ["", "DataTime=2016;"])
def test_states_without_a_time_are_refused(time):
    found = decoded(encode(request("2021", f"{time}SB1-RS=1")))
    assert found.states == []
    assert found.refused == ["DataTime is not a time: '2016'" if time else "no DataTime"]


def test_the_check_frame_of_data_gets_the_check_frame_of_an_answer():
    assert [one.payload for one in decoded(CHECKED[2]).answers] == [CHECKED[1].encode() + b"\r\n"]


@pytest.mark.parametrize(
    ("segment", "answers"),
    [
        (request("2011", "DataTime=20160801085857;w01001-Rtd=1"), [answer("9014")]),
        (request("2061", "DataTime=20160801085857;w01001-Avg=1"), [answer("9014")]),
        (request("2041", "DataTime=20160801085857;SB1-RT=1"), [answer("9014")]),
        (request("2081", "DataTime=20160801085857;RestartTime=20160801085624"), [answer("9014")]),
        (request("2011", "DataTime=20160801085857", flag=9), [answer("9014", flag=8)]),
        (request("2011", "DataTime=20160801085857", flag=7), [answer("9014")]),
        (request("2011", "DataTime=20160801085857", flag=4), []),
        (request("9015"), [answer("9013")]),
        (request("2011"), [answer("9011", "QnRtn=2")]),
        (request("1062", "RtdInterval=30"), [answer("9011", "QnRtn=2")]),
        (request("7777"), [answer("9011", "QnRtn=8")]),
        (request("9014"), []),
        (request("9011", "QnRtn=1"), []),
        (request("9012", "ExeRtn=1"), []),
        (f"ST=32;CN=2011;PW=1;MN={MN};CP=&&DataTime=20160801085857;B01-Rtd=1&&", []),
        (
            f"QN={QN};ST=32;CN=2072;PW=1;MN={MN};Flag=1;CP=&&AlarmTime=20160823235559;B01-Ala=16.00,AlarmType=1&&",
            [f"ST=91;CN=9013;PW=1;MN={MN};Flag=0;CP=&&QN={QN}&&"],
        ),
        (
            f"ST=91;CN=1013;PW=1;MN={MN};Flag=1;CP=&&QN={QN}&&",
            [f"ST=91;CN=9013;PW=1;MN={MN};Flag=0;CP=&&QN={QN}&&"],
        ),
    ],
)
def test_a_station_hears_what_it_waits_for(segment, answers):
    assert answered(segment) == answers


def test_a_number_too_long_to_be_one_is_not_sent_back():
    assert answered(request("9015").replace(QN, "1" * 21)) == []


@pytest.mark.parametrize(("cp", "instrument"), [("", ""), ("PolId=w01018", "PolId=w01018;")])
def test_a_station_that_asks_for_the_time_is_told_it(cp, instrument):
    assert answered(request("1013", cp)) == [
        answer("9013"),
        f"QN=20240601120000000;ST=32;CN=1012;PW=123456;MN={MN};Flag=5;CP=&&{instrument}SystemTime=20240601120000&&",
    ]


def test_a_peer_with_the_modbus_crc_is_remarked():
    segment = request("2011", "DataTime=20160801085857;w01001-Rtd=1").encode()
    found = decoded(b"##%04d%b%04X\r\n" % (len(segment), segment, modbus_crc(segment)))
    assert found.remarks == ["no electricity", "peer uses Modbus CRC"]
    assert len(found.answers) == 1


def test_a_message_of_more_than_a_megabyte_is_refused():
    with pytest.raises(DecodeError, match="message of 1000013 bytes; at most 1000000 are taken"):
        decoded(encode("x" * 1_000_000)[:1_000_013])


def understood_or_refused(payload: bytes) -> None:
    assert HJ212.parts is not None
    part = HJ212.parts.part("hj212", payload)
    assert part is None or 1 <= int(part.name) <= part.of
    try:
        found = HJ212.decode("hj212", payload, zone=FixedZone(SHANGHAI), now=NOON)
    except DecodeError as error:
        reason = str(error)
        assert 0 < len(reason) < 500
        return
    assert all(unframe(one.payload) for one in found.answers)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_understood_or_refused(payload):
    understood_or_refused(payload)


SEGMENTS = [
    request("2011", "DataTime=20160801085857;100000-Pt=5,100000-Flag=N"),
    request("2011", "DataTime=20160801085857;d20105-Rtd=220", flag=11).replace("ST=32", "ST=44"),
    request("2021", "DataTime=20160801085857;SB1-RS=1", flag=7).replace("CP=", "PNUM=2;PNO=1;CP="),
    request("1013", "PolId=w01018"),
    request("2051", "DataTime=20160801085857;ea30010105-Avg=5").replace("ST=32", "ST=80"),
]
PIECES = st.binary(max_size=6) | st.sampled_from([b";", b",", b"=", b"&&", b"-", b"1e999", b"\xff", b"Flag=9;", b"QN="])


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(SEGMENTS), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 8), PIECES), max_size=4))
def test_any_segment_in_a_right_frame_is_understood_or_refused(segment, changes):
    data = segment.encode()
    for at, width, piece in changes:
        data = data[:at] + piece + data[at + width :]
    understood_or_refused(encode(data))


@settings(deadline=None)
@given(st.lists(st.sampled_from(SEGMENTS).map(encode) | st.binary(max_size=40), max_size=8))
def test_whatever_a_connection_carries_every_piece_is_understood_or_refused(parts):
    splitter = Splitter()
    for piece in [*splitter.feed(b"".join(parts)), splitter.rest()]:
        understood_or_refused(piece)
