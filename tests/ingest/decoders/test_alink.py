"""Aliyun's Alink."""

from typing import Any

import pytest

from core.errors import DecodeError
from ingest.decoders.alink import ALINK
from ingest.decoders.decoded import Sample
from tests.ingest.decoders.asking import ask, readings, told

BASE = "/sys/a1Pk/meter-7/thing/event/property/"
TOPIC = BASE + "post"
T = 1_763_741_100_000


def post(params: Any, **fields: Any) -> dict[str, Any]:
    return {"id": "123", "version": "1.0", "params": params, "method": "thing.event.property.post"} | fields


def test_a_property_post_is_read_and_replied_to() -> None:
    params = {
        "TotalActivePower": {"value": 12.5, "time": T},
        "Energy": {"value": "1000.25", "time": T},
        "CurrentA": {"value": 18, "time": T},
        "Switch": {"value": "on", "time": T},
    }
    decoded = ask(ALINK, TOPIC, post(params))
    assert readings(decoded) == {"meter-7": [Sample(ts=T, p=12.5, ep=1000.25, ia=18.0)]}
    reply = {
        "code": 200,
        "data": {},
        "id": "123",
        "message": "success",
        "method": "thing.event.property.post",
        "version": "1.0",
    }
    assert told(decoded.answers) == [(TOPIC + "_reply", reply)]


@pytest.mark.parametrize(("ack", "replies"), [(0, 0), (1, 1), (None, 1)])
def test_a_device_may_forgo_the_reply(ack: int | None, replies: int) -> None:
    assert len(ask(ALINK, TOPIC, post({"P": 1}, sys={"ack": ack})).answers) == replies


@pytest.mark.parametrize(
    ("params", "samples"),
    [
        ({"Power": 5}, [Sample(p=5.0)]),
        ({"active_power": "5.5"}, [Sample(p=5.5)]),
        ({"ActivePower": 4, "Power": 5}, [Sample(p=4.0)]),
        ({"Pa": 1, "Pb": 2, "Pc": 3}, [Sample(p=6.0)]),
        ({"Power": {"value": 5}, "Ua": 230}, [Sample(p=5.0, ua=230.0)]),
        (
            {"Power": {"value": 5, "time": T}, "Energy": {"value": 9, "time": T + 1000}},
            [Sample(ts=T, p=5.0), Sample(ts=T + 1000, ep=9.0)],
        ),
    ],
)
def test_shapes_of_properties(params: dict[str, Any], samples: list[Sample]) -> None:
    assert readings(ask(ALINK, TOPIC, post(params))) == {"meter-7": samples}


def test_a_batch_has_several_values_of_a_property() -> None:
    power = [{"value": 5, "time": T}, {"value": 6, "time": T + 1000}]
    energy = [{"value": 100, "time": T + 1000}]
    decoded = ask(ALINK, BASE + "batch/post", post({"properties": {"Power": power, "Energy": energy}, "events": {}}))
    assert readings(decoded) == {"meter-7": [Sample(ts=T, p=5.0), Sample(ts=T + 1000, p=6.0, ep=100.0)]}
    [(topic, reply)] = told(decoded.answers)
    assert topic == BASE + "batch/post_reply"
    assert reply["method"] == "thing.event.property.batch.post"


def test_a_gateway_speaks_for_its_sub_devices() -> None:
    subs = [{"identity": {"productKey": "k", "deviceName": f"sub-{i}"}, "properties": {"P": i}} for i in (1, 2)]
    decoded = ask(ALINK, BASE + "pack/post", post({"properties": {"P": 9}, "subDevices": subs}))
    assert readings(decoded) == {"meter-7": [Sample(p=9.0)], "sub-1": [Sample(p=1.0)], "sub-2": [Sample(p=2.0)]}


def test_history_is_back_fill() -> None:
    rows = [
        {
            "identity": {"deviceName": "sub-1"},
            "properties": [{"P": {"value": 1, "time": T}}, {"P": {"value": 2, "time": T + 1}}],
        },
        {"properties": [{"P": {"value": 3, "time": T}}]},
    ]
    assert readings(ask(ALINK, BASE + "history/post", post(rows))) == {
        "sub-1": [Sample(ts=T, p=1.0, src="backfill"), Sample(ts=T + 1, p=2.0, src="backfill")],
        "meter-7": [Sample(ts=T, p=3.0, src="backfill")],
    }


def test_a_bad_sub_device_does_not_cost_the_good_ones() -> None:
    subs = [7, {"identity": {"deviceName": ""}}, {"identity": {"deviceName": "sub"}, "properties": {"P": 1}}]
    decoded = ask(ALINK, BASE + "pack/post", post({"properties": {"P": True}, "subDevices": subs}))
    assert [parcel.meter for parcel in decoded.parcels] == ["sub"]
    assert decoded.refused == [
        "device 1 of 4: p is not a number: True",
        "device 2 of 4: a device is an object, not int",
        "device 3 of 4: deviceName is no name: ''",
    ]


@pytest.mark.parametrize(
    ("params", "remarks"),
    [
        ({"Temperature": 21}, ["no electricity"]),
        ({}, ["no electricity"]),
        ({"Ua": 230}, ["neither power nor register"]),
    ],
)
def test_a_post_without_power_is_no_fault(params: dict[str, Any], remarks: list[str]) -> None:
    decoded = ask(ALINK, TOPIC, post(params))
    assert (decoded.parcels, decoded.refused, decoded.remarks) == ([], [], remarks)


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"Power": "on"}, "power is not a number: 'on'"),
        ({"Power": {"value": {"a": 1}, "time": T}}, "power is not a number: {'a': 1}"),
        ({"Power": {"value": 1, "time": "later"}}, "ts is not a time: 'later'"),
        ({"Power": {"value": 1, "time": []}}, "ts is not a time: []"),
        (
            {"Power": [{"value": 1, "time": T + i} for i in range(10_001)]},
            "10001 readings in one message; at most 10000",
        ),
        (None, "params is an object, not NoneType"),
    ],
)
def test_what_is_wrong_is_told_and_still_replied_to(params: Any, reason: str) -> None:
    decoded = ask(ALINK, TOPIC, post(params))
    assert decoded.parcels == []
    [told_reason] = decoded.refused
    assert told_reason.startswith(reason)
    assert len(decoded.answers) == 1


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (TOPIC, "[]", "an object is expected"),
        (TOPIC + "_reply", "{}", "topic is not"),
        ("/sys/a1Pk/meter-7/thing/event/alarm/post", "{}", "topic is not"),
        ("/sys/a1Pk//thing/event/property/post", "{}", "deviceName is no name"),
        ("/sys/a1Pk/+/thing/event/property/post", "{}", "wildcard"),
        ("", "{}", "topic is not"),
    ],
)
def test_what_is_no_message_is_refused_with_the_reason(topic: str, payload: str, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        ask(ALINK, topic, payload)
