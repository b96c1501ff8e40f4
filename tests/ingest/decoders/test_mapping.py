"""Mappings: a vendor's payload described in configuration alone."""

import json
from typing import Any

import pytest

from core.errors import DecodeError
from ingest.decoders.decoded import Decoded, Dialect, Sample
from ingest.decoders.mapping_load import load_mappings
from tests.ingest.decoders.asking import ask, captured, readings

AT = 1_763_741_100_000


def dialect(**keys: Any) -> Dialect:
    given = {"name": "x", "topic": "t/{device}", "meter": "{device}", "quantities": {"p": "$.p"}} | keys
    return load_mappings([given])["x"]


def reading(mapped: Dialect, payload: Any, *, topic: str = "t/d", zone: str | None = None) -> Sample:
    [[sample]] = readings(ask(mapped, topic, payload, zone=zone)).values()
    return sample


@pytest.mark.parametrize(
    ("pattern", "subscription", "topic", "parts"),
    [
        ("t/{device}", "t/+", "t/d", "d"),
        ("t/{device}", "t/+", "t/站 一", "站 一"),
        ("/t/{device}/x", "/t/+/x", "/t/d/x", "d"),
        ("t/em-{device}.v1/x", "t/+/x", "t/em-d.v1/x", "d"),
        ("t/{*device}", "t/#", "t/a/b/c", "a/b/c"),
        ("{device}", "+", "d", "d"),
        ("t/{device}", "t/+", "t/d/e", None),
        ("t/{device}", "t/+", "t", None),
        ("t/{device}", "t/+", "t/", None),
        ("t/{*device}", "t/#", "t", None),
        ("t/em-{device}", "t/+", "t/pm-d", None),
        ("t/aa{device}aa", "t/+", "t/aaa", None),
        ("t/{device}", "t/+", "T/d", None),
    ],
)
def test_a_topic_and_its_named_parts(pattern: str, subscription: str, topic: str, parts: str | None) -> None:
    mapped = dialect(topic=pattern)
    assert mapped.topics == (subscription,)
    if parts is None:
        with pytest.raises(DecodeError, match="topic is not"):
            ask(mapped, topic, {"p": 1})
    else:
        assert readings(ask(mapped, topic, {"p": 1})) == {parts: [Sample(p=1)]}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.a", {"a": 7}),
        ("$.a.b", {"a": {"b": 7}}),
        ("$['a b'].c", {"a b": {"c": 7}}),
        ('$["总 功率"]', {"总 功率": 7}),
        ("$.总功率", {"总功率": "7"}),
        ("$.a b", {"a b": 7}),
        ("$[1][0]", [0, [7]]),
        ("$['it.s'][0].x", {"it.s": [{"x": 7}]}),
        ("$", 7),
        ("@.a", {"a": 7}),
    ],
)
def test_a_path(path: str, value: Any) -> None:
    assert reading(dialect(quantities={"p": path}), json.dumps(value)) == Sample(p=7)


@pytest.mark.parametrize("payload", [{"a": 7}, {"p": {"b": 1}}, {"a": [1, 2]}, []])
def test_a_message_with_none_of_the_quantities_is_refused(payload: Any) -> None:
    decoded = ask(dialect(quantities={"p": "$.p.x", "ep": "$.a[5]"}), "t/d", payload)
    assert decoded == Decoded([], ["none of the quantities of mapping x is there"])


def test_quantities_that_are_there_but_absent_are_understood_with_nothing() -> None:
    assert ask(dialect(), "t/d", {"p": None}) == Decoded([])
    assert ask(dialect(), "t/d", {"p": "nan"}) == Decoded([])


def test_a_real_nan_as_plain_text_is_an_absent_value() -> None:
    mapped = dialect(topic="{c}/devices/{meter}/controls/R1", meter="{c}/{meter}", quantities={"p": "$"})
    topic = "AJXWI7JX/devices/wb-adc/controls/R1"
    assert ask(mapped, topic, captured("wirenboard_nan.txt")) == Decoded([])
    assert reading(mapped, "12.5", topic=topic) == Sample(p=12.5)
    [reason] = ask(mapped, topic, "off").refused
    assert reason == "p is not a number: 'off'"


@pytest.mark.parametrize(
    ("quantity", "given", "factor", "value"),
    [
        ("p", {"unit": "W"}, 1500, 1.5),
        ("p", {"unit": "MW"}, 1.5, 1500),
        ("p", {"factor": -0.01}, 150, -1.5),
        ("p", {}, 1.5, 1.5),
        ("ep", {"unit": "万kWh"}, 1.5, 15000),
        ("pf", {"unit": "%"}, 95, 0.95),
        ("ua", {"unit": "kV"}, 10, 10_000),
        ("ic", {"unit": "mA"}, 500, 0.5),
    ],
)
def test_units_and_factors(quantity: str, given: dict[str, Any], factor: float, value: float) -> None:
    sample = reading(dialect(quantities={"p": "$.p", quantity: {"path": "$.x"} | given}), {"p": 1, "x": factor})
    assert getattr(sample, quantity) == pytest.approx(value)


def test_a_sum_needs_all_of_its_values() -> None:
    mapped = dialect(quantities={"ep": "$.e", "p": {"sum": ["$.a", "$.b"], "unit": "W"}})
    assert reading(mapped, {"e": 1, "a": 500, "b": "700"}) == Sample(ep=1, p=pytest.approx(1.2))
    assert reading(mapped, {"e": 1, "a": 500}) == Sample(ep=1)
    assert reading(mapped, {"e": 1, "a": 500, "b": None}) == Sample(ep=1)


def test_phases_make_up_the_total_that_is_missing() -> None:
    mapped = dialect(quantities={"pa": "$.a", "pb": "$.b", "pc": "$.c"})
    assert reading(mapped, {"a": 1, "b": 2, "c": 3}) == Sample(p=6)


@pytest.mark.parametrize(
    ("time", "given", "ms"),
    [
        ("$.ts", 1763741100, AT),
        ("$.ts", 1763741100000, AT),
        ("$.ts", "2025-11-21T16:05:00Z", AT),
        ("$.ts", "2025-11-22T00:05:00", AT),
        ({"path": "$.ts", "format": "unix"}, "1763741100.5", AT + 500),
        ({"path": "$.ts", "format": "unix-ms"}, 1763741100000, AT),
        ({"path": "$.ts", "format": "rfc3339", "zone": "Europe/Berlin"}, "2025-11-21 17:05:00", AT),
        ({"path": "$.ts", "format": "%Y%m%d%H%M%S"}, "20251122000500", AT),
        ({"path": "$.ts", "format": "%Y%m%d%H%M%S", "zone": "Asia/Shanghai"}, 20251122000500, AT),
        ({"path": "$.ts", "format": "%d.%m.%y %H:%M", "zone": "Europe/Berlin"}, "21.11.25 17:05", AT),
        ({"path": "$.ts", "format": "%Y-%m-%d %H:%M:%S%z", "zone": "Europe/Berlin"}, "2025-11-22 00:05:00+0800", AT),
        ("$.ts", None, None),
        ("$.other", 5, None),
    ],
)
def test_a_time(time: Any, given: Any, ms: int | None) -> None:
    assert reading(dialect(time=time), {"p": 1, "ts": given}).ts == ms


def test_a_local_time_is_that_of_the_meter() -> None:
    mapped = dialect(time={"path": "$.ts", "format": "%Y%m%d%H%M%S"})
    assert reading(mapped, {"p": 1, "ts": "20251121170500"}, zone="Europe/Berlin").ts == AT


@pytest.mark.parametrize(
    ("format", "given"),
    [
        ("auto", "soon"),
        ("unix", "soon"),
        ("unix", 1e300),
        ("unix-ms", 1763741100),
        ("rfc3339", 1763741100),
        ("%Y%m%d%H%M%S", "20251322000500"),
        ("%Y%m%d%H%M%S", "1" * 1000),
        ("%Y%m%d%H%M%S", "19990101000000"),
        ("%Y%m%d%H%M%S", [1]),
        ("%Y%m%d%H%M%S", True),
    ],
)
def test_a_time_that_cannot_be_read_refuses_the_reading(format: str, given: Any) -> None:
    decoded = ask(dialect(time={"path": "$.ts", "format": format}), "t/d", {"p": 1, "ts": given})
    assert decoded.parcels == []
    [reason] = decoded.refused
    assert "time" in reason


def test_each_element_is_a_reading_and_a_bad_one_does_not_cost_the_others() -> None:
    mapped = dialect(meter="{device}/{@.sn}", each="$.rows[*]", quantities={"p": "@.p", "f": "$.f"}, time="$.ts")
    rows = [{"sn": 7, "p": 1}, {"p": 2}, {"sn": "8", "p": "?"}, 9, {"sn": "9", "p": 3}]
    decoded = ask(mapped, "t/d", {"ts": AT, "f": 50, "rows": rows})
    assert [(parcel.meter, parcel.samples) for parcel in decoded.parcels] == [
        ("d/7", [Sample(ts=AT, p=1, f=50)]),
        ("d/9", [Sample(ts=AT, p=3, f=50)]),
    ]
    assert decoded.refused == [
        "element 1: meter: @.sn is not there",
        "element 2: p is not a number: '?'",
        "element 3: meter: @.sn is not there",
    ]


def test_elements_of_an_object_are_known_by_their_keys() -> None:
    mapped = dialect(meter="{device}/{key}", otherwise="{key}", each="$[*]", quantities={"p": "@.p"})
    decoded = ask(mapped, "t/d", {"一号": {"p": 1}, "2": {"p": 2}})
    assert [(parcel.meter, parcel.otherwise) for parcel in decoded.parcels] == [("d/一号", "一号"), ("d/2", "2")]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"rows": 5}, "$.rows[*] leads to no list or object"),
        ({}, "$.rows[*] leads to no list or object"),
        ({"rows": [{}] * 10_001}, "10001 readings in one message"),
    ],
)
def test_elements_that_are_not_there_or_too_many_are_refused(payload: Any, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        ask(dialect(each="$.rows[*]", quantities={"p": "@.p"}), "t/d", payload)
    assert reason in str(caught.value)


def test_only_messages_that_are_readings_are_read() -> None:
    mapped = dialect(when={"path": "$.type", "is": ["data", 1]}, backfill={"path": "$.late", "is": True})
    assert reading(mapped, {"type": "data", "p": 5, "late": True}) == Sample(p=5, src="backfill")
    assert reading(mapped, {"type": 1, "p": 5, "late": 1}) == Sample(p=5)
    for other in ({"type": "heart"}, {"type": True, "p": 5}, {"p": 5}):
        assert ask(mapped, "t/d", other) == Decoded([])


@pytest.mark.parametrize("name", ["", None, True, {}, "x" * 101])
def test_a_meter_without_a_sound_name_is_refused(name: Any) -> None:
    [reason] = ask(dialect(meter="{$.sn}"), "t/d", {"sn": name, "p": 1}).refused
    assert reason.startswith("meter: ")


def test_an_empty_payload_takes_a_retained_message_away() -> None:
    assert ask(dialect(), "t/d", b"") == Decoded([])


SINGLE = {
    "topic": "{device}/controls/{channel}",
    "part": "{channel}",
    "quantities": {"p": "$['Total P']", "ua": "$.U.value", "q": {"sum": ["$.Q1", "$.Q2"]}},
}


def test_values_one_a_topic_are_one_reading() -> None:
    mapped = dialect(**SINGLE)
    assert mapped.topics == ("+/controls/+",)
    assert mapped.parts is not None
    given = [("d/controls/Q1", b"1"), ("d/controls/Total P", b"5"), ("d/controls/U", b'{"value": 230}')]
    parts = [mapped.parts.part(*one) for one in given]
    assert [(part.key, part.name) for part in parts if part] == [("d", "Q1"), ("d", "Total P"), ("d", "U")]
    assert reading(mapped, mapped.parts.join(given)[1], topic="d/controls/Q1") == Sample(p=5, ua=230)
    assert reading(mapped, "5", topic="d/controls/Total P") == Sample(p=5)


def test_values_that_nothing_is_read_from_are_whole_and_understood_with_nothing() -> None:
    mapped = dialect(**SINGLE)
    assert mapped.parts is not None
    assert mapped.parts.part("d/controls/Serial", b"7") is None
    assert ask(mapped, "d/controls/Serial", "7") == Decoded([])
