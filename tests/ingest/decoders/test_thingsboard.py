"""ThingsBoard's gateway API."""

from typing import Any

import pytest

from core.errors import DecodeError
from ingest.decoders.decoded import Sample
from ingest.decoders.thingsboard import THINGSBOARD
from tests.ingest.decoders.asking import ask, captured, readings

TOPIC = "v1/gateway/telemetry"
TS = 1_763_741_100_000


@pytest.mark.parametrize("name", ["thingsboard_gateway_with_ts.json", "thingsboard_gateway_without_ts.json"])
def test_a_device_without_electricity_is_understood(name: str) -> None:
    decoded = ask(THINGSBOARD, TOPIC, captured(name))
    assert readings(decoded) == {}
    assert decoded.remarks == ["no electricity"]


def test_an_object_where_a_list_is_required_is_refused() -> None:
    decoded = ask(THINGSBOARD, TOPIC, captured("thingsboard_gateway_bad.json"))
    assert decoded.parcels == []
    assert decoded.refused == ["device '040100': what it sends is a list, not dict"]


def test_several_devices_in_one_message() -> None:
    message = {
        "电表 1": [{"ts": TS, "values": {"activePower": 12.5, "energy": "1000.5", "Voltage L1": 229}}],
        "Device B": [{"ts": TS, "values": {"p": 1}}, {"ts": TS + 1000, "values": {"p": 2, "humidity": "wet"}}],
    }
    decoded = ask(THINGSBOARD, TOPIC, message)
    assert readings(decoded) == {
        "电表 1": [Sample(ts=TS, p=12.5, ep=1000.5, ua=229.0)],
        "Device B": [Sample(ts=TS, p=1.0), Sample(ts=TS + 1000, p=2.0)],
    }
    assert decoded.answers == []


@pytest.mark.parametrize(
    ("row", "sample"),
    [
        ({"values": {"p": 3}}, Sample(p=3.0)),  # stamped on arrival
        ({"p": 3}, Sample(p=3.0)),
        ({"ts": TS, "p": 3}, Sample(ts=TS, p=3.0)),
        ({"ts": TS // 1000, "values": {"p": 3}}, Sample(ts=TS, p=3.0)),
        ({"ts": "2025-11-22T00:05:00+08:00", "values": {"p": 3}}, Sample(ts=TS, p=3.0)),
        ({"power_w": 2500}, Sample(p=2.5)),
        ({"power_kW": 2.5, "power": 2500}, Sample(p=2.5)),
        ({"Energy_Wh": 2500}, Sample(ep=2.5)),
        ({"total-active-power": 2.5, "power factor": 0.5, "Frequency": 50}, Sample(p=2.5, pf=0.5, f=50.0)),
        ({"power_a": 1, "power_b": 2, "power_c": 3}, Sample(p=6.0)),
        ({"p": 1, "q": None, "ia": "NaN"}, Sample(p=1.0)),
    ],
)
def test_shapes_of_a_row(row: dict[str, Any], sample: Sample) -> None:
    assert readings(ask(THINGSBOARD, TOPIC, {"D": [row]})) == {"D": [sample]}


def test_bad_devices_and_rows_do_not_cost_the_good_ones() -> None:
    message = {
        "bad": {"p": 1},
        "": [{"p": 1}],
        "good": [{"p": 1}, 7, {"p": "high"}, {"values": []}, {"ts": "noon", "p": 1}, {"p": 2}],
        "wall time": [{"ts": "2025-11-22 00:05:00", "p": 3}],
    }
    decoded = ask(THINGSBOARD, TOPIC, message)
    assert [(parcel.meter, [sample.p for sample in parcel.samples]) for parcel in decoded.parcels] == [
        ("good", [1.0, 2.0])
    ]
    assert decoded.refused == [
        "device 'bad': what it sends is a list, not dict",
        "device '': the key is no name: ''",
        "device 'good': a row is an object, not int",
        "device 'good': p is not a number: 'high'",
        "device 'good': values is an object, not list",
        "device 'good': ts is not a time: 'noon'",
        "device 'wall time': ts has no offset and the meter's dossier names no zone: '2025-11-22 00:05:00'",
    ]


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (TOPIC, b"{}", "no device"),
        (TOPIC, b"[]", "an object is expected, not list"),
        (TOPIC, b'{"D": [' + b"{}," * 100_000 + b"{}]}", "100001 readings in one message"),
        (TOPIC, b'{"D":' + b"[" * 1000 + b"]" * 1000 + b"}", "nested"),
        ("v1/gateway/telemetry/x", b'{"D": []}', "topic is not"),
        ("v1/+/telemetry", b'{"D": []}', "wildcard"),
    ],
)
def test_what_is_no_message_is_refused_with_the_reason(topic: str, payload: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        ask(THINGSBOARD, topic, payload)
