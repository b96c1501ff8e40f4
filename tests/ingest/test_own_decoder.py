"""Our own contract, payload by payload."""

import pytest

from core.errors import DecodeError
from core.readings import QUANTITIES
from ingest.decoders import DECODERS, Decoded, Sample
from ingest.decoders.payload import MAX_BYTES, MAX_DEPTH, MAX_READINGS
from ingest.zones import FixedZone

TOPIC = "nightwatt/v1/works/m1/telemetry"
TS = 1_763_741_100_000
FULL = (
    '{"ts": 1763741100000, "p": 12.31, "ep": 48211.74, "q": 3.2, "pf": 0.96, "ua": 228.1, "ub": 227.9, "uc": 229.0,'
    ' "ia": 18.2, "ib": 18.0, "ic": 17.7, "f": 50.01, "seq": 1201, "src": "realtime"}'
)


def decode(payload: str | bytes, *, topic: str = TOPIC, zone: str | None = None) -> Decoded:
    given_bytes = payload.encode() if isinstance(payload, str) else payload
    return DECODERS["nightwatt"].decode(topic, given_bytes, zone=FixedZone(zone), now=TS)


def one(payload: str | bytes, *, zone: str | None = None) -> Sample:
    decoded = decode(payload, zone=zone)
    assert decoded.refused == []
    [parcel] = decoded.parcels
    assert (parcel.enterprise, parcel.meter) == ("works", "m1")
    [sample] = parcel.samples
    return sample


def refused(payload: str | bytes, *, zone: str | None = None) -> str:
    """The reason why all of a message of one reading is refused, thrown or told."""
    try:
        decoded = decode(payload, zone=zone)
    except DecodeError as error:
        return str(error)
    assert decoded.parcels == []
    [reason] = decoded.refused
    return reason


def test_the_example_of_the_contract() -> None:
    assert one(FULL) == Sample(
        TS, 12.31, 48211.74, 3.2, 0.96, 228.1, 227.9, 229.0, 18.2, 18.0, 17.7, 50.01, seq=1201, src="realtime"
    )


@pytest.mark.parametrize(
    ("ts", "zone", "ms"),
    [
        ("1763741100", None, TS),  # s
        ("1763741100.25", None, TS + 250),
        ("1763741100000", None, TS),  # ms
        ("1763741100000.0", None, TS),
        ("1763741100123456", None, TS + 123),  # µs
        ("1763741100123456789", None, TS + 123),  # ns
        ('"1763741100"', None, TS),
        ('" 1763741100000 "', None, TS),
        ('"1763741100123456789"', None, TS + 123),
        ('"2025-11-21T16:05:00Z"', None, TS),
        ('"2025-11-21t16:05:00z"', None, TS),
        ('"2025-11-21 16:05:00+00:00"', None, TS),
        ('"2025-11-22T00:05:00+08:00"', None, TS),
        ('"2025-11-22T00:05:00+0800"', None, TS),
        ('"2025-11-22T00:05:00.125+08:00"', None, TS + 125),
        ('"2025-11-22T00:05:00,125999999+08:00"', "Europe/Berlin", TS + 126),
        ('"2025-11-22T00:05:00"', "Asia/Shanghai", TS),
        ('"2025-11-22 00:05:00.5"', "Asia/Shanghai", TS + 500),
        ('"2025-11-22T00:05:00+08:00"', "Europe/Berlin", TS),  # an offset outweighs the dossier
        ("946684800", None, 946_684_800_000),  # 2000, the first that is believed
        ("null", None, None),
    ],
)
def test_a_time_in_any_of_its_shapes(ts: str, zone: str | None, ms: int | None) -> None:
    assert one(f'{{"ts": {ts}, "p": 1}}', zone=zone).ts == ms


def test_without_a_time_it_is_left_to_the_arrival() -> None:
    assert one('{"p": 1}').ts is None


@pytest.mark.parametrize(
    ("ts", "reason"),
    [
        ('"2025-11-22T00:05:00"', "no offset and the meter's dossier names no zone"),
        ('"2025-13-01T00:00:00Z"', "not a time"),
        ('"2025-02-30T00:00:00Z"', "not a time"),
        ('"2025-11-22T25:00:00Z"', "not a time"),
        ('"2025-11-22T00:05:00+99:00"', "not a time"),
        ('"2025-11-22"', "not a time"),
        ('"20251122000500"', "outside 2000–2100"),
        ('"yesterday"', "not a time"),
        ('""', "not a time"),
        ("true", "not a time"),
        ("[1763741100]", "not a time"),
        ('{"s": 1}', "not a time"),
        ("NaN", "not a time"),
        ("Infinity", "not a time"),
        ("1e400", "not a time"),
        ("0", "outside 2000–2100"),
        ("-1763741100", "outside 2000–2100"),
        ("946684799", "outside 2000–2100"),
        ("4102444800", "outside 2000–2100"),
        ("1" + "0" * 29, "outside 2000–2100"),
        ("1" + "0" * 5000, "not a time"),
        ('"0001-01-01T00:00:00+23:59"', "not a time"),
        ('"9999-12-31T23:59:59-23:59"', "not a time"),
    ],
)
def test_a_time_that_cannot_be_believed_is_refused_with_the_reason(ts: str, reason: str) -> None:
    assert reason in refused(f'{{"ts": {ts}, "p": 1}}')


def test_an_unknown_zone_in_the_dossier_refuses_the_reading_only() -> None:
    assert "not a time" in refused('{"ts": "2025-11-22T00:05:00", "p": 1}', zone="Mars/Olympus")


@pytest.mark.parametrize("name", QUANTITIES)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.3", 12.3),
        ("-0.5", -0.5),
        ("0", 0.0),
        ("12", 12.0),
        ("1e3", 1000.0),
        ('"12.3"', 12.3),
        ('" 12.3 "', 12.3),
        ('"-1e-3"', -0.001),
        ("null", None),
        ("NaN", None),
        ("-Infinity", None),
        ('"nan"', None),
        ('"inf"', None),
        ("1e999", None),
        ("1" + "0" * 400, None),
    ],
)
def test_a_number_in_any_of_its_shapes(name: str, text: str, value: float | None) -> None:
    other = "ep" if name == "p" else "p"
    sample = one(f'{{"ts": {TS}, "{other}": 1, "{name}": {text}}}')
    assert getattr(sample, name) == value
    assert getattr(sample, other) == 1.0


@pytest.mark.parametrize("text", ["true", "false", "[]", "{}", '"abc"', '""', '"12,3"', '"0x10"'])
def test_what_is_no_number_refuses_the_reading(text: str) -> None:
    assert refused(f'{{"ts": {TS}, "p": 1, "pf": {text}}}').startswith("pf is not a number")


@pytest.mark.parametrize(
    "payload", ['{"ts": 1763741100000}', '{"ua": 220}', '{"p": null}', '{"p": NaN, "ep": "inf"}', "{}", '{"P": 1}']
)
def test_power_or_register_must_be_there(payload: str) -> None:
    assert refused(payload) == "neither p nor ep"


@pytest.mark.parametrize(
    ("field", "seq", "backfill"),
    [
        ('"seq": 7', 7, False),
        ('"seq": 0', 0, False),
        ('"seq": null', -1, False),
        ('"seq": -5', -1, False),
        ('"seq": "7"', -1, False),
        ('"seq": 1.5', -1, False),
        ('"seq": true', -1, False),
        ('"seq": 99999999999999999999', -1, False),
        ('"src": "backfill"', -1, True),
        ('"src": "realtime"', -1, False),
        ('"unknown": {"a": [1, {"b": null}]}', -1, False),
        ('"电压": "高"', -1, False),
    ],
)
def test_the_rest_of_a_reading(field: str, seq: int, backfill: bool) -> None:
    sample = one(f'{{"ts": {TS}, "p": 1, {field}}}')
    assert (sample.ts, sample.p, sample.seq, sample.is_backfill) == (TS, 1.0, seq, backfill)


@pytest.mark.parametrize("src", ['"history"', "1", "[]", '"\\ud800"'])
def test_an_unknown_source_refuses_the_reading(src: str) -> None:
    reason = refused(f'{{"ts": {TS}, "p": 1, "src": {src}}}')
    assert reason.startswith("src is realtime or backfill")
    reason.encode()


def test_an_array_is_as_many_readings() -> None:
    [parcel] = decode(f'[{{"ts": {TS}, "p": 1}}, {{"ts": {TS + 1}, "p": "2"}}, {{"p": 3}}]').parcels
    assert [(sample.ts, sample.p) for sample in parcel.samples] == [(TS, 1.0), (TS + 1, 2.0), (None, 3.0)]


@pytest.mark.parametrize(
    "bad", ["{}", "7", "null", '{"p": true}', '{"ts": "noon", "p": 1}', '{"p": 1, "src": "?"}', "[]"]
)
def test_a_bad_reading_of_an_array_does_not_cost_the_good_ones(bad: str) -> None:
    decoded = decode(f'[{{"ts": {TS}, "p": 1}}, {bad}, {{"ts": {TS + 1}, "p": 3}}]')
    assert [sample.p for sample in decoded.parcels[0].samples] == [1.0, 3.0]
    [reason] = decoded.refused
    assert reason.startswith("reading 2 of 3: ")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("", "not JSON"),
        ("nonsense", "not JSON"),
        ('{"p": 1', "not JSON"),
        ('{"p": 1} trailing', "not JSON"),
        ("[]", "an empty array"),
        ("7", "a reading is an object, not int"),
        ('"p"', "a reading is an object, not str"),
        ("null", "a reading is an object, not NoneType"),
        (b"\xff\xfe", "not UTF-8 at byte 0"),
        (b'{"p": "\xb5"}', "not UTF-8 at byte 7"),
        (b"\x00", "not JSON"),
    ],
)
def test_what_is_no_message_is_refused_with_the_reason(payload: str | bytes, reason: str) -> None:
    assert refused(payload).startswith(reason)


def test_a_byte_order_mark_is_forgiven() -> None:
    assert one(b"\xef\xbb\xbf" + FULL.encode()).p == 12.31


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "nightwatt/v1/works/m1",
        "nightwatt/v1/works/m1/status",
        "nightwatt/v2/works/m1/telemetry",
        "/nightwatt/v1/works/m1/telemetry",
        "nightwatt/v1/works/m1/telemetry/",
        "nightwatt/v1//m1/telemetry",
        "nightwatt/v1/works//telemetry",
        "nightwatt/v1/+/m1/telemetry",
        "nightwatt/v1/works/#/telemetry",
        "nightwatt/v1/works/m+/telemetry",
        "nightwatt/v1/works/m\0/telemetry",
    ],
)
def test_a_topic_that_names_no_meter_is_refused(topic: str) -> None:
    with pytest.raises(DecodeError, match="topic"):
        decode(FULL, topic=topic)


def test_names_with_spaces_and_other_scripts_are_names() -> None:
    [parcel] = decode(FULL, topic="nightwatt/v1/湘江 铸造/1号 电表/telemetry").parcels
    assert (parcel.enterprise, parcel.meter) == ("湘江 铸造", "1号 电表")


def test_sizes_are_bounded() -> None:
    filler = '"' + "x" * (MAX_BYTES - 20) + '"'
    assert one(f'{{"p": 1, "x": {filler}}}').p == 1.0
    assert "bytes; at most" in refused(b'{"p": 1}' + b" " * MAX_BYTES)
    assert "bytes; at most" in refused(b"[" * 5_000_000)


def test_the_number_of_readings_is_bounded() -> None:
    [parcel] = decode("[" + ",".join(['{"p":1}'] * MAX_READINGS) + "]").parcels
    assert len(parcel.samples) == MAX_READINGS
    assert refused("[" + ",".join(["{}"] * 100_000) + "]") == "100000 readings in one message; at most 10000 are taken"
    quick = ",".join([f'{{"ts":{TS},"p":1}}'] * (MAX_READINGS + 1))
    assert "10001 readings" in refused(f"[{quick}]")


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1_000, 300_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"p":', "}")])
def test_nesting_is_bounded(depth: int, opening: str, closing: str) -> None:
    payload = opening * depth + "1" + closing * depth
    assert "deep" in refused(payload) or "bytes; at most" in refused(payload)


def test_nesting_in_a_key_nobody_asked_for_is_bounded_too() -> None:
    nested = "[" * 1_000 + "]" * 1_000
    try:
        assert one(f'{{"ts": {TS}, "p": 1, "x": {nested}}}').p == 1.0
    except DecodeError as error:
        assert "deep" in str(error)  # noqa: PT017
