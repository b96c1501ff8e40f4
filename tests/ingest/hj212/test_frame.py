"""One frame: what is taken, and what each broken one is refused for."""

import pytest

from core.errors import DecodeError
from ingest.hj212.crc import modbus_crc
from ingest.hj212.frame import encode, unframe

SEGMENT = b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&"
FRAME = b"##0101" + SEGMENT + b"1C80\r\n"

CHECKED = [
    "##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80",
    "##0087QN=20160801085857223;ST=91;CN=9014;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&&&3240",
    "##0128QN=20160801085857223;ST=32;CN=2021;PW=123456;MN=010000A8900016F000169DC0;Flag=5;"
    "CP=&&DataTime=20160801085857;SB1-RS=1;SB2-RS=0&&F141",
    "##0236QN=20240601084500123;ST=44;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;"
    "CP=&&DataTime=20240601084500;d20105-Rtd=220.20,d20105-Flag=N;d20205-Rtd=220.90,d20205-Flag=N;"
    "d20305-Rtd=221.10,d20305-Flag=N;d20405-Rtd=0.24,d20405-Flag=N&&6840",
]


@pytest.mark.parametrize("frame", CHECKED, ids=lambda frame: frame[:6])
def test_frames_known_to_be_right_are_taken_and_made_again(frame):
    segment = frame[6:-4].encode()
    assert unframe(frame.encode()).segment == segment
    assert encode(segment) == frame.encode() + b"\r\n"


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r", b"", b"\r\n\r\n"])
def test_the_line_end_may_be_missing_or_odd(end):
    assert unframe(FRAME.strip() + end).segment == SEGMENT
    assert unframe(b"\r\n" + FRAME.strip() + end).segment == SEGMENT


def test_the_crc_may_be_written_small():
    assert unframe(FRAME.replace(b"1C80", b"1c80")).peer_crc == "standard"


def test_a_peer_that_uses_the_modbus_crc_is_recognised():
    frame = unframe(b"##0101" + SEGMENT + b"%04X" % modbus_crc(SEGMENT))
    assert (frame.segment, frame.peer_crc) == (SEGMENT, "modbus")


@pytest.mark.parametrize(
    ("piece", "reason"),
    [
        (b"", "no ## at the start: b''"),
        (b"2BC0\r\n", "no ## at the start: b'2BC0'"),
        (b"$\t\x00" + FRAME, "no ## at the start"),
        (b"##test13912345678\x00\r\n", "length is not 4 digits: b'test'"),
        (b"##9" + SEGMENT, "length is not 4 digits: b'9QN='"),
        (b"##-101" + SEGMENT, "length is not 4 digits: b'-101'"),
        (b"##01", "length is not 4 digits: b'01'"),
        (b"##0000", "6 bytes are too few for a frame"),
        (b"##0101" + SEGMENT + b"1C81", "CRC 1C81 but 1C80 computed"),
        (b"##0101" + SEGMENT + b"+C80", "CRC is not 4 hex digits: b'+C80'"),
        (b"##0105" + SEGMENT + b"1C80", "length says 105 but there are 101 bytes"),
        (b"##0101" + SEGMENT + b"1C801C80", "length says 101 but there are 105 bytes; CRC 1C80 but 2800 computed"),
    ],
)
def test_a_broken_frame_is_refused_with_its_reason(piece, reason):
    with pytest.raises(DecodeError) as refused:
        unframe(piece)
    assert str(refused.value).startswith(reason)


def test_a_wrong_length_is_refused_though_the_crc_is_right():
    with pytest.raises(DecodeError, match=r"length says 105 but there are 101 bytes$"):
        unframe(b"##0105" + SEGMENT + b"1C80")


def test_a_frame_joined_from_many_packets_may_be_longer_than_4_digits_tell():
    segment = SEGMENT + b"x" * 20_000
    assert unframe(encode(segment)).segment == segment
    assert encode(segment).startswith(b"##20101QN")


def test_more_than_4_digits_are_read_only_where_the_frame_is_so_long():
    with pytest.raises(DecodeError, match="length says 1011 but"):
        unframe(b"##10110" + SEGMENT + b"1C80")
