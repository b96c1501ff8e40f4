"""Shelly of the first generation and Victron: values that come one by one and are one reading."""

import pytest

from core.errors import DecodeError
from ingest.decoders.decoded import Decoded, Dialect, Parcel, Sample
from ingest.decoders.shelly_gen1 import SHELLY_GEN1
from ingest.decoders.single_values import MAX_VALUE_BYTES
from ingest.decoders.victron import VICTRON
from tests.ingest.decoders.asking import ask, captured, readings

EM3 = "shellyem3-68C63AFAF952"
INVERTER = "N/e0ff50a097c0/pvinverter/20/Ac"


def burst(dialect: Dialect, values: dict[str, str]) -> Decoded:
    """What the values say together."""
    assert dialect.parts is not None
    given = [(topic, text.encode()) for topic, text in values.items()]
    parts = [dialect.parts.part(topic, payload) for topic, payload in given]
    assert len({part.key for part in parts if part}) == 1
    return ask(dialect, *dialect.parts.join(given))


def emeter(device: str, values: dict[str, str]) -> Decoded:
    return burst(SHELLY_GEN1, {f"shellies/{device}/emeter/{name}": text for name, text in values.items()})


def test_a_real_burst_of_a_three_phase_meter_is_one_reading_with_the_sum_of_its_phases() -> None:
    lines = [line.split(" ") for line in captured("shelly_em3_gen1_topics.txt").decode().splitlines()]
    assert SHELLY_GEN1.parts is not None
    assert ask(SHELLY_GEN1, *lines[0]) == Decoded([])  # relay/0 off
    values = {topic: text for topic, text in lines if SHELLY_GEN1.parts.part(topic, text.encode())}
    assert len(values) == len(lines) - 1
    expected = Sample(p=pytest.approx(0.3128), ua=239.03, ub=237.51, uc=240.5, ia=0.71, ib=0.69, ic=0.59)
    assert readings(burst(SHELLY_GEN1, values)) == {EM3: [expected]}


def test_a_joined_burst_is_whole_and_goes_by_the_topic_of_its_first_value() -> None:
    assert SHELLY_GEN1.parts is not None
    topics = [f"shellies/{EM3}/emeter/{n}/power" for n in range(3)]
    topic, payload = SHELLY_GEN1.parts.join([(topic, b"1000") for topic in topics])
    assert topic == topics[0]
    assert SHELLY_GEN1.parts.part(topic, payload) is None
    assert readings(ask(SHELLY_GEN1, topic, payload)) == {EM3: [Sample(p=3)]}


def test_a_phase_that_did_not_come_leaves_no_total_and_is_told() -> None:
    decoded = emeter(EM3, {"0/power": "1000", "2/power": "1000", "0/total": "1", "1/total": "2", "2/total": "3"})
    assert decoded.parcels == [Parcel("", EM3, [Sample(ep=pytest.approx(0.006))])]
    assert decoded.refused == ["power of emeter 1 is missing, so there is no total"]


def test_a_lone_value_of_a_phase_is_no_reading() -> None:
    decoded = ask(SHELLY_GEN1, f"shellies/{EM3}/emeter/0/power", "120.11")
    assert decoded.parcels == []
    assert decoded.refused == ["power of emeter 1 and 2 is missing, so there is no total"]


def test_a_device_with_two_circuits_has_two_meters() -> None:
    assert SHELLY_GEN1.parts is not None
    topics = [f"shellies/shellyem-B9F1/emeter/{n}/power" for n in (0, 1)]
    parts = [SHELLY_GEN1.parts.part(topic, b"1") for topic in topics]
    assert [part and part.key for part in parts] == ["shellyem-B9F1/emeter/0", "shellyem-B9F1/emeter/1"]
    [first] = emeter(
        "shellyem-B9F1", {"0/power": "-500", "0/pf": "-0.9", "0/total": "7000", "0/voltage": "230"}
    ).parcels
    sample = Sample(p=-0.5, ep=7, pf=-0.9, ua=230)
    assert first == Parcel("", "shellyem-B9F1/emeter/0", [sample], otherwise="shellyem-B9F1")
    [second] = ask(SHELLY_GEN1, topics[1], "250").parcels
    assert second == Parcel("", "shellyem-B9F1/emeter/1", [Sample(p=0.25)])


def test_the_power_of_a_switch_is_whole_by_itself() -> None:
    topic = "shellies/shelly1pm-76FE/relay/0/power"
    assert SHELLY_GEN1.parts is not None
    assert SHELLY_GEN1.parts.part(topic, b"1500") is None
    [parcel] = ask(SHELLY_GEN1, topic, "1500").parcels
    assert parcel == Parcel("", "shelly1pm-76FE/relay/0", [Sample(p=1.5)], otherwise="shelly1pm-76FE")


@pytest.mark.parametrize("end", ["relay/0", "relay/0/energy", "emeter/0/energy", "emeter/7/power", "emeter/0/pf/x"])
def test_other_values_are_understood_with_nothing(end: str) -> None:
    assert ask(SHELLY_GEN1, f"shellies/{EM3}/{end}", "5") == Decoded([])


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (f"shellies/{EM3}/emeter/0/power", "much", "0/power is not a number: 'much'"),
        (f"shellies/{EM3}/emeter/0/power", "true", "not a number"),
        (f"shellies/{EM3}/emeter/0/power", b"\xff", "not a number"),
        (f"shellies/{EM3}/emeter/0/power", "1" * (MAX_VALUE_BYTES + 1), "a value of 1001 bytes"),
        (f"shellies/{EM3}/emeter/0/power", '{"$values": 5}', "$values"),
        (f"shellies/{EM3}/emeter/0/power", '{"$values": {"0/power": 5}}', "$values"),
        (f"shellies/{EM3}", "5", "topic"),
        (f"shellies/{EM3}/+/0/power", "5", "topic"),
        (f"{INVERTER}/Power", "5", "Power is not {"),
        (f"{INVERTER}/Power", '{"value": [1]}', "not a number"),
        (f"{INVERTER}/Power", '{"values": 1}', "Power is not {"),
        ("N/e0ff50a097c0/battery/20/Ac/Power", '{"value": 1}', "topic"),
        ("N/e0ff50a097c0/grid/30/Dc/Power", '{"value": 1}', "topic"),
    ],
)
def test_what_is_wrong_is_told(topic: str, payload: str | bytes, reason: str) -> None:
    dialect = VICTRON if topic.startswith("N/") else SHELLY_GEN1
    with pytest.raises(DecodeError) as caught:
        ask(dialect, topic, payload)
    assert reason in str(caught.value)


def test_a_real_null_is_an_absent_value() -> None:
    assert ask(VICTRON, f"{INVERTER}/L2/Power", captured("victron_null_value.json")) == Decoded([])
    assert ask(VICTRON, f"{INVERTER}/Power", captured("victron_null_value.json")) == Decoded([])


def test_a_real_empty_payload_says_that_the_device_has_gone_which_is_no_part_and_no_reading() -> None:
    payload = captured("victron_device_gone_empty.bin")
    assert payload == b""
    assert VICTRON.parts is not None
    assert VICTRON.parts.part(f"{INVERTER}/Power", payload) is None
    assert ask(VICTRON, f"{INVERTER}/Power", payload) == Decoded([])


def test_a_burst_of_a_victron_device_is_one_reading() -> None:
    values = {
        "Power": "1500",
        "L1/Voltage": "230.5",
        "L1/Current": "6.5",
        "L2/Voltage": "null",
        "Energy/Forward": "12.5",
    }
    decoded = burst(VICTRON, {f"{INVERTER}/{name}": f'{{"value": {text}}}' for name, text in values.items()})
    assert readings(decoded) == {"e0ff50a097c0/pvinverter/20": [Sample(p=1.5, ep=12.5, ua=230.5, ia=6.5)]}


def test_the_power_of_one_phase_of_a_victron_device_never_passes_for_the_total() -> None:
    assert VICTRON.parts is not None
    assert VICTRON.parts.part(f"{INVERTER}/L1/Power", b'{"value": 5}') is None
    assert ask(VICTRON, f"{INVERTER}/L1/Power", '{"value": 500}') == Decoded([])
