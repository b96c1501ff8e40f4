"""CET's gateways."""

from typing import Any

import pytest

from core.errors import DecodeError
from ingest.decoders.cet import CET
from ingest.decoders.decoded import Sample
from tests.ingest.decoders.asking import ask, readings, told

TOPIC = "CET/NX/upload"
T = 1_763_741_100
AT = T * 1000


def prop(key: str, value: Any, unit: Any, *, at: Any = T, type: str = "AI") -> dict[str, Any]:
    return {"type": type, "key": key, "value": value, "unit": unit, "timestamp": at}


def message(*properties: Any, **fields: Any) -> dict[str, Any]:
    return {"version": "1.0", "location_code": "L-01", "ts": T + 5, "properties": list(properties)} | fields


def test_properties_of_one_time_are_one_reading() -> None:
    properties = [
        prop("A相电压", 220.5, "V"),
        prop("B相电压", "0.25", "kV"),
        prop("C相电流", 0.25, "kA"),
        prop("总有功功率", 12500, "W"),
        prop("总无功功率", 1.5, "kvar"),
        prop("功率因数", 0.98, ""),
        prop("频率", 50.01, "Hz"),
        prop("正向有功电能", 1.5, "万kWh"),
        prop("电压越限", 1, "V", type="SOE"),
        prop("开关", 1, "", type="DI"),
        prop("柜内温度", 31, "℃"),
    ]
    decoded = ask(CET, TOPIC, message(*properties))
    sample = Sample(ts=AT, p=12.5, ep=15_000.0, q=1.5, pf=0.98, ua=220.5, ub=250.0, ic=250.0, f=50.01)
    assert readings(decoded) == {"L-01": [sample]}
    assert told(decoded.answers) == [("CET/NX/download", {"location_code": "L-01", "ts": T + 5, "result": 1})]


def test_distinct_times_are_distinct_readings() -> None:
    properties = [
        prop("有功功率", 1, "kW"),
        prop("有功功率", 2, "kW", at=T + 60),
        prop("正向有功电能", 9, "kWh", at=T + 60),
        prop("有功功率", 3, "kW", at=None),
    ]
    assert readings(ask(CET, TOPIC, message(*properties))) == {
        "L-01": [Sample(ts=AT, p=1.0), Sample(ts=AT + 60_000, p=2.0, ep=9.0), Sample(ts=AT + 5_000, p=3.0)]
    }


def test_the_published_blank_behind_ts_is_forgiven() -> None:
    given = {
        "location_code": "L-01",
        "ts ": T,
        "properties": [{"type": "AI", "key": "有功功率", "value": 1, "unit": "kW"}],
    }
    decoded = ask(CET, "site/cet", given)
    assert readings(decoded) == {"L-01": [Sample(ts=AT, p=1.0)]}
    assert told(decoded.answers) == [("site/cet/ack", {"location_code": "L-01", "ts": T, "result": 1})]


@pytest.mark.parametrize(
    ("key", "value", "unit", "sample"),
    [
        ("有功功率", 2, "kW", Sample(ts=AT, p=2.0)),
        (" 总 有功功率 ", 2, "MW", Sample(ts=AT, p=2000.0)),
        ("三相总有功功率", "250", "W", Sample(ts=AT, p=0.25)),
        ("正向有功总电能", 2, "MWh", Sample(ts=AT, ep=2000.0)),
        ("正向有功电度", 2, "度", Sample(ts=AT, ep=2.0)),
        ("正向有功电能", 2500, "Wh", Sample(ts=AT, ep=2.5)),
        ("正向有功电能", 2, "kW·h", Sample(ts=AT, ep=2.0)),
        ("正向有功电能", 2, "kW.h", Sample(ts=AT, ep=2.0)),
    ],
)
def test_names_and_units(key: str, value: Any, unit: str, sample: Sample) -> None:
    assert readings(ask(CET, TOPIC, message(prop(key, value, unit)))) == {"L-01": [sample]}


def test_three_phases_make_a_total() -> None:
    phases = [prop(f"{phase}相有功功率", kw, "kW") for phase, kw in (("A", 1), ("B", 2), ("C", 3))]
    assert readings(ask(CET, TOPIC, message(*phases))) == {"L-01": [Sample(ts=AT, p=6.0)]}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (prop("有功功率", 2, "mW"), "unit of '有功功率' is not known: 'mW'"),
        (prop("有功功率", 2, "kWh"), "unit of '有功功率' is not known: 'kWh'"),
        (prop("有功功率", 2, None), "unit of '有功功率' is not known: None"),
        (prop("有功功率", False, "kW"), "有功功率 is not a number: False"),
        (prop("有功功率", 2, "kW", at="now"), "property 1: ts is not a time: 'now'"),
        (7, "property 1: it is an object, not int"),
    ],
)
def test_a_bad_property_costs_its_own_reading_only(bad: Any, reason: str) -> None:
    decoded = ask(CET, TOPIC, message(bad, prop("有功功率", 3, "kW", at=T + 60)))
    assert [parcel.samples for parcel in decoded.parcels] == [[Sample(ts=AT + 60_000, p=3.0)]]
    assert decoded.refused == [reason]
    assert len(decoded.answers) == 1


@pytest.mark.parametrize(
    ("properties", "remarks"),
    [
        ([], ["no electricity"]),
        ([prop("柜内温度", 31, "℃")], ["no electricity"]),
        ([prop("A相电流", 0.25, "A"), prop("A相电压", 220.5, "V")], ["neither power nor register"]),
    ],
)
def test_a_message_without_power_is_no_fault(properties: list[Any], remarks: list[str]) -> None:
    decoded = ask(CET, TOPIC, message(*properties))
    assert (decoded.parcels, decoded.refused, decoded.remarks) == ([], [], remarks)


@pytest.mark.parametrize(
    ("topic", "given", "reason"),
    [
        (TOPIC, {}, "location_code is no name: None"),
        (TOPIC, message(location_code="x" * 101), "location_code is no name"),
        (TOPIC, {"location_code": "L", "properties": {}}, "properties is a list, not dict"),
        (TOPIC, message(*[1] * 100_000), "100000 readings in one message"),
        ("CET/+/upload", message(), "wildcard"),
    ],
)
def test_what_is_no_message_is_refused_with_the_reason(topic: str, given: dict[str, Any], reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        ask(CET, topic, given)
