"""`nightwatt decode`: what the wire gives."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from core.errors import DecodeError, SetupError
from core.interval import to_text
from core.interval import zone as zone_of
from core.readings import QUANTITIES
from core.registry import DEFAULT_ZONE
from ingest.decoders import DECODERS, Parcel, Sample
from ingest.zones import FixedZone


def decode(file: str, *, topic: str | None, zone: str | None, out: TextIO, err: TextIO) -> int:
    """Print readings as JSON lines; 1 where something was refused. Without a topic each line names its own."""
    _check_zone(zone)
    refused = 0
    for at, payload in _messages(_read(file), topic):
        if payload is None:
            print(f'{at} is not {{"topic":…,"payload":…}}', file=err)
            refused += 1
            continue
        try:
            decoded = DECODERS["nightwatt"].decode(at, payload, zone=FixedZone(zone), now=0)
        except DecodeError as error:
            print(f"{at}: {error}", file=err)
            refused += 1
            continue
        for reason in decoded.refused:
            print(f"{at}: {reason}", file=err)
        refused += len(decoded.refused)
        for parcel in decoded.parcels:
            for sample in parcel.samples:
                print(json.dumps(_row(parcel, sample), ensure_ascii=False), file=out)
    return 1 if refused else 0


def _row(parcel: Parcel, sample: Sample) -> dict[str, object]:
    row: dict[str, object] = {"enterprise": parcel.enterprise, "meter": parcel.meter}
    row["ts"] = to_text(sample.ts) if sample.ts is not None else None
    row |= {name: value for name in QUANTITIES if (value := getattr(sample, name)) is not None}
    if sample.seq >= 0:
        row["seq"] = sample.seq
    return row | {"src": sample.src}


def _messages(data: bytes, topic: str | None) -> Iterator[tuple[str, bytes | None]]:
    """Topic and payload of each message; of a line that is none, where it stands and None."""
    if topic is not None:
        yield topic, data
        return
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            message = json.loads(line)
            payload, at = message["payload"], str(message["topic"])
            text = payload if isinstance(payload, str) else json.dumps(payload)
            yield at, text.encode()
        except (ValueError, KeyError, TypeError, RecursionError):
            yield f"line {number}", None


def _check_zone(name: str | None) -> None:
    try:
        zone_of(name or DEFAULT_ZONE)
    except ValueError as error:
        raise SetupError(f"--zone: {error}") from error


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise SetupError(f"can't read {file}: {error.strerror}") from error
