"""Ask a dialect what a message says; and any bytes at all, for the property tests."""

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from core.errors import DecodeError
from core.readings import QUANTITIES
from ingest.decoders.decoded import Decoded, Dialect, Sample
from ingest.message import Answer
from ingest.zones import FixedZone

NOW = 1_763_741_100_500
"""2025-11-22 00:05:00.5 in Shanghai."""

PAYLOADS = Path(__file__).parents[4] / "shared" / "data" / "payloads"


def captured(name: str) -> bytes:
    """A real payload."""
    path = PAYLOADS / name
    if not path.exists():
        message = f"no real payload {path}"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return path.read_bytes()


def ask(
    dialect: Dialect, topic: str, payload: bytes | str | dict[str, Any] | list[Any], *, zone: str | None = None
) -> Decoded:
    """`payload` as it is, or what JSON makes of it."""
    if isinstance(payload, dict | list):
        payload = json.dumps(payload)
    given = payload.encode() if isinstance(payload, str) else payload
    return dialect.decode(topic, given, zone=FixedZone(zone), now=NOW)


def readings(decoded: Decoded) -> dict[str, list[Sample]]:
    """Samples by meter of a message that nothing is wrong with."""
    assert decoded.refused == []
    return {parcel.meter: parcel.samples for parcel in decoded.parcels}


def refusals(dialect: Dialect, topic: str, payload: bytes) -> list[str]:
    """Why nothing of a message is read, thrown or told."""
    try:
        decoded = ask(dialect, topic, payload)
    except DecodeError as error:
        return [str(error)]
    assert decoded.parcels == []
    return decoded.refused


def told(answers: list[Answer]) -> list[tuple[str, Any]]:
    return [(answer.topic, json.loads(answer.payload)) for answer in answers]


def json_of(names: list[str]) -> st.SearchStrategy[Any]:
    """JSON values whose objects often have the names that a dialect looks for."""
    leaves = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=12)
        | st.sampled_from([1_763_741_100, 1_763_741_100_000, "1763741100", "20251122000500", "12.5", "1e308", *names])
    )
    keys = st.sampled_from(names) | st.text(max_size=6)
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=6), max_leaves=15
    )


def payloads_of(names: list[str], *, like: list[dict[str, Any]]) -> st.SearchStrategy[bytes]:
    """Any bytes, any JSON, and messages of a dialect with any values in some places."""
    anything = json_of(names)
    spoilt = st.tuples(st.sampled_from(like), st.dictionaries(st.sampled_from(names), anything, max_size=3))
    return (
        st.binary(max_size=120)
        | st.text(alphabet='[]{}",:0123456789eE+-. \nulpts', max_size=60).map(str.encode)
        | anything.map(lambda value: json.dumps(value).encode())
        | spoilt.map(lambda pair: json.dumps(pair[0] | pair[1]).encode())
        | spoilt.map(lambda pair: json.dumps(_everywhere(pair[0], pair[1])).encode())
    )


def _everywhere(given: Any, other: dict[str, Any]) -> Any:
    """The same message, with the values of some names replaced wherever they are."""
    if isinstance(given, list):
        return [_everywhere(value, other) for value in given]
    if isinstance(given, dict):
        return {name: other[name] if name in other else _everywhere(value, other) for name, value in given.items()}
    return given


TOPIC_TEXT = st.text(alphabet="/+#\0 a站gwdev1", max_size=30)


def holds(dialect: Dialect, topic: str, payload: bytes, *, zone: str | None) -> None:
    """Any bytes give sound readings or a DecodeError with a reason, and nothing else."""
    try:
        decoded = ask(dialect, topic, payload, zone=zone)
    except DecodeError as error:
        assert str(error)  # noqa: PT017
        str(error).encode()
        return
    for text in [*decoded.refused, *decoded.remarks]:
        assert text
        text.encode()
    for answer in decoded.answers:
        assert not set(answer.topic) & set("+#\0")
        json.loads(answer.payload, parse_constant=_no_constant)
    for parcel in decoded.parcels:
        assert parcel.samples
        assert parcel.meter
        for sample in parcel.samples:
            _is_sound(sample)


def _no_constant(name: str) -> float:
    raise AssertionError(f"{name} is no JSON")


def _is_sound(sample: Sample) -> None:
    values = [getattr(sample, name) for name in QUANTITIES]
    assert all(value is None or (type(value) is float and math.isfinite(value)) for value in values)
    assert sample.p is not None or sample.ep is not None
    assert sample.ts is None or 946_684_800_000 <= sample.ts < 4_102_444_800_000
    assert sample.src in ("realtime", "backfill")
