"""Our own contract against any bytes at all: readings or a DecodeError, and nothing else."""

import json
import math
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import DecodeError
from core.readings import QUANTITIES
from ingest.decoders import Decoded
from tests.ingest.test_own_decoder import TOPIC, decode

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
FIELDS = st.dictionaries(st.sampled_from(["ts", "seq", "src", *QUANTITIES]), JSON, max_size=6)
READING = FIELDS | JSON
PAYLOADS = (
    st.binary(max_size=200)
    | st.text(alphabet='[]{}",:0123456789eE+-. \ntsp\\unal', max_size=80).map(str.encode)
    | (READING | st.lists(READING, max_size=5)).map(lambda value: json.dumps(value).encode())
)
TOPICS = st.just(TOPIC) | st.text(alphabet="/+#\0 a站nightwav1telmry", max_size=40) | st.text(max_size=30)


def only_finite(decoded: Decoded) -> None:
    for parcel in decoded.parcels:
        assert parcel.samples
        for sample in parcel.samples:
            values: list[Any] = [getattr(sample, name) for name in QUANTITIES]
            assert all(value is None or (type(value) is float and math.isfinite(value)) for value in values)
            assert sample.p is not None or sample.ep is not None
            assert sample.ts is None or 946_684_800_000 <= sample.ts < 4_102_444_800_000
            assert -1 <= sample.seq < 1 << 62


@settings(max_examples=400, deadline=None)
@given(topic=TOPICS, payload=PAYLOADS, zone=st.sampled_from([None, "Asia/Shanghai", "nowhere"]))
@example(topic=TOPIC, payload=b'{"p":1e999,"ep":1,"ts":1763741100000}', zone=None)
@example(topic=TOPIC, payload=b'{"p":1.0,"ep":2,"ts":1763741100000,"seq":18446744073709551616}', zone=None)
@example(topic=TOPIC, payload=b'{"p":"' + b"9" * 5000 + b'"}', zone=None)
@example(topic=TOPIC, payload=b'{"p":1,"ts":"' + b"9" * 25 + b'"}', zone=None)
def test_any_bytes_are_read_or_refused_and_never_anything_else(topic: str, payload: bytes, zone: str | None) -> None:
    try:
        decoded = decode(payload, topic=topic, zone=zone)
    except DecodeError as error:
        assert str(error)  # noqa: PT017
        return
    assert decoded.parcels or decoded.refused
    assert all(decoded.refused)
    only_finite(decoded)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(FIELDS, min_size=1, max_size=4), pretty=st.booleans())
def test_the_quick_and_the_careful_way_read_the_same(rows: list[dict[str, Any]], pretty: bool) -> None:
    """A reading alone may go the quick way; beside one that must not, it goes the careful way."""
    text = [json.dumps(row, indent=1 if pretty else None) for row in rows]
    apart = [sample for row in text for parcel in decode(row).parcels for sample in parcel.samples]
    together = decode("[" + ",".join([*text, '{"p": "0"}']) + "]").parcels[0].samples[:-1]
    assert together == apart
