"""Tasmota: its own metering and the meters that it reads for others."""

import pytest

from core.errors import DecodeError
from ingest.decoders.decoded import Parcel, Sample
from ingest.decoders.named_values import NO_ELECTRICITY, NO_POWER
from ingest.decoders.tasmota import TASMOTA
from tests.ingest.decoders.asking import ask, captured, readings

SENSOR = "tele/plug/SENSOR"
AT = 1_705_226_595_000  # 2024-01-14 18:03:15 in Shanghai


def reading(payload: str, *, topic: str = SENSOR) -> Sample:
    [[sample]] = readings(ask(TASMOTA, topic, payload)).values()
    return sample


@pytest.mark.parametrize(
    ("name", "zone", "expected"),
    [
        ("tasmota_athom_sensor.json", None, Sample(ts=AT, p=0, ep=1066, q=0, pf=0, ua=227.7, ia=0)),
        (
            "tasmota_athom_sensor.json",
            "Europe/Amsterdam",
            Sample(ts=1705251795000, p=0, ep=1066, q=0, pf=0, ua=227.7, ia=0),
        ),
        ("tasmota_dves_sensor_1.json", None, Sample(ts=1526926139000, p=0, ep=0.052, pf=0, ua=198, ia=0)),
        ("tasmota_dves_sensor_2.json", None, Sample(ts=1526926149000, p=0, ep=0.052, pf=0, ua=198, ia=0)),
        ("tasmota_dves_sensor_3.json", None, Sample(ts=1526926159000, p=0, ep=0.052, pf=0, ua=198, ia=0)),
        ("tasmota_dves_sensor_4.json", None, Sample(ts=1526926169000, p=0, ep=0.052, pf=0, ua=203, ia=0)),
        ("tasmota_pow_sensor.json", None, Sample(ts=1521683360000, p=0, ep=22.768, pf=0, ua=124, ia=0)),
    ],
)
def test_real_plugs(name: str, zone: str | None, expected: Sample) -> None:
    assert readings(ask(TASMOTA, SENSOR, captured(name), zone=zone)) == {"plug": [expected]}


def test_a_real_reader_of_an_sml_meter_is_found_under_its_group_or_by_the_device_alone() -> None:
    decoded = ask(TASMOTA, "tele/Strom_21F4D0/SENSOR", captured("tasmota_sml_ir_reader.json"))
    expected = Sample(ts=1647564720000, p=pytest.approx(0.1499), ep=1754.83)
    assert decoded.parcels == [Parcel("", "Strom_21F4D0/SML", [expected], otherwise="Strom_21F4D0")]
    assert (decoded.refused, decoded.remarks) == ([], [])


def test_a_real_three_phase_meter_without_a_total_gets_the_sum_of_its_phases() -> None:
    decoded = ask(TASMOTA, "stat/cellar/STATUS10", captured("tasmota_em24_statussns.json"), zone="Europe/Berlin")
    [parcel] = decoded.parcels
    assert (parcel.meter, parcel.otherwise) == ("cellar/EM24", "cellar")
    [sample] = parcel.samples
    assert sample.ts == 1698605981000  # 19:59:41 of the day on which the clock went back in the night
    assert sample.p == pytest.approx((246.3 + 327.4 + 55.6) / 1000)
    assert sample.q == pytest.approx((-183.1 - 236.4 - 42.4) / 1000)
    assert (sample.ep, sample.ua, sample.ub, sample.uc) == (3573.3, 229.4, 229.4, 228.3)
    assert (sample.ia, sample.ib, sample.ic) == (1.346, 1.774, 0.298)


def test_the_state_of_a_device_is_understood_with_nothing() -> None:
    decoded = ask(TASMOTA, "tele/athomspv3a/STATE", captured("tasmota_athom_state.json"))
    assert (decoded.parcels, decoded.refused, decoded.remarks) == ([], [], [])


def test_phases_come_as_lists() -> None:
    sample = reading(
        '{"ENERGY": {"Total": [1.5, 2, 3], "Power": [1000, 2000, 500], "ReactivePower": [1, 2, 3], "Factor": [1, 1, 1],'
        ' "Frequency": 50, "Voltage": [230, 231, 232], "Current": [4.3, 8.7, 2.2]}}'
    )
    assert sample == Sample(p=3.5, ep=6.5, q=pytest.approx(0.006), ua=230, ub=231, uc=232, ia=4.3, ib=8.7, ic=2.2, f=50)


def test_a_channel_that_is_missing_from_a_list_leaves_no_sum() -> None:
    assert reading('{"ENERGY": {"Total": 1, "Power": [1000, null]}}') == Sample(ep=1)


def test_a_clock_that_was_never_set_leaves_the_time_to_the_arrival() -> None:
    assert reading('{"Time": "1970-01-01T00:01:07", "ENERGY": {"Power": 5}}').ts is None


def test_own_metering_takes_the_name_of_the_device_from_others() -> None:
    decoded = ask(
        TASMOTA, SENSOR, '{"SML": {"Power_curr": 5}, "ENERGY": {"Power": 7}, "EM": {"Power_total": 9, "Hz": 50}}'
    )
    names = [(parcel.meter, parcel.otherwise) for parcel in decoded.parcels]
    assert names == [("plug/SML", ""), ("plug", ""), ("plug/EM", "")]


def test_only_the_first_of_several_meters_goes_by_the_device_alone() -> None:
    decoded = ask(TASMOTA, SENSOR, '{"DS18B20": {"Temperature": 20}, "A": {"Total_in": 5}, "B": {"Total_in": 9}}')
    assert [(parcel.meter, parcel.otherwise) for parcel in decoded.parcels] == [("plug/A", "plug"), ("plug/B", "")]


def test_a_bad_meter_does_not_cost_the_others() -> None:
    decoded = ask(TASMOTA, SENSOR, '{"A": {"Power": true}, "B": {"Power": 1500}, "C": {"Power": [1, 2]}}')
    assert [parcel.samples for parcel in decoded.parcels] == [[Sample(p=1.5)]]
    assert [reason.partition(":")[0] for reason in decoded.refused] == ["'A'", "'C'"]
    assert all("not a number" in reason for reason in decoded.refused)


@pytest.mark.parametrize(
    ("payload", "remark"),
    [
        ('{"Time": "2024-01-14T18:03:15", "DS18B20": {"Temperature": 20.5}}', NO_ELECTRICITY),
        ('{"ENERGY": {"Voltage": 230}}', NO_POWER),
        ('{"EM": {"Power_L1": 230}}', NO_POWER),
    ],
)
def test_without_power_and_energy_there_is_no_reading(payload: str, remark: str) -> None:
    decoded = ask(TASMOTA, SENSOR, payload)
    assert (decoded.parcels, decoded.refused, decoded.remarks) == ([], [], [remark])


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ('{"ENERGY": {"Power": [1, 2, 3, 4, 5, 6, 7, 8, 9]}}', "9 channels"),
        ('{"ENERGY": {"Power": {"a": 1}}}', "Power is not a number"),
        ('{"Time": "noon", "ENERGY": {"Power": 1}}', "ts is not a time"),
    ],
)
def test_what_is_wrong_is_told(payload: str, reason: str) -> None:
    decoded = ask(TASMOTA, SENSOR, payload)
    assert decoded.parcels == []
    assert reason in decoded.refused[0]


@pytest.mark.parametrize(
    "topic", ["tele/SENSOR", "tele//SENSOR", "stat/plug/SENSOR", "tele/a/b/SENSOR", "tele/+/SENSOR"]
)
def test_other_topics_are_refused(topic: str) -> None:
    with pytest.raises(DecodeError, match="topic"):
        ask(TASMOTA, topic, '{"ENERGY": {"Power": 1}}')
