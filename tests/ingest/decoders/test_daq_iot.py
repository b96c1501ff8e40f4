"""DAQ-IOT snapshots."""

import json
from typing import Any

import pytest

from core.errors import DecodeError
from ingest.decoders.daq_iot import DAQ_IOT
from ingest.decoders.decoded import Sample
from tests.ingest.decoders.asking import ask, captured, readings

TOPIC = "daq-iot/GW-07/snapshot"


def test_the_meters_own_total_counts_where_its_phases_do_not_add_up() -> None:
    decoded = ask(DAQ_IOT, TOPIC, captured("daq_iot_snapshotdata.json"))
    sample = Sample(1_683_341_539_000, 31.77, 67661.0, 2.99, 0.968, 200.14, 265.81, 237.46, 20.92, 20.6, 20.32)
    assert readings(decoded) == {"GW-07/1": [sample]}
    assert decoded.parcels[0].otherwise == "GW-07"
    assert decoded.remarks == ["phases do not add up to the total"]
    assert decoded.answers == []


def snapshot(data: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"cmd": "SnapshotData", "ts": 1_763_741_160, "data": data} | fields


@pytest.mark.parametrize(
    ("total", "phases", "remarks"),
    [
        (30.0, (10, 10, 10), []),
        (30.0, (10, 10, 8.6), []),  # within 5 %
        (30.0, (10, 10, 8.4), ["phases do not add up to the total"]),
        (-30.0, (-10, -10, -10), []),
        (30.0, (-10, -10, -10), ["phases do not add up to the total"]),
        (0.0, (0.01, 0.01, 0.01), []),  # rounding
        (30.0, (10, 10, None), []),
        (None, (10, 10, 10), []),
    ],
)
def test_phases_are_held_against_the_total(total: Any, phases: tuple[Any, ...], remarks: list[str]) -> None:
    decoded = ask(DAQ_IOT, TOPIC, snapshot({"P": total} | dict(zip(("Pa", "Pb", "Pc"), phases, strict=True))))
    assert decoded.remarks == remarks
    assert [sample.p for sample in decoded.parcels[0].samples] == [30.0 if total is None else total]


def test_the_meters_time_counts_before_that_of_sending() -> None:
    both = ask(DAQ_IOT, TOPIC, snapshot({"recTime": 1_763_741_100, "P": 1}, group=2))
    assert readings(both) == {"GW-07/2": [Sample(ts=1_763_741_100_000, p=1.0)]}
    assert both.parcels[0].otherwise == ""
    sent = ask(DAQ_IOT, TOPIC, snapshot({"recTime": None, "P": 1}))
    assert readings(sent) == {"GW-07": [Sample(ts=1_763_741_160_000, p=1.0)]}
    none = ask(DAQ_IOT, TOPIC, snapshot({"P": 1}, ts=None))
    assert readings(none) == {"GW-07": [Sample(p=1.0)]}


def test_export_and_apparent_registers_are_not_the_import() -> None:
    decoded = ask(DAQ_IOT, TOPIC, snapshot({"TPtn": 1, "Eptn": 2, "Eqtp": 3, "KVAH": 4}))
    assert (decoded.parcels, decoded.remarks) == ([], ["no electricity"])


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (TOPIC, {}, "cmd is not SnapshotData: None"),
        (TOPIC, {"cmd": "Heart"}, "cmd is not SnapshotData: 'Heart'"),
        (TOPIC, {"cmd": "SnapshotData"}, "data is an object, not NoneType"),
        (TOPIC, snapshot({"P": True}), "p is not a number: True"),
        (TOPIC, snapshot({"recTime": 5, "P": 1}), "outside 2000–2100"),
        (TOPIC, snapshot({"P": 1}, group=[]), "group is no name"),
        ("daq-iot", snapshot({"P": 1}), "no second level"),
        ("daq-iot//snapshot", snapshot({"P": 1}), "no second level"),
        ("daq-iot/#", snapshot({"P": 1}), "wildcard"),
    ],
)
def test_what_is_wrong_is_told(topic: str, payload: dict[str, Any], reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        ask(DAQ_IOT, topic, json.dumps(payload))
