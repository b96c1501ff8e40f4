"""Acrel's middle platform: reports, fragments, events, answers."""

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DecodeError
from ingest.decoders.acrel_platform import ACREL_PLATFORM
from ingest.decoders.decoded import Part, Sample
from tests.ingest.decoders.asking import NOW, ask, readings, told

SN = "12308017890017"
TOPIC = f"data/up/AWT100/{SN}"
T = 1_763_741_100
AT = T * 1000


def report(*meters: Any, source: str = "REALTIME", **fields: Any) -> dict[str, Any]:
    message = {"method": "report", "msgid": 7, "sn": SN, "timestamp": T, "sendtime": T + 42, "version": 1}
    return message | {"reported": {"source": source, "gateway": {"rssi": 77}, "meters": list(meters)}} | fields


METER = {"addr": "m1", "state": "ONLINE", "Ua": 220.5, "Ia": "1.5", "P": "12.25", "EPI": "100.5", "PF": 0.9, "Fr": 50}
SAMPLE = Sample(ts=AT, p=12.25, ep=100.5, pf=0.9, ua=220.5, ia=1.5, f=50.0)


def test_a_report_of_two_meters_is_answered() -> None:
    decoded = ask(ACREL_PLATFORM, TOPIC, report(METER, {"addr": "m2", "state": "ONLINE", "P": 1}))
    assert readings(decoded) == {f"{SN}/m1": [SAMPLE], f"{SN}/m2": [Sample(ts=AT, p=1.0)]}
    assert [parcel.otherwise for parcel in decoded.parcels] == ["", ""]
    answer = {"msgid": 7, "method": "report", "sn": SN, "res": 1, "timestamp": NOW // 1000}
    assert told(decoded.answers) == [(f"data/down/AWT100/{SN}", answer)]


def test_the_only_meter_may_be_registered_by_its_gateways_number() -> None:
    [parcel] = ask(ACREL_PLATFORM, TOPIC, report(METER)).parcels
    assert (parcel.meter, parcel.otherwise) == (f"{SN}/m1", SN)


def test_a_meter_that_reports_for_itself_has_one_name() -> None:
    [parcel] = ask(ACREL_PLATFORM, TOPIC, report(METER | {"addr": SN})).parcels
    assert (parcel.meter, parcel.otherwise) == (SN, SN)


def test_history_is_back_fill_with_the_meters_own_times() -> None:
    rows = [{"addr": "m1", "timestamp": T - 900 * back, "P": back} for back in (3, 2, 1)]
    decoded = ask(ACREL_PLATFORM, TOPIC, report(*rows, source="HISTORY"))
    assert readings(decoded) == {
        f"{SN}/m1": [Sample(ts=AT - 900_000 * back, p=float(back), src="backfill") for back in (3, 2, 1)]
    }


def test_the_time_of_sending_is_never_that_of_a_reading() -> None:
    assert readings(ask(ACREL_PLATFORM, TOPIC, report(METER, timestamp=None))) == {
        f"{SN}/m1": [Sample(p=12.25, ep=100.5, pf=0.9, ua=220.5, ia=1.5, f=50.0)]
    }


def test_a_meter_off_line_has_no_reading_and_no_fault() -> None:
    decoded = ask(ACREL_PLATFORM, TOPIC, report(METER | {"state": "OFFLINE"}))
    assert (readings(decoded), decoded.remarks) == ({}, [])
    assert len(decoded.answers) == 1


def test_the_older_update_names_meters_by_key() -> None:
    reported = {"0_24120405680027": {"state": "ONLINE", "EP": "21.75", "EPI": "21.5", "P": "0.0", "Fr": "50.25"}}
    message = {"msgid": "571", "method": "update", "sn": SN, "timestamp": T, "sendtime": T, "reported": reported}
    assert readings(ask(ACREL_PLATFORM, f"data/dev/AWT200/{SN}", message)) == {
        f"{SN}/0_24120405680027": [Sample(ts=AT, p=0.0, ep=21.5, f=50.25)]
    }


def test_a_report_without_meters_is_no_fault() -> None:
    decoded = ask(ACREL_PLATFORM, TOPIC, report())
    assert (decoded.parcels, decoded.refused, decoded.remarks) == ([], [], ["no electricity"])


@pytest.mark.parametrize(
    ("meter", "reason"),
    [
        ({"addr": "m9", "P": False}, "meter 'm9': p is not a number: False"),
        ({"addr": "m9", "P": 1, "timestamp": "soon"}, "meter 'm9': ts is not a time: 'soon'"),
        ({"P": 1}, "meter None: addr is no name: None"),
        (5, "meter 5: it is an object, not int"),
    ],
)
def test_a_bad_meter_does_not_cost_the_good_ones(meter: Any, reason: str) -> None:
    decoded = ask(ACREL_PLATFORM, TOPIC, report(METER, meter))
    assert [parcel.samples for parcel in decoded.parcels] == [[SAMPLE]]
    assert decoded.refused == [reason]
    assert len(decoded.answers) == 1


def notice(**payload: Any) -> dict[str, Any]:
    return {"msgid": 8, "method": "notice", "sn": SN, "timestamp": T, "payload": payload}


START = {"startTime": T - 101, "startEPI": "100.25", "startSwOnTime": "50"}
STOP = START | {"stopTime": T, "stopEPI": "102.5", "stopSwOnTime": "150"}


@pytest.mark.parametrize(
    ("payload", "samples"),
    [
        ({"sn": "m1", "noticeType": ["RUN_START"], "RUN_START": START}, [Sample(ts=AT - 101_000, ep=100.25)]),
        ({"sn": "m1", "noticeType": ["RUN_STOP"], "RUN_STOP": STOP}, [Sample(ts=AT, ep=102.5)]),
        ({"sn": "m1", "noticeType": ["GW_PWROFF"], "GW_PWROFF": {"time": T}}, []),
        ({"noticeType": ["LOADCONTROL"], "LOADCONTROL": {}}, []),
    ],
)
def test_start_and_stop_tell_the_register(payload: dict[str, Any], samples: list[Sample]) -> None:
    decoded = ask(ACREL_PLATFORM, f"notify/dev/AWT100/{SN}", notice(**payload))
    assert readings(decoded) == ({f"{SN}/m1": samples} if samples else {})
    answer = {"msgid": 8, "method": "notice", "sn": SN, "res": 1, "timestamp": NOW // 1000}
    assert told(decoded.answers) == [(f"notify/server/AWT100/{SN}", answer)]


def test_the_newer_form_of_events() -> None:
    events = [{"addr": SN, "code": "RUN_STOP"} | STOP, {"addr": "m2", "code": "START_RUNNING"}]
    message = {"msgid": 9, "method": "event", "payload": {"events": events}}
    assert readings(ask(ACREL_PLATFORM, f"notify/dev/AWT100/{SN}", message)) == {SN: [Sample(ts=AT, ep=102.5)]}


def test_a_login_is_answered_but_what_it_will_compress_cannot_be_read() -> None:
    where = f"sys/dev/AWT100/{SN}"
    plain = ask(ACREL_PLATFORM, where, {"msgid": 1, "method": "login", "payload": {"compress": "0", "upInterval": 300}})
    assert plain.refused == []
    assert told(plain.answers) == [
        (f"sys/server/AWT100/{SN}", {"msgid": 1, "method": "login", "sn": SN, "res": 1, "timestamp": NOW // 1000})
    ]
    packed = ask(ACREL_PLATFORM, where, {"msgid": 1, "method": "login", "payload": {"compress": "1"}})
    assert packed.refused == ["the device is set to compress or encrypt what it sends; that can't be read"]


@pytest.mark.parametrize(("method", "at"), [("time", NOW // 1000), ("time.ms", NOW)])
def test_who_asks_for_the_time_gets_it(method: str, at: int) -> None:
    message = {"msgid": "a", "method": method, "sn": SN, "devicesend": T, "timestamp": T, "timezone": "8"}
    [(topic, answer)] = told(ask(ACREL_PLATFORM, f"sys/dev/AWT100/{SN}", message).answers)
    assert topic == f"sys/server/AWT100/{SN}"
    assert answer == {
        "msgid": "a",
        "method": method,
        "sn": SN,
        "res": 1,
        "devicesend": T,
        "serverreceive": at,
        "serversend": at,
        "timezone": "8",
        "timestamp": NOW // 1000,
    }


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (TOPIC, "{}", "method is not known: None"),
        (TOPIC, '{"method": ["report"]}', "method is not known"),
        (TOPIC, "[]", "an object is expected"),
        (f"data/down/AWT100/{SN}", "{}", "topic is not"),
        (f"data/up/{SN}", "{}", "topic is not"),
        ("data/up/+/1", "{}", "wildcard"),
    ],
)
def test_what_is_no_message_is_refused_with_the_reason(topic: str, payload: str, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        ask(ACREL_PLATFORM, topic, payload)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"method": "report"}, "reported is an object, not NoneType"),
        (report(*[{}] * 10_001), "10001 readings in one message; at most 10000 are taken"),
        ({"method": "notice"}, "payload is an object, not NoneType"),
        (notice(sn="m1", RUN_STOP=7), "RUN_STOP: the event is an object, not int"),
    ],
)
def test_what_is_wrong_is_told_and_the_device_does_not_send_it_again(message: dict[str, Any], reason: str) -> None:
    decoded = ask(ACREL_PLATFORM, TOPIC, message)
    assert (decoded.parcels, decoded.refused, len(decoded.answers)) == ([], [reason], 1)


# Fragments

FRAGMENTS = [
    report({"addr": "m1", "state": "ONLINE", "Ua": 220.5, "P": 3}, fragNo=1, fragment=3),
    report({"addr": "m1", "EPI": 100.5}, {"addr": "m2", "P": 4}, fragNo=2, fragment=3),
    report({"addr": "m1", "timestamp": T - 60, "P": 2}, fragNo=3, fragment=3),
]


def part_of(message: dict[str, Any], *, topic: str = TOPIC) -> Part | None:
    assert ACREL_PLATFORM.parts is not None
    return ACREL_PLATFORM.parts.part(topic, json.dumps(message).encode())


def test_fragments_of_one_message_belong_together() -> None:
    parts = [part_of(message) for message in FRAGMENTS]
    assert [(part.name, part.of) for part in parts if part] == [("1", 3), ("2", 3), ("3", 3)]
    assert len({part.key for part in parts if part}) == 1
    others = [part_of(FRAGMENTS[0] | {"msgid": 8}), part_of(FRAGMENTS[0], topic=TOPIC + "9")]
    assert len({part.key for part in [parts[0], *others] if part}) == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"fragment": 1},
        {"fragNo": 4},
        {"fragNo": 0},
        {"fragNo": None},
        {"fragNo": True},
        {"fragment": "many"},
        {"fragment": 1001},
        {"fragment": 1e30},
        {"fragment": "9" * 5000},
        {"msgid": None},
        {"msgid": {}},
    ],
)
def test_what_is_no_fragment_is_whole(fields: dict[str, Any]) -> None:
    assert part_of(FRAGMENTS[0] | fields) is None


def test_a_fragment_may_be_counted_in_text() -> None:
    part = part_of(FRAGMENTS[0] | {"fragNo": "2", "fragment": "3", "msgid": "a-1"})
    assert part is not None
    assert (part.name, part.of) == ("2", 3)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_fragments_join_to_one_report_in_any_order(order: tuple[int, ...]) -> None:
    assert ACREL_PLATFORM.parts is not None
    topic, payload = ACREL_PLATFORM.parts.join([(TOPIC, json.dumps(FRAGMENTS[i]).encode()) for i in order])
    decoded = ask(ACREL_PLATFORM, topic, payload)
    found = {name: sorted(samples, key=lambda s: s.ts or 0) for name, samples in readings(decoded).items()}
    assert found == {
        f"{SN}/m1": [Sample(ts=AT - 60_000, p=2.0), Sample(ts=AT, p=3.0, ep=100.5, ua=220.5)],
        f"{SN}/m2": [Sample(ts=AT, p=4.0)],
    }
    assert len(decoded.answers) == 1
    assert part_of(json.loads(payload)) is None


def test_a_lone_fragment_is_read_as_far_as_it_goes() -> None:
    decoded = ask(ACREL_PLATFORM, TOPIC, FRAGMENTS[0])
    assert readings(decoded) == {f"{SN}/m1": [Sample(ts=AT, p=3.0, ua=220.5)]}
    assert decoded.parcels[0].otherwise == ""  # it may have more circuits than the fragment shows


@given(
    st.lists(st.dictionaries(st.sampled_from(["reported", "msgid", "method"]), st.integers() | st.none()), max_size=3)
)
def test_whatever_is_a_part_can_be_joined(messages: list[dict[str, Any]]) -> None:
    assert ACREL_PLATFORM.parts is not None
    whole = [FRAGMENTS[0], *({"fragNo": 2, "fragment": 9, "msgid": 1} | message for message in messages)]
    given = [(TOPIC, json.dumps(message).encode()) for message in whole if part_of(message)]
    topic, payload = ACREL_PLATFORM.parts.join(given)
    assert f"{SN}/m1" in readings(ask(ACREL_PLATFORM, topic, payload))
