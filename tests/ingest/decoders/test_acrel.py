"""Acrel's overseas protocol, message by message."""

from typing import Any

import pytest

from core.errors import DecodeError
from ingest.decoders.acrel import ACREL
from ingest.decoders.decoded import Sample
from tests.ingest.decoders.asking import ask, captured, readings, told

SN = "12209263660002"
TIME_REPLY = (f"/server/acrelHW/ADW300/time/{SN}", {"type": "time", "res": 1, "time": "20251122000500"})
AT = 1_763_741_100_000  # 2025-11-22 00:05:00 in Shanghai


def topic(kind: str, sn: str = SN) -> str:
    return f"/gw/acrelHW/ADW300/{kind}/{sn}"


@pytest.mark.parametrize("name", ["acrel_login.json", "acrel_adw300_login.json"])
def test_a_login_is_answered_and_the_clock_is_set(name: str) -> None:
    decoded = ask(ACREL, topic("login"), captured(name))
    assert readings(decoded) == {}
    back = f"/server/acrelHW/ADW300/login/{SN}"
    assert told(decoded.answers) == [(back, {"type": "login", "res": 1}), TIME_REPLY]


def test_the_parameters_are_understood_and_answered() -> None:
    decoded = ask(ACREL, "/gw/acrelHW/null/para/SN", captured("acrel_adw300_para.json"))
    assert readings(decoded) == {}
    assert told(decoded.answers) == [("/server/acrelHW/null/para/SN", {"type": "para", "res": 1})]


@pytest.mark.parametrize("kind", ["heart", "event", "alarm", "data", "hstdata"])
def test_every_type_is_answered(kind: str) -> None:
    decoded = ask(ACREL, topic(kind), {"type": kind, "gwSN": SN, "time": "20251122000500", "p": 1})
    assert told(decoded.answers) == [(f"/server/acrelHW/ADW300/{kind}/{SN}", {"type": kind, "res": 1})]


@pytest.mark.parametrize(("zone", "local"), [("Asia/Shanghai", "20251122000500"), ("Europe/Berlin", "20251121170500")])
def test_who_asks_for_the_time_gets_that_of_its_own_zone(zone: str, local: str) -> None:
    decoded = ask(ACREL, topic("time"), {"type": "time", "utc": "8", "gwSN": SN}, zone=zone)
    assert told(decoded.answers) == [(TIME_REPLY[0], {"type": "time", "res": 1, "time": local})]


NAMED = {
    "type": "data",
    "time": "20251122000500",
    "gwSN": SN,
    "meterSN": "12109132830004",
    "meterName": "adl400",
    "meterStatus": "normal",
    "ch": 0,
    "ua": 221.0,
    "ub": "220.5",
    "uc": 220.9,
    "ia": 1.5,
    "ib": 1.25,
    "ic": "1.75",
    "pa": 0.3,
    "pb": 0.25,
    "pc": 0.35,
    "p": "0.9",
    "q": 0.125,
    "pf": 0.98,
    "pt": 1,
    "ct": 40,
    "wh": 8.75,
    "wl": 0.5,
}
SAMPLE = Sample(AT, 0.9, 8.75, 0.125, 0.98, 221.0, 220.5, 220.9, 1.5, 1.25, 1.75)


def test_a_gateways_data_belong_to_the_meter_that_they_name_and_are_not_multiplied() -> None:
    assert readings(ask(ACREL, topic("data"), NAMED)) == {"12109132830004": [SAMPLE]}


def points(**values: Any) -> list[dict[str, Any]]:
    """Numbered points of a meter: id 13 is its power in kW, 28 the import register."""
    return [{"id": int(name[1:]), "val": value} for name, value in values.items()]


@pytest.mark.parametrize("outer", [{}, {"type": "data", "gwSN": SN}])
def test_numbered_points_with_their_own_times(outer: dict[str, Any]) -> None:
    rows = [
        {"tp": AT, "point": points(i0="24102800000001", i1=230.0, i13=12.5, i25=0.9, i26=50.01, i28="1000.5", i35=2)},
        {"tp": AT + 60_000, "point": points(i0="24102800000001", i13=13, i27=14, i29=7)},
    ]
    assert readings(ask(ACREL, topic("data"), outer | {"data": rows})) == {
        "24102800000001": [
            Sample(ts=AT, p=12.5, ep=1000.5, pf=0.9, ua=230.0, f=50.01),
            Sample(ts=AT + 60_000, p=13.0),
        ]
    }


def test_history_is_back_fill() -> None:
    decoded = ask(ACREL, topic("hstdata"), {"type": "hstdata", "data": [{"time": "20251121000500", "EPI": "5"}]})
    assert readings(decoded) == {SN: [Sample(ts=AT - 86_400_000, ep=5.0, src="backfill")]}


@pytest.mark.parametrize(
    ("row", "named", "otherwise"),
    [
        ({}, SN, ""),
        ({"meterSN": "777"}, "777", ""),
        ({"meterSN": 777, "ch": 0}, "777", ""),
        ({"meterSN": "777", "ch": 1}, "777/1", "777"),
        ({"meterSN": "777", "ch": "3"}, "777/3", ""),
    ],
)
def test_a_meter_is_named_by_its_serial_number_and_circuit(row: dict[str, Any], named: str, otherwise: str) -> None:
    [parcel] = ask(ACREL, topic("data"), {"type": "data", "P": 1} | row).parcels
    assert (parcel.enterprise, parcel.meter, parcel.otherwise) == ("", named, otherwise)


@pytest.mark.parametrize(
    ("row", "sample"),
    [
        ({"EPI": 5, "EP": 9}, Sample(ep=5.0)),
        ({"EP": 9, "EPE": 4}, Sample(ep=9.0)),
        ({"EPI": None, "EP": 9}, Sample(ep=9.0)),
        ({"Pa": 1, "Pb": "2", "Pc": 3.5}, Sample(p=6.5)),
        ({"Pa": 1, "Pb": 2, "EPI": 0}, Sample(ep=0.0)),
        ({"P": 0, "PF": 1, "Fr": "50.1", "Uab": 380}, Sample(p=0.0, pf=1.0, f=50.1)),
        ({"P": 2, "Q": "nan", "PF": "inf"}, Sample(p=2.0)),
    ],
)
def test_which_name_counts(row: dict[str, Any], sample: Sample) -> None:
    assert readings(ask(ACREL, topic("data"), {"type": "data"} | row)) == {SN: [sample]}


def test_what_a_message_says_goes_for_all_its_readings() -> None:
    message = {"type": "data", "time": "20251122000500", "meterSN": "777", "P": 9, "data": [{"EPI": 1}, {"EPI": 2}]}
    assert readings(ask(ACREL, topic("data"), message)) == {"777": [Sample(ts=AT, ep=1.0), Sample(ts=AT, ep=2.0)]}


def test_many_names_beside_many_readings_cost_no_more_than_their_sum() -> None:
    names = ",".join(f'"k{i}":1' for i in range(50_000))
    decoded = ask(ACREL, topic("data"), f'{{{names},"data":[{",".join(["{}"] * 10_000)}]}}')
    assert decoded.remarks == ["no electricity"]


def test_a_meter_that_the_gateway_does_not_reach_has_no_reading() -> None:
    decoded = ask(ACREL, topic("data"), NAMED | {"meterStatus": "missing"})
    assert readings(decoded) == {}
    assert decoded.remarks == []


@pytest.mark.parametrize(
    ("time", "zone", "ms"),
    [
        ("20251122000500", None, AT),
        (20251122000500, None, AT),
        ("20251121170500", "Europe/Berlin", AT),
        ("20251026023000", "Europe/Berlin", 1_761_438_600_000),  # shown twice that night: the first pass is meant
        ("20250330023000", "Europe/Berlin", 1_743_298_200_000),  # never shown: as far past the gap
        (None, None, None),
    ],
)
def test_local_times(time: Any, zone: str | None, ms: int | None) -> None:
    decoded = ask(ACREL, topic("data"), {"type": "data", "P": 1, "time": time}, zone=zone)
    assert readings(decoded) == {SN: [Sample(ts=ms, p=1.0)]}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"P": "abc"}, "p is not a number: 'abc'"),
        ({"P": True}, "p is not a number: True"),
        ({"P": {}}, "p is not a number: {}"),
        ({"P": 1, "time": "2025-11-22"}, "time is not YYYYMMDDhhmmss: '2025-11-22'"),
        ({"P": 1, "time": "20251332000500"}, "time is not YYYYMMDDhhmmss: '20251332000500'"),
        ({"P": 1, "time": "00000000000000"}, "time is not YYYYMMDDhhmmss: '00000000000000'"),
        ({"P": 1, "time": "19991231000000"}, "ts lies outside 2000–2100: 946569600000 ms"),
        ({"P": 1, "meterSN": {"a": 1}}, "meterSN is no name: {'a': 1}"),
        ({"data": 7}, "data is an object, not int"),
        ({"data": {"point": {}}}, "point is a list, not dict"),
        ({"data": {"point": [1]}}, "a point is an object, not int"),
    ],
)
def test_what_is_wrong_is_told_and_the_device_does_not_send_it_again(row: dict[str, Any], reason: str) -> None:
    decoded = ask(ACREL, topic("data"), {"type": "data"} | row)
    assert decoded.parcels == []
    assert decoded.refused == [reason]
    assert len(decoded.answers) == 1


def test_a_bad_row_does_not_cost_the_good_ones() -> None:
    decoded = ask(ACREL, topic("data"), {"data": [{"P": 1}, {"P": []}, 5, {"P": 3}]})
    assert [sample.p for sample in decoded.parcels[0].samples] == [1.0, 3.0]
    assert decoded.refused == ["reading 2 of 4: p is not a number: []", "reading 3 of 4: data is an object, not int"]


@pytest.mark.parametrize(
    ("row", "remark"),
    [({"temp": 21}, "no electricity"), ({"Ua": 230, "P": None}, "neither power nor register")],
)
def test_a_message_without_power_is_no_fault(row: dict[str, Any], remark: str) -> None:
    decoded = ask(ACREL, topic("data"), {"type": "data"} | row)
    assert (decoded.parcels, decoded.refused, decoded.remarks) == ([], [], [remark])


@pytest.mark.parametrize(
    ("where", "payload", "reason"),
    [
        (topic("data"), b"", "not JSON"),
        (topic("data"), b"[1]", "an object is expected, not list"),
        (topic("ota"), b"{}", "type is not known: 'ota'"),
        (topic("data"), b'{"type": ["data"]}', "type is not known"),
        ("/gw/acrelHW/ADW300/data", b"{}", "topic is not"),
        ("/gw/acrelHW/ADW300/data/", b"{}", "topic is not"),
        ("/server/acrelHW/ADW300/data/1", b"{}", "topic is not"),
        ("/gw/acrelHW/+/data/1", b"{}", "wildcard"),
        (topic("data"), b'{"data":[' + b"{}," * 10_000 + b"{}]}", "10001 readings in one message"),
        (topic("data"), b" " * 1_000_001, "at most 1000000 are taken"),
        (topic("data"), b'{"data":' + b"[" * 1000 + b"]" * 1000 + b"}", "nested"),
    ],
)
def test_what_is_no_message_is_refused_with_the_reason(where: str, payload: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        ask(ACREL, where, payload)
