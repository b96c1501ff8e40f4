"""What is remembered of packets must not show in what is read from them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import DecodeError
from ingest.hj212.electricity import electricity
from ingest.hj212.segment import parse
from ingest.hj212.shape import shape_and_texts
from ingest.zones import FixedZone

ZONE = FixedZone("Asia/Shanghai")
NAMES = ["DataTime", "RF", "100000-Ua", "100000-Flag", "100001-Ua", "100001-Flag", "ea300105-Rtd", "x", ""]
VALUES = ["", "1", "220.5", "N", "D", "NaN", "1e400", "a=b", "停", "20260320120000"]
PAIRS = st.builds("=".join, st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES))) | st.sampled_from(NAMES)
CPS = st.lists(st.lists(PAIRS, max_size=4).map(",".join), max_size=5).map(";".join)


def item_by_item(cp: str) -> tuple[dict[str, str], ...]:
    found = []
    for item in filter(None, cp.split(";")):
        named = [pair.partition("=") for pair in item.split(",")]
        found.append({name: value for name, _, value in named})
    return tuple(found)


@given(CPS | st.text(";,=ab", max_size=30))
@example("a=1,a=2")
@example("a=1;a=2;")
@example("a==1,b")
def test_items_are_read_as_one_by_one(cp):
    shape, texts = shape_and_texts(cp.encode())
    assert shape.items(texts) == item_by_item(cp)


@given(CPS, st.sampled_from([name for name in NAMES if name]))
def test_a_value_is_the_first_of_its_name(cp, name):
    packet = parse(f"ST=80;CN=2011;MN=A;CP=&&{cp}&&".encode())
    assert packet.value(name) == next((item[name] for item in item_by_item(cp) if name in item), None)


def test_packets_with_the_same_names_have_one_shape():
    one, _ = shape_and_texts(b"DataTime=20260320120000;100000-Ua=220,100000-Flag=N")
    other, texts = shape_and_texts(b"DataTime=20260320120100;100000-Ua=221,100000-Flag=D")
    assert other is one
    assert list(texts) == ["20260320120100", "221", "D"]


@pytest.mark.parametrize("cp", ["a=1;b=2", "a=1,b=2", "b=1;a=2", "a=1,b"], ids=str)
def test_what_is_divided_otherwise_has_another_shape(cp):
    assert shape_and_texts(cp.encode())[0] is not shape_and_texts(b"a=1;b=2,c=3")[0]
    shape, texts = shape_and_texts(cp.encode())
    assert shape.items(texts) == item_by_item(cp)


def test_of_more_names_than_a_segment_holds_nothing_is_remembered():
    cp = ",".join(f"x{number}=1" for number in range(200)).encode()
    shape, _ = shape_and_texts(cp)
    assert not shape.is_usual
    assert shape_and_texts(cp)[0] is not shape


@given(st.lists(CPS, min_size=2, max_size=4))
def test_what_a_packet_holds_does_not_depend_on_those_before_it(cps):
    def found(cp: str) -> object:
        packet = parse(f"QN=20260320120000000;ST=80;CN=2011;MN=A;Flag=5;CP=&&{cp}&&".encode())
        return repr(electricity(packet, zone=ZONE))

    assert [found(cp) for cp in cps] == [found(cp) for cp in reversed(cps)][::-1]


def test_a_flag_in_an_item_of_its_own_counts_where_the_values_item_has_none():
    def quality(cp: str) -> int:
        packet = parse(f"ST=80;CN=2011;MN=A;CP=&&DataTime=20260320120000;{cp}&&".encode())
        return electricity(packet, zone=ZONE).parcels[0].quality

    assert quality("100000-Ua=220;100000-Flag=D") == quality("100000-Ua=220,100000-Flag=;100000-Flag=D") != 0
    assert quality("100000-Ua=220,100000-Flag=N;100000-Flag=D") == 0


@pytest.mark.parametrize(
    "heads",
    [
        (
            "QN=20260320120000001;ST=80;CN=2011;MN=A;Flag=5;",
            "QN=20260320120000002;ST=80;CN=2011;MN=A;Flag=5;",
        ),
        ("QN=1;ST=80;CN=2011;MN=A;QN=2;", "QN=3;ST=80;CN=2011;MN=A;QN=2;"),
        ("QN=x;ST=80;CN=2011;MN=A;RF=1;", "QN=7;ST=80;CN=2011;MN=A;RF=1;"),
    ],
    ids=["numbers differ", "two numbers", "a number that is none"],
)
def test_a_head_is_read_whole_though_most_of_it_is_known(heads):
    for head in heads:
        fields = dict(pair.split("=") for pair in head.rstrip(";").split(";"))
        packet = parse(f"{head}CP=&&&&".encode())
        assert (packet.qn, packet.st, packet.cn, packet.mn) == tuple(fields[name] for name in ("QN", "ST", "CN", "MN"))
        assert packet.rf == ("RF" in fields)


def test_a_head_that_is_refused_is_refused_again():
    for number in (1, 2):
        with pytest.raises(DecodeError, match="no CN"):
            parse(f"QN={number};ST=80;MN=A;CP=&&&&".encode())
