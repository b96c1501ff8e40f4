"""Our own MQTT contract, `nightwatt/v1/{enterprise}/{meter}/telemetry`: a JSON object or an array of them.

A well-formed message of numbers takes the quick way, a typed msgspec decoder whose readings stay packed; one
that says null somewhere, or nothing of its time, the next best. Everything that both turn down (numbers as text,
NaN, times as text, wrong types) is read again value by value, so that the reason can be told and good readings
of an array are not lost with a bad one.
"""

import re
from typing import cast

import msgspec

from core.errors import DecodeError
from core.readings import QUANTITIES
from ingest.decoders.decoded import BACKFILL, REALTIME, Decoded, Dialect, Parcel, Sample, Zone
from ingest.decoders.instant import EARLIEST_MS, LATEST_MS, instant_ms
from ingest.decoders.packed import packed
from ingest.decoders.payload import MAX_READINGS, check_count, check_size, number, parsed

TOPIC = "nightwatt/v1/+/+/telemetry"

_SOURCES = frozenset({REALTIME, BACKFILL})
_SEQ_BELOW = 1 << 62
_FINITE_KW = 1e300
_TOPIC = re.compile(r"nightwatt/v1/([^/+#\0]+)/([^/+#\0]+)/telemetry")

_one = msgspec.json.Decoder(Sample)
_many = msgspec.json.Decoder(list[Sample])


def decode(topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
    """Read a telemetry message of our own contract."""
    enterprise, meter = _address(topic)
    check_size(payload)
    quick = packed(payload)
    if quick is not None:
        # All that a list of samples is read for a sequence of them does as well.
        return Decoded([Parcel(enterprise, meter, cast("list[Sample]", quick))])
    fair = _fairly(payload)
    if fair is not None:
        return Decoded([Parcel(enterprise, meter, fair)])
    samples, refused = _carefully(payload, zone_name=zone(enterprise, meter))
    return Decoded([Parcel(enterprise, meter, samples)] if samples else [], refused)


OWN = Dialect((TOPIC,), decode)


def _address(topic: str) -> tuple[str, str]:
    usual = _TOPIC.fullmatch(topic)
    if usual is None:
        raise DecodeError(_wrong_with(topic))
    return usual[1], usual[2]


def _wrong_with(topic: str) -> str:
    parts = topic.split("/")
    if len(parts) != 5 or parts[:2] != ["nightwatt", "v1"] or parts[4] != "telemetry":
        return "topic is not nightwatt/v1/{enterprise}/{meter}/telemetry"
    return "topic names no enterprise and meter"


def _fairly(payload: bytes) -> list[Sample] | None:
    """The samples, or None where the message needs the careful way.

    Milliseconds are by far the most usual; other units are told apart on the careful way.
    """
    try:
        rows = _many.decode(payload) if payload.lstrip()[:1] == b"[" else [_one.decode(payload)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    plain = all(
        row.ts is not None
        and EARLIEST_MS <= row.ts < LATEST_MS
        and row.src in _SOURCES
        and -1 <= row.seq < _SEQ_BELOW
        and (_is_known(row.p) or _is_known(row.ep))
        for row in rows
    )
    return rows if plain and 0 < len(rows) <= MAX_READINGS else None


def _is_known(value: float | None) -> bool:
    return value is not None and -_FINITE_KW < value < _FINITE_KW


def _carefully(payload: bytes, *, zone_name: str | None) -> tuple[list[Sample], list[str]]:
    rows = _rows(payload)
    samples, refused = [], []
    for place, row in enumerate(rows, 1):
        try:
            samples.append(_sample(row, zone_name=zone_name))
        except DecodeError as error:
            refused.append(f"reading {place} of {len(rows)}: {error}" if len(rows) > 1 else str(error))
    return samples, refused


def _rows(payload: bytes) -> list[object]:
    found = parsed(payload)
    rows = found if isinstance(found, list) else [found]
    if not rows:
        raise DecodeError("an empty array")
    check_count(len(rows))
    return rows


def _sample(row: object, *, zone_name: str | None) -> Sample:
    if not isinstance(row, dict):
        raise DecodeError(f"a reading is an object, not {type(row).__name__}")
    values = {name: number(name, row[name]) for name in QUANTITIES if name in row}
    if values.get("p") is None and values.get("ep") is None:
        raise DecodeError("neither p nor ep")
    source = row.get("src", REALTIME)
    if source not in (REALTIME, BACKFILL):
        raise DecodeError(f"src is realtime or backfill, not {source!r:.40}")
    ts = row.get("ts")
    return Sample(
        ts=None if ts is None else instant_ms(ts, zone_name=zone_name),
        seq=_sequence(row.get("seq")),
        src=source,
        **values,
    )


def _sequence(given: object) -> int:
    return given if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 1 << 62 else -1
