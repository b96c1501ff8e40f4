"""Data segments: read, and written again."""

import pytest

from core.errors import DecodeError
from ingest.hj212.frame import encode, unframe
from ingest.hj212.segment import Packet, build, parse, peek
from tests.ingest.hj212.captured import annex_c

HEAD = b"QN=20160801085857223;ST=32;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=5;"


def written(packet: Packet) -> bytes:
    names = {*packet.__struct_fields__, "items"} - {"shape", "texts"}
    fields = {name: getattr(packet, name) for name in names}
    return build(**fields).encode()


def test_every_field_of_a_segment_is_read():
    packet = parse(
        b"QN=20160801085857534;ST=32;CN=2061;PW=123456;MN=010000A8900016F000169DC0;Flag=7;PNUM=2;PNO=1;"
        b"CP=&&DataTime=20160801080000;w00000-Cou=63.0,w00000-Flag=N;w01001-Min=7.1&&"
    )
    assert (packet.qn, packet.st, packet.cn, packet.pw) == ("20160801085857534", "32", "2061", "123456")
    assert (packet.mn, packet.flag, packet.pnum, packet.pno) == ("010000A8900016F000169DC0", 7, 2, 1)
    assert packet.items == (
        {"DataTime": "20160801080000"},
        {"w00000-Cou": "63.0", "w00000-Flag": "N"},
        {"w01001-Min": "7.1"},
    )
    assert not packet.rf


@pytest.mark.parametrize(
    ("flag", "version", "wants_answer", "has_parts"),
    [
        (None, 2005, False, False),
        (0, 2005, False, False),
        (1, 2005, True, False),
        (4, 2017, False, False),
        (5, 2017, True, False),
        (7, 2017, True, True),
        (8, 2025, False, False),
        (9, 2025, True, False),
        (11, 2025, True, True),
        (255, 2005, True, True),
    ],
)
def test_the_flag_tells_the_version_and_what_is_wanted(flag, version, wants_answer, has_parts):
    packet = parse(build(st="32", cn="2011", pw="1", mn="A1", flag=flag).encode())
    assert (packet.flag, packet.version) == (flag, version)
    assert (packet.wants_answer, packet.has_parts) == (wants_answer, has_parts)


def test_the_standards_own_examples_are_read_and_written_again():
    examples = annex_c()
    assert len(examples) == 79
    for example in examples:
        packet = parse(example.encode())
        assert parse(written(packet)) == packet
        assert packet.mn == "010000A8900016F000169DC0"
        assert unframe(encode(example)).segment == example.encode()


def test_blanks_around_marks_mean_nothing():
    packet = parse(HEAD + b" Flag=4 ;CP=&& DataTime=20160801085857; i13004-Info =40 ,VaseNo=1 &&")
    assert packet.flag == 4
    assert packet.items == ({"DataTime": "20160801085857"}, {"i13004-Info": "40", "VaseNo": "1"})


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_chinese_text_is_read_from_both_encodings(encoding):
    packet = parse(HEAD + "CP=&&i11001-Info=//清洗管路//&&".encode(encoding))
    assert packet.items == ({"i11001-Info": "//清洗管路//"},)


@pytest.mark.parametrize(
    ("cp", "items"),
    [
        (b"", ()),
        (b"CP=&&&&", ()),
        (b"CP=&&;;&&", ()),
        (b"CP=&&a=1", ({"a": "1"},)),
        (b"CP=a=1", ({"a": "1"},)),
        (b"CP=&&a&&", ({"a": ""},)),
        (b"CP=&&a=b=c&&", ({"a": "b=c"},)),
    ],
)
def test_odd_data_parts_are_read_as_far_as_they_go(cp, items):
    assert parse(HEAD + cp).items == items


@pytest.mark.parametrize(
    ("segment", "reason"),
    [
        (b"", "no CN"),
        (b"ST=31;C11;PW=1;MN=A1;CP=&&&&", "no CN"),
        (b"ST=31;CN=11;PW=1;MN=A1;CP=&&&&", "CN is not 4 digits: '11'"),
        (b"ST=31;CN=2011;PW=1;CP=&&&&", "no MN"),
        (b"ST=31;CN=2011;PW=1;MN=a/b;CP=&&&&", "MN is no station's code: 'a/b'"),
        (b"ST=31;CN=2011;PW=1;MN=" + b"A" * 41 + b";CP=&&&&", "MN is no station's code"),
        ("ST=31;CN=2011;PW=密码;MN=A1;CP=&&&&".encode(), "not ASCII at byte 17 of the segment's head"),
        (b"ST=31;CN=2011;PW=" + b"1" * 41 + b";MN=A1;CP=&&&&", "PW of 41 characters"),
        (b"ST=31;CN=2011;PW=1;MN=A1;CP=&&\xff\xff&&", "CP is neither UTF-8 nor GBK"),
    ],
)
def test_a_segment_that_names_no_station_or_command_is_refused(segment, reason):
    with pytest.raises(DecodeError) as refused:
        parse(segment)
    assert str(refused.value).startswith(reason)


def test_a_peek_is_the_same_without_the_items():
    segment = HEAD + b"CP=&&DataTime=20160801085857;\xff&&"
    assert peek(segment) == parse(HEAD + b"CP=&&&&")


def test_a_packet_does_not_show_its_password():
    assert "123456" not in repr(parse(HEAD + b"CP=&&&&"))
