"""Shelly of the second generation: statuses and notifications."""

import pytest

from core.errors import DecodeError
from core.readings import Quality
from ingest.decoders.decoded import Decoded, Parcel, Sample
from ingest.decoders.named_values import NO_POWER, UNEVEN
from ingest.decoders.shelly import SHELLY_GEN2
from tests.ingest.decoders.asking import ask, captured, readings

DEVICE = "shellypro3em-aabbccddeeff"


def status(component: str, payload: bytes | str) -> Decoded:
    return ask(SHELLY_GEN2, f"{DEVICE}/status/{component}", payload)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "shelly_pro3em_em0_change_1678699517.json",
            Sample(p=3.048104, ua=233.3, ub=236.7, uc=236.9, ia=10.739, ib=1.872, ic=1.143),
        ),
        (
            "shelly_pro3em_status_em0_fixture.json",
            Sample(p=pytest.approx(2.413825), ua=227.0, ub=230.0, uc=230.2, ia=9.592, ib=0.044, ic=1.479, f=49.9),
        ),
    ],
)
def test_a_real_three_phase_meter_is_one_meter_named_by_its_device(name: str, expected: Sample) -> None:
    decoded = status("em:0", captured(name))
    assert readings(decoded) == {DEVICE: [expected]}
    assert decoded.remarks == []


def test_the_real_register_comes_in_a_message_of_its_own() -> None:
    [[sample]] = readings(status("emdata:0", captured("shelly_pro3em_status_emdata0_fixture.json"))).values()
    assert sample == Sample(ep=pytest.approx(5415.41419))


def test_a_real_channel_on_standby_has_a_power_of_zero_which_is_a_reading() -> None:
    decoded = status("em1:0", captured("shelly_em50pro_em1_0.json"))
    expected = Sample(p=0, pf=0, ua=234.9, ia=0.08, f=50)
    assert decoded == Decoded([Parcel("", f"{DEVICE}/em1:0", [expected], otherwise=DEVICE)])


def test_other_channels_than_the_first_do_not_go_by_the_device_alone() -> None:
    [parcel] = status("em1:1", '{"act_power": 1000, "pf": -0.9}').parcels
    assert parcel == Parcel("", f"{DEVICE}/em1:1", [Sample(p=1, pf=-0.9)])


def test_a_switch_has_power_and_register_in_one() -> None:
    [parcel] = status(
        "switch:0", '{"output": true, "apower": 1500, "voltage": 230, "aenergy": {"total": 2500}}'
    ).parcels
    assert parcel == Parcel("", f"{DEVICE}/switch:0", [Sample(p=1.5, ep=2.5, ua=230)], otherwise=DEVICE)


def test_power_and_register_of_one_notification_are_one_reading_with_the_time_of_the_device() -> None:
    decoded = ask(
        SHELLY_GEN2,
        f"{DEVICE}/events/rpc",
        {
            "src": DEVICE,
            "method": "NotifyStatus",
            "params": {
                "ts": 1747561101.25,
                "em:0": {"total_act_power": 2000},
                "emdata:0": {"total_act": 7000},
                "wifi": {"rssi": -50},
            },
        },
    )
    assert readings(decoded) == {DEVICE: [Sample(ts=1747561101250, p=2, ep=7)]}


@pytest.mark.parametrize("method", ["NotifyEvent", None])
def test_other_notifications_are_understood_with_nothing(method: str | None) -> None:
    payload = {"method": method, "params": {"ts": 1747561101, "em:0": {"total_act_power": 2000}}}
    assert ask(SHELLY_GEN2, f"{DEVICE}/events/rpc", payload) == Decoded([])


@pytest.mark.parametrize(
    ("component", "payload"), [("wifi", "{}"), ("sys", "nonsense"), ("em:0", ""), ("input:0", "{}")]
)
def test_components_that_measure_nothing_are_understood_with_nothing(component: str, payload: str) -> None:
    assert status(component, payload) == Decoded([])


def test_a_part_of_a_status_without_power_is_no_reading() -> None:
    assert status("switch:0", '{"voltage": 231}') == Decoded([], remarks=[NO_POWER])


def test_phases_that_do_not_add_up_are_remarked_and_the_total_counts() -> None:
    decoded = status("em:0", '{"total_act_power": 3000, "a_act_power": 900, "b_act_power": 800, "c_act_power": 700}')
    assert (decoded.parcels[0].samples, decoded.remarks) == ([Sample(p=3)], [UNEVEN])


def test_a_meter_that_calls_itself_broken_is_marked() -> None:
    [parcel] = status("em:0", '{"total_act_power": 0, "errors": ["power_meter_failure"]}').parcels
    assert parcel.quality == Quality.INVALID


def test_one_bad_component_does_not_cost_the_others() -> None:
    rows = {"em1:0": {"act_power": "much"}, "em1:1": {"act_power": 5000}, "em1:2": 7}
    decoded = ask(SHELLY_GEN2, f"{DEVICE}/events/rpc", {"method": "NotifyStatus", "params": rows})
    assert [parcel.meter for parcel in decoded.parcels] == [f"{DEVICE}/em1:1"]
    assert decoded.refused == ["'em1:0': act_power is not a number: 'much'"]


@pytest.mark.parametrize(
    "topic", ["status/em:0", "/status/em:0", "a/status", "a/state/em:0", "+/status/em:0", "a/events/x"]
)
def test_other_topics_are_refused(topic: str) -> None:
    with pytest.raises(DecodeError, match="topic"):
        ask(SHELLY_GEN2, topic, "{}")
