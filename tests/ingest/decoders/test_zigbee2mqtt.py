"""Zigbee2MQTT: good converters and bad ones."""

import json
from typing import Any

import pytest

from core.errors import DecodeError
from ingest.decoders.decoded import Decoded, Sample
from ingest.decoders.named_values import NO_ELECTRICITY, UNEVEN
from ingest.decoders.zigbee2mqtt import ZIGBEE2MQTT
from tests.ingest.decoders.asking import ask, captured, readings

TOPIC = "zigbee2mqtt/press"


def reading(**state: Any) -> Sample:
    [[sample]] = readings(ask(ZIGBEE2MQTT, TOPIC, state)).values()
    return sample


def test_a_real_meter_whose_phases_do_not_add_up_keeps_its_own_total_and_is_remarked() -> None:
    decoded = ask(ZIGBEE2MQTT, "zigbee2mqtt/Hall meter", captured("z2m_xoca_3phase.json"))
    expected = Sample(ts=1721379895000, p=0.155, ep=1210.03, ua=234.3, ub=234.1, uc=234.5, ia=0.745, ib=0.233, ic=0.636)
    assert readings(decoded) == {"Hall meter": [expected]}
    assert decoded.remarks == [UNEVEN]


def test_real_garbage_of_a_wrong_converter_is_refused_with_everything_that_is_wrong() -> None:
    with pytest.raises(DecodeError) as caught:
        ask(ZIGBEE2MQTT, "zigbee2mqtt/MOES_test", captured("z2m_moes_zm6lt1_garbage.json"))
    reasons = str(caught.value).split("; ")
    assert [reason.partition(":")[0] for reason in reasons] == [
        "current_a is not a number",
        "current_b is not a number",
        "power_factor_b is not a number",
        "power_factor_a is neither a fraction nor a percentage",
        "power can't be 17664 W at 52.7 V and 56.83 A",
    ]


@pytest.mark.parametrize(
    ("power", "volts", "amperes", "possible"),
    [
        (2300, 230, 10, True),
        (-2300, 230, 10, True),
        (40, 230, 0, True),
        (17664, 52.7, 56.83, False),
        (60, 230, 0, False),
    ],
)
def test_power_beyond_volts_times_amperes_is_refused(
    power: float, volts: float, amperes: float, possible: bool
) -> None:
    state = {"power": power, "voltage": volts, "current": amperes}
    if possible:
        assert reading(**state) == Sample(p=pytest.approx(power / 1000), ua=volts, ia=amperes)
    else:
        with pytest.raises(DecodeError, match="power can't be"):
            ask(ZIGBEE2MQTT, TOPIC, state)


def test_in_the_spelling_of_the_clusters_power_is_phase_a_and_the_total_is_the_sum() -> None:
    state = {"power": 89, "power_phase_b": 384, "power_phase_c": 0, "energy": 299.7, "ac_frequency": 49.96}
    state |= {"voltage": 231.2, "voltage_phase_b": 230.5, "voltage_phase_c": 228.4}
    state |= {"current": 0.44, "current_phase_b": 1.85, "current_phase_c": 0}
    expected = Sample(p=pytest.approx(0.473), ep=299.7, f=49.96, ua=231.2, ub=230.5, uc=228.4, ia=0.44, ib=1.85, ic=0)
    assert reading(**state) == expected


def test_a_phase_that_is_not_known_leaves_no_sum() -> None:
    assert reading(power=89, power_phase_b=None, power_phase_c=0, energy=2) == Sample(ep=2)


@pytest.mark.parametrize(("given", "pf"), [(0.92, 0.92), (92, 0.92), (-1, -1), (100, 1), (None, None)])
def test_a_power_factor_may_be_per_cent(given: float | None, pf: float | None) -> None:
    assert reading(power=1000, power_factor=given) == Sample(p=1, pf=pf)


@pytest.mark.parametrize("seen", [1721379895000, "2024-07-19T09:04:55.000Z", "2024-07-19T17:04:55+08:00"])
def test_the_time_is_when_the_device_was_last_seen(seen: object) -> None:
    assert reading(power=1000, last_seen=seen).ts == 1721379895000


@pytest.mark.parametrize(
    "state", [{"state": "ON", "linkquality": 90}, {"battery": 77, "voltage": 2900}, {"voltage": 230, "power": None}, {}]
)
def test_devices_that_measure_no_power_are_understood_with_nothing(state: dict[str, Any]) -> None:
    assert ask(ZIGBEE2MQTT, TOPIC, json.dumps(state)) == Decoded([], remarks=[NO_ELECTRICITY])


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("zigbee2mqtt/bridge", "online"),
        ("zigbee2mqtt/bridge/state", '{"state": "online"}'),
        ("zigbee2mqtt/press/availability", "online"),
        ("zigbee2mqtt/press/set", '{"state": "ON"}'),
        ("zigbee2mqtt/press", ""),
    ],
)
def test_what_is_not_the_state_of_a_device_is_understood_with_nothing(topic: str, payload: str) -> None:
    assert ask(ZIGBEE2MQTT, topic, payload) == Decoded([])


def test_a_friendly_name_may_hold_slashes() -> None:
    assert readings(ask(ZIGBEE2MQTT, "zigbee2mqtt/hall/press", '{"power": 1}')) == {"hall/press": [Sample(p=0.001)]}


@pytest.mark.parametrize("topic", ["zigbee2mqtt", "zigbee2mqtt/", "zigbee/press", "zigbee2mqtt/#"])
def test_other_topics_are_refused(topic: str) -> None:
    with pytest.raises(DecodeError, match="topic"):
        ask(ZIGBEE2MQTT, topic, '{"power": 1}')
