"""Dialects of Chinese gateways against any bytes at all: sound readings or a DecodeError, and nothing else."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.decoders.acrel import ACREL
from ingest.decoders.acrel_platform import ACREL_PLATFORM
from ingest.decoders.alink import ALINK
from ingest.decoders.cet import CET
from ingest.decoders.daq_iot import DAQ_IOT
from ingest.decoders.decoded import Dialect
from ingest.decoders.thingsboard import THINGSBOARD
from tests.ingest.decoders.asking import TOPIC_TEXT, holds, payloads_of, refusals

T = 1_763_741_100
ZONES = st.sampled_from([None, "Asia/Shanghai", "Europe/Berlin", "nowhere"])

CASES: list[tuple[Dialect, list[str], list[str], list[dict[str, Any]]]] = [
    (
        ACREL,
        [f"/gw/acrelHW/ADW300/{kind}/SN1" for kind in ("data", "hstdata", "login", "time", "event")],
        ["type", "time", "meterSN", "ch", "P", "EPI", "Pa", "data", "point", "id", "val", "tp", "meterStatus"],
        [
            {"type": "data", "time": "20251122000500", "meterSN": "7", "ch": 1, "P": 5, "Pa": 1, "EPI": "9"},
            {"data": [{"tp": T * 1000, "point": [{"id": 0, "val": "7"}, {"id": 13, "val": 5}]}]},
        ],
    ),
    (
        ACREL_PLATFORM,
        ["data/up/AWT/SN1", "notify/dev/AWT/SN1", "sys/dev/AWT/SN1"],
        ["method", "reported", "meters", "addr", "P", "EPI", "timestamp", "msgid", "payload", "events", "fragment"],
        [
            {"method": "report", "msgid": 1, "timestamp": T, "reported": {"meters": [{"addr": "m", "P": 5, "EPI": 9}]}},
            {"method": "update", "msgid": 1, "timestamp": T, "reported": {"m": {"P": 5, "EPI": 9}}},
            {"method": "notice", "payload": {"sn": "m", "RUN_STOP": {"stopTime": T, "stopEPI": "5"}}},
            {"method": "event", "payload": {"events": [{"addr": "m", "code": "RUN_START", "startEPI": 5}]}},
            {"method": "time", "devicesend": T, "timezone": "8"},
        ],
    ),
    (
        ALINK,
        [f"/sys/k/d/thing/event/property/{form}" for form in ("post", "batch/post", "pack/post", "history/post")],
        ["id", "params", "Power", "Energy", "value", "time", "properties", "subDevices", "identity", "deviceName"],
        [
            {"id": "1", "params": {"Power": {"value": 5, "time": T}, "Energy": 9}},
            {"params": {"properties": {"Power": [{"value": 5, "time": T}]}, "subDevices": []}},
            {"params": [{"identity": {"deviceName": "d"}, "properties": [{"Power": {"value": 1, "time": T}}]}]},
        ],
    ),
    (
        CET,
        ["CET/NX/upload"],
        ["location_code", "ts", "properties", "type", "key", "value", "unit", "timestamp", "有功功率", "kW", "万kWh"],
        [
            {
                "location_code": "L",
                "ts": T,
                "properties": [
                    {"type": "AI", "key": "有功功率", "value": 5, "unit": "kW", "timestamp": T},
                    {"type": "AI", "key": "正向有功电能", "value": 9, "unit": "万kWh"},
                ],
            }
        ],
    ),
    (
        DAQ_IOT,
        ["daq-iot/GW/snapshot"],
        ["cmd", "ts", "group", "data", "recTime", "P", "Pa", "Pb", "Pc", "Eptp"],
        [{"cmd": "SnapshotData", "ts": T, "group": 1, "data": {"recTime": T, "P": 5, "Pa": 1, "Pb": 1, "Pc": 1}}],
    ),
    (
        THINGSBOARD,
        ["v1/gateway/telemetry"],
        ["Device A", "ts", "values", "p", "power_w", "energy"],
        [{"Device A": [{"ts": T, "values": {"p": 5, "energy": 9}}, {"power_w": 5}]}],
    ),
]


@pytest.mark.parametrize(("dialect", "topics", "names", "like"), CASES, ids=[case[1][0] for case in CASES])
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_bytes_are_read_or_refused_and_never_anything_else(
    dialect: Dialect, topics: list[str], names: list[str], like: list[dict[str, Any]], data: st.DataObject
) -> None:
    topic = data.draw(st.sampled_from(topics) | TOPIC_TEXT)
    payload = data.draw(payloads_of(names, like=like))
    holds(dialect, topic, payload, zone=data.draw(ZONES))
    if dialect.parts:
        part = dialect.parts.part(topic, payload)
        assert part is None or dialect.parts.join([(topic, payload)])[0] == topic


@pytest.mark.parametrize(("dialect", "topic"), [(c[0], c[1][0]) for c in CASES], ids=[c[1][0] for c in CASES])
@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 1000 + b"]" * 1000,
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
        b"[" * 900_000,
        b'"' * 1_000_001,
        b'{"data":[' + b"1," * 100_000 + b"1]}",
    ],
    ids=["lists", "objects", "unclosed", "large", "many"],
)
def test_large_and_deep_messages_are_refused(dialect: Dialect, topic: str, payload: bytes) -> None:
    assert refusals(dialect, topic, payload)
