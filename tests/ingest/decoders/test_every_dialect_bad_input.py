"""What every dialect does with the worst that can be sent: a reason in bounded time and memory, never anything else."""

import contextlib
import re
import tracemalloc
from pathlib import Path

import pytest

from core.errors import DecodeError
from ingest.decoders import DECODERS
from ingest.decoders.decoded import Decoded, Dialect
from ingest.decoders.mapping_load import load_mappings
from ingest.decoders.payload import MAX_READINGS
from ingest.hj212.dialect import HJ212
from ingest.hj212.frame import encode
from ingest.zones import FixedZone
from tests.ingest.decoders.asking import NOW, PAYLOADS, captured

T = 1_763_741_100

MAPPINGS = load_mappings(
    [
        {
            "name": "mapping",
            "topic": "site/{device}/data",
            "meter": "{device}",
            "time": "@.ts",
            "each": "$[*]",
            "quantities": {"p": "@.power"},
        },
        {
            "name": "mapping-single",
            "topic": "plug/{device}/{value}",
            "meter": "{device}",
            "part": "{value}",
            "quantities": {"p": "$.power"},
        },
    ]
)
DIALECTS: dict[str, Dialect] = DECODERS | MAPPINGS | {"hj212": HJ212}

TOPICS = {
    "nightwatt": "nightwatt/v1/e/m/telemetry",
    "acrel": "/gw/acrelHW/ADW300/data/m",
    "acrel-platform": "data/up/k/m",
    "alink": "/sys/k/m/thing/event/property/history/post",
    "cet": "CET/m/upload",
    "daq-iot": "daq-iot/m/snapshot",
    "thingsboard": "v1/gateway/telemetry",
    "tasmota": "tele/m/SENSOR",
    "shelly-gen1": "shellies/m/emeter/0/power",
    "shelly-gen2": "m/events/rpc",
    "zigbee2mqtt": "zigbee2mqtt/m",
    "victron": "N/p/grid/30/Ac/Power",
    "mapping": "site/m/data",
    "mapping-single": "plug/m/power",
    "hj212": "hj212",
}

MANY = {
    "nightwatt": (f'{{"ts":{T}000,"p":1}}', "[", "]"),
    "acrel": ('{"p":1}', '{"type":"data","data":[', "]}"),
    "acrel-platform": ('{"addr":"a","P":1}', '{"method":"report","reported":{"meters":[', "]}}"),
    "alink": ('{"properties":{}}', '{"params":[', "]}"),
    "cet": ("{}", '{"location_code":"m","properties":[', "]}"),
    "thingsboard": ('{"p":1}', '{"m":[', "]}"),
    "mapping": ('{"power":1}', "[", "]"),
}
"""One reading, and what stands around 100,000 of them. Messages of the other dialects hold no list of readings."""

WORST = {
    "nothing": b"",
    "zeros": bytes(1_000_000),
    "opening lists": b"[" * 1_000_000,
    "opening objects": b'{"a":' * 200_000,
    "pairs of brackets": b"[" + b"[]," * 333_000 + b"[]]",
    "many digits": b'{"ts":1,"p":' + b"9" * 990_000 + b"}",
    "many decimals": b'{"ts":1,"p":0.' + b"1" * 990_000 + b"}",
    "many digits as text": b'{"ts":1,"p":"' + b"9" * 990_000 + b'"}',
    "a long time": b'{"ts":"' + b"1" * 990_000 + b'","p":1}',
    "a long exponent": b'{"ts":1,"p":1e' + b"9" * 900_000 + b"}",
    "many keys": b"{" + b",".join(b'"%d":1' % n for n in range(80_000)) + b"}",
    "the same key": b"{" + b",".join([b'"p":1'] * 150_000) + b"}",
    "many groups": b"{" + b",".join(b'"%d":{"p":1}' % n for n in range(60_000)) + b"}",
    "escapes": b'"' + b"\\u0041" * 160_000 + b'"',
    "lone surrogates": b'{"' + b"\\ud800" * 160_000 + b'":1}',
    "a frame that never ends": b"##9999" + b"A" * 990_000,
    "many frames in one": b"##0000" * 160_000,
    "many marks": b"##0900QN=1;CP=&&" + b"a=1;" * 240_000 + b"&&0000\r\n",
}

GROUPS = b"{" + b",".join(b'"%d":{"p":1}' % n for n in range(6_000)) + b"}"


def ask(name: str, payload: bytes, *, topic: str = "") -> Decoded:
    return DIALECTS[name].decode(topic or TOPICS[name], payload, zone=FixedZone("Asia/Shanghai"), now=NOW)


def reason(name: str, payload: bytes, *, topic: str = "") -> str:
    """Why a message is refused as a whole."""
    with pytest.raises(DecodeError) as refused:
        ask(name, payload, topic=topic)
    return str(refused.value)


def test_every_dialect_is_asked() -> None:
    assert TOPICS.keys() == DIALECTS.keys()


@pytest.mark.parametrize("name", DIALECTS)
def test_more_than_a_million_bytes_are_refused_with_their_size(name: str) -> None:
    payload = b" " * 1_000_001
    assert re.search(r"100000[0-9] bytes", reason(name, payload))


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("level", [b"[", b'{"a":', b'{"p":'])
def test_nesting_a_thousand_deep_is_refused(name: str, level: bytes) -> None:
    closing = b"]" if level == b"[" else b"}"
    why = reason(name, level * 1_000 + b"1" + closing * 1_000)
    assert "deep" in why or name in ("hj212", "shelly-gen1", "victron", "mapping-single"), why


@pytest.mark.parametrize("name", MANY)
def test_a_hundred_thousand_readings_are_refused_with_their_number(name: str) -> None:
    one, begin, end = MANY[name]
    count = min(100_000, (990_000 - len(begin)) // (len(one) + 1))
    assert count > MAX_READINGS
    payload = (begin + ",".join([one] * count) + end).encode()
    found: list[str] = []
    try:
        found = ask(name, payload).refused
    except DecodeError as error:
        found = [str(error)]
    assert any(f"{count} readings" in why for why in found), found


@pytest.mark.parametrize("name", [name for name in DIALECTS if name != "hj212"])
@pytest.mark.parametrize("mark", ["+", "#", "\0"])
def test_a_topic_with_a_wildcard_or_nul_is_refused(name: str, mark: str) -> None:
    for place in range(len(TOPICS[name].split("/"))):
        levels = TOPICS[name].split("/")
        levels[place] += mark
        assert reason(name, b'{"p":1}', topic="/".join(levels))


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("payload", WORST.values(), ids=WORST.keys())
def test_the_worst_of_a_megabyte_is_read_or_refused(name: str, payload: bytes) -> None:
    """In bounded time, too: what grows with the square of a message's size would take minutes here."""
    try:
        decoded = ask(name, payload)
        assert sum(len(parcel.samples) for parcel in decoded.parcels) <= MAX_READINGS
        why = "; ".join(decoded.refused[:3])
    except DecodeError as error:
        why = str(error)
        assert why
    assert len(why) < 2_000
    why.encode()


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize(
    "like", [b"[" + b"[]," * 33_000 + b"[]]", WORST["many groups"][:100_000].rpartition(b",")[0] + b"}"]
)
def test_a_message_takes_memory_by_its_size_and_leaves_none_of_it(name: str, like: bytes) -> None:
    tracemalloc.start()
    try:
        with contextlib.suppress(DecodeError):
            ask(name, like)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < len(like)
    assert peak < 150 * len(like)


def test_a_frame_may_not_be_longer_than_a_message() -> None:
    joined = encode("QN=1;ST=80;CN=2011;PW=1;MN=A;Flag=4;CP=&&" + "a-Rtd=1;" * 130_000 + "&&")
    assert "bytes" in reason("hj212", joined)


@pytest.mark.parametrize("name", DIALECTS)
def test_frames_of_a_meters_own_bus_are_no_message(name: str) -> None:
    for line in captured("dlt645_2007_frames.tsv").splitlines():
        for payload in (line, *(bytes.fromhex(text) for text in _hex_of(line))):
            with contextlib.suppress(DecodeError):
                assert ask(name, payload).parcels == []


def _hex_of(line: bytes) -> list[str]:
    return re.findall(r"\b(?:[0-9A-Fa-f]{2} ?){6,}\b", line.decode())


def test_every_real_payload_is_in_some_test() -> None:
    captured("README.md")  # skips, or fails in CI, where the payloads are not there
    tests = "\n".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    names = sorted(path.name for path in PAYLOADS.iterdir() if path.name != "README.md")
    assert [name for name in names if name not in tests] == []
