"""Packets that came in parts, joined to one frame."""

from ingest.decoders.decoded import Part
from ingest.hj212.dialect import HJ212, with_keys
from ingest.hj212.frame import encode, unframe
from ingest.hj212.segment import parse
from ingest.hj212.sm4 import encipher
from tests.ingest.hj212.test_electricity import decoded, told

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
HEAD = "ST=80;CN=2011;PW=1;MN=A1;Flag=7;"
PARTS = HJ212.parts
assert PARTS is not None


def part(number: int, cp: str, *, of: int = 3, head: str = HEAD) -> tuple[str, bytes]:
    return "hj212", encode(f"QN=2024060112000000{number};{head}PNUM={of};PNO={number};CP=&&{cp}&&")


def test_parts_of_a_packet_belong_together_though_each_has_a_number_of_its_own():
    names = [PARTS.part(*part(number, "a=1")) for number in (1, 2, 3)]
    assert names == [Part("A1/80/2011", "1", 3), Part("A1/80/2011", "2", 3), Part("A1/80/2011", "3", 3)]


def test_what_is_whole_or_broken_is_no_part():
    whole = encode("ST=80;CN=2011;PW=1;MN=A1;Flag=5;CP=&&a=1&&")
    broken = part(1, "a=1")[1].replace(b"a=1", b"a=2")
    odd = [part(*numbers)[1] for numbers in ((1, "a=1"),)]
    assert PARTS.part("hj212", odd[0]) is not None
    for payload in (whole, broken, b"", b"PNO=", part(1, "a=1", of=1)[1], part(4, "a=1")[1], part(0, "a=1")[1]):
        assert PARTS.part("hj212", payload) is None


def test_more_parts_than_anyone_sends_are_no_parts():
    assert PARTS.part(*part(1, "a=1", of=501)) is None


def test_parts_joined_are_one_frame_in_their_order():
    texts = ["DataTime=20240601120000;100000-Pt=5", "100000-Ept=7;", "100001-Pt=6"]
    parts = [part(number, text) for number, text in enumerate(texts, 1)]
    topic, frame = PARTS.join([parts[2], parts[0], parts[1]])
    packet = parse(unframe(frame).segment)
    assert topic == "hj212"
    assert (packet.flag, packet.pnum, packet.pno) == (5, 0, 0)
    assert PARTS.part(topic, frame) is None
    assert told(decoded(frame)) == {"A1/100000": {"p": 5.0, "ep": 7.0}, "A1/100001": {"p": 6.0}}


def test_every_part_gets_its_answer():
    frame = PARTS.join([part(number, "DataTime=20240601120000;100000-Pt=5") for number in (1, 2, 3)])[1]
    numbers = [parse(unframe(one.payload).segment).qn for one in decoded(frame).answers]
    assert numbers == ["20240601120000001", "20240601120000002", "20240601120000003"]


def test_many_long_parts_make_a_frame_of_more_than_9999_bytes():
    long = ";".join(f"1000{i:02}-Pt=5,1000{i:02}-Flag=N" for i in range(50))
    frame = PARTS.join([part(number, f"DataTime=20240601120000;{long}", of=9) for number in range(1, 10)])[1]
    assert len(frame) > 9_999
    assert len(decoded(frame).parcels) == 50


def test_encrypted_parts_are_joined_in_plain_text_where_there_is_a_key():
    head = HEAD.replace("80", "44").replace("Flag=7", "Flag=11")
    frames = []
    for number, text in ((1, b"DataTime=20240601120000;d20105-Rtd=220"), (2, b"d20405-Rtd=0.5")):
        plain = f"QN=1;{head}PNUM=2;PNO={number};CP=&&".encode() + text + b"&&"
        sealed = plain.replace(text, encipher(text, KEY))
        frames.append(("hj212", b"##%04d%b%b\r\n" % (len(sealed), sealed, encode(plain)[-6:-2])))
    joined = with_keys({"A1": KEY}).parts.join(frames)[1]
    assert told(decoded(joined)) == {"A1/d2-05": {"ua": 220.0, "ia": 0.5}}
    assert b"Rtd" not in PARTS.join(frames)[1]
