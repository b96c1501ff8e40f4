"""Home and industrial dialects against any bytes at all: sound readings or a DecodeError, and nothing else."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.decoders.decoded import Dialect
from ingest.decoders.mapping_load import load_mappings
from ingest.decoders.shelly import SHELLY_GEN2
from ingest.decoders.shelly_gen1 import SHELLY_GEN1
from ingest.decoders.tasmota import TASMOTA
from ingest.decoders.victron import VICTRON
from ingest.decoders.zigbee2mqtt import ZIGBEE2MQTT
from tests.ingest.decoders.asking import TOPIC_TEXT, holds, payloads_of

T = 1_763_741_100
ZONES = st.sampled_from([None, "Asia/Shanghai", "Europe/Berlin", "nowhere"])

MAPPINGS = load_mappings(
    [
        {
            "name": "whole",
            "topic": "site/{device}/{*rest}",
            "meter": "{device}/{$.sn}",
            "time": {"path": "$.ts", "format": "%Y%m%d%H%M%S"},
            "when": {"path": "$.type", "is": ["data", 1]},
            "quantities": {"p": {"path": "$.power", "unit": "W"}, "pa": "$.Pa", "pb": "$.Pb", "pc": "$.Pc"},
        },
        {
            "name": "many",
            "topic": "list/{device}",
            "meter": "{device}/{key}",
            "each": "$.rows[*]",
            "time": "@.ts",
            "backfill": {"path": "$.type", "is": True},
            "quantities": {"ep": {"sum": ["@.Ea", "@.Eb"], "factor": 1e300}},
        },
        {
            "name": "single",
            "topic": "{device}/controls/{channel}",
            "meter": "{device}",
            "part": "{channel}",
            "quantities": {"p": '$["Total P"]', "ua": "$.Urms"},
        },
    ]
)

CASES: list[tuple[Dialect, list[str], list[str], list[dict[str, Any]]]] = [
    (
        TASMOTA,
        ["tele/d/SENSOR", "stat/d/STATUS10"],
        ["Time", "StatusSNS", "ENERGY", "Power", "Total", "Factor", "Frequency", "Voltage", "EM24", "Power_L1"],
        [
            {"Time": "2025-11-22T00:05:00", "ENERGY": {"Power": [1, 2, 3], "Total": 5, "Voltage": 230, "Factor": 1}},
            {"StatusSNS": {"EM24": {"Power_L1": 1, "Power_L2": 1, "Power_L3": 1, "Power_var_L1": 2}}},
        ],
    ),
    (
        SHELLY_GEN2,
        ["d/status/em:0", "d/status/switch:0", "d/events/rpc"],
        ["method", "params", "ts", "em:0", "emdata:0", "switch:0", "apower", "aenergy", "total", "total_act", "errors"],
        [
            {"total_act_power": 1, "a_act_power": 1, "b_act_power": 5, "c_act_power": 6, "errors": []},
            {"apower": 5, "aenergy": {"total": 7}},
            {
                "method": "NotifyStatus",
                "params": {"ts": T, "em:0": {"total_act_power": 5}, "emdata:0": {"total_act": 7}},
            },
        ],
    ),
    (
        SHELLY_GEN1,
        ["shellies/shellyem3-1/emeter/0/power", "shellies/shellyem-1/emeter/0/total", "shellies/x/relay/0/power"],
        ["$values", "0/power", "1/power", "2/power", "0/total"],
        [{"$values": {"0/power": "5", "1/power": "6", "2/power": "7", "0/total": "8"}}],
    ),
    (
        VICTRON,
        ["N/p/grid/30/Ac/Power", "N/p/grid/30/Ac/L1/Voltage"],
        ["$values", "value", "Power", "Energy/Forward"],
        [{"value": 5}, {"$values": {"Power": '{"value": 5}', "Energy/Forward": '{"value": 7}'}}],
    ),
    (
        ZIGBEE2MQTT,
        ["zigbee2mqtt/d"],
        ["power", "energy", "voltage", "current", "power_factor", "power_a", "power_phase_b", "last_seen"],
        [
            {"power": 5, "voltage": 230, "current": 1, "energy": 7, "last_seen": T * 1000, "power_factor": 50},
            {"power": 5, "power_phase_b": 5, "power_phase_c": 5},
        ],
    ),
    (
        MAPPINGS["whole"],
        ["site/d/x"],
        ["sn", "ts", "type", "power", "Pa", "Pb", "Pc"],
        [{"sn": "s", "ts": "20251122000500", "type": "data", "power": 5, "Pa": 1, "Pb": 2, "Pc": 3}],
    ),
    (
        MAPPINGS["many"],
        ["list/d"],
        ["rows", "ts", "Ea", "Eb", "type"],
        [
            {"rows": [{"ts": T, "Ea": 1, "Eb": 2}]},
            {"type": True, "rows": {"k": {"ts": "2025-11-22T00:05:00", "Ea": 1}}},
        ],
    ),
    (
        MAPPINGS["single"],
        ["d/controls/Total P", "d/controls/Urms"],
        ["$values", "Total P", "Urms"],
        [{"$values": {"Total P": "5", "Urms": "nan"}}],
    ),
]
IDS = [case[1][0] for case in CASES]


@pytest.mark.parametrize(("dialect", "topics", "names", "like"), CASES, ids=IDS)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_bytes_are_read_or_refused_and_never_anything_else(
    dialect: Dialect, topics: list[str], names: list[str], like: list[dict[str, Any]], data: st.DataObject
) -> None:
    topic = data.draw(st.sampled_from(topics) | TOPIC_TEXT)
    payload = data.draw(payloads_of(names, like=like))
    holds(dialect, topic, payload, zone=data.draw(ZONES))


@pytest.mark.parametrize(
    "dialect", [case[0] for case in CASES if case[0].parts], ids=[c[1][0] for c in CASES if c[0].parts]
)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_parts_are_joined_to_one_whole_message(dialect: Dialect, data: st.DataObject) -> None:
    topics = next(case[1] for case in CASES if case[0] is dialect)
    parts = dialect.parts
    assert parts is not None
    values = st.binary(max_size=30) | st.sampled_from([b"5", b"nan", b'{"value": 5}', b"[[[", b"\xff", b'"\\ud800"'])
    given_parts = data.draw(st.lists(st.tuples(st.sampled_from(topics), values), min_size=1, max_size=5))
    topic, payload = parts.join(given_parts)
    assert topic == given_parts[0][0]
    assert parts.part(topic, payload) is None
    assert set(json.loads(payload)) == {"$values"}
    holds(dialect, topic, payload, zone=None)


@pytest.mark.parametrize(("dialect", "topics"), [(c[0], c[1]) for c in CASES], ids=IDS)
@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 1000 + b"]" * 1000,
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
        b"[" * 900_000,
        b'"' * 1_000_001,
        b'{"rows":[' + b"1," * 100_000 + b"1]}",
        b'{"$values":{"0/power":"' + b"[" * 1000 + b'"}}',
    ],
    ids=["lists", "objects", "unclosed", "large", "many", "in a value"],
)
def test_large_and_deep_messages_are_refused(dialect: Dialect, topics: list[str], payload: bytes) -> None:
    holds(dialect, topics[0], payload, zone=None)
