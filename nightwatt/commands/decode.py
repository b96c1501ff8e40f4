"""`nightwatt decode`: what the wire gives."""

import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TextIO

from core.errors import DecodeError, SetupError
from core.interval import to_text
from core.interval import zone as zone_of
from core.readings import QUANTITIES
from core.registry import DEFAULT_ZONE
from ingest.decoders import DECODERS, Decoded, Dialect, Parcel, Sample
from ingest.joining import Joiner
from ingest.message import Message
from ingest.routing import Routing
from ingest.zones import FixedZone

HJ212 = "hj212"


def decode(
    file: str,
    *,
    topic: str | None,
    zone: str | None,
    out: TextIO,
    err: TextIO,
    hj212: bool = False,
    dialect: str | None = None,
    dialects: Mapping[str, Dialect] = DECODERS,
) -> int:
    """Print readings as JSON lines; 1 where something was refused.

    FILE is one payload of `topic`, frames of HJ 212, or, with neither, lines that name their topics. What
    comes in parts is joined, for a single payload excepted. `dialect` is taken for every topic where it is given.
    """
    _check_zone(zone)
    dialect_of = _dialect_of(dialects, dialect)
    telling = _Telling(dialect_of, FixedZone(zone), out, err)
    data = _read(file)
    if topic is not None:
        telling.tell([_message(topic, data)])
        return telling.exit_code
    joiner = Joiner(dialect_of)
    for message in _frames(data) if hj212 else _lines(data):
        if isinstance(message, str):
            telling.refuse(message)
        else:
            telling.tell(joiner.take([message], now=0))
    telling.tell(joiner.due(now=math.inf))
    return telling.exit_code


class _Telling:
    """Prints what messages hold, and counts refusals."""

    def __init__(self, dialect_of: Callable[[str], Dialect | None], zone: FixedZone, out: TextIO, err: TextIO) -> None:
        self._dialect_of, self._zone, self._out, self._err = dialect_of, zone, out, err
        self.exit_code = 0

    def refuse(self, why: str) -> None:
        self.exit_code = 1
        print(why, file=self._err)

    def tell(self, messages: Iterable[Message]) -> None:
        for message in messages:
            where = f"frame {message.ticket}" if message.topic == HJ212 else message.topic
            try:
                decoded = self._decoded(message)
            except DecodeError as error:
                self.refuse(f"{where}: {error}")
                continue
            for reason in decoded.refused:
                self.refuse(f"{where}: {reason}")
            for parcel in decoded.parcels:
                for sample in parcel.samples:
                    print(_line(parcel, sample), file=self._out)

    def _decoded(self, message: Message) -> Decoded:
        found = self._dialect_of(message.topic)
        if found is None:
            raise DecodeError("topic belongs to no dialect")
        return found.decode(message.topic, message.payload, zone=self._zone, now=message.received_at)


def _line(parcel: Parcel, sample: Sample) -> str:
    """JSON with its letters as they are; half a surrogate pair, which JSON can name and no file can hold, goes."""
    return json.dumps(_row(parcel, sample), ensure_ascii=False).encode("utf-8", "replace").decode()


def _row(parcel: Parcel, sample: Sample) -> dict[str, object]:
    row: dict[str, object] = {"enterprise": parcel.enterprise, "meter": parcel.meter}
    row["ts"] = to_text(sample.ts) if sample.ts is not None else None
    row |= {name: value for name in QUANTITIES if (value := getattr(sample, name)) is not None}
    if sample.seq >= 0:
        row["seq"] = sample.seq
    return row | {"src": sample.src}


def _dialect_of(dialects: Mapping[str, Dialect], forced: str | None) -> Callable[[str], Dialect | None]:
    if forced is None:
        return Routing(dialects).of
    if forced not in dialects:
        raise SetupError(f"--dialect: there is no {forced!r}; known are {', '.join(dialects)}")
    return lambda _topic: dialects[forced]


def _lines(data: bytes) -> Iterator[Message | str]:
    """The message of each line; of a line that is none, what is wrong."""
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            message = json.loads(line)
            payload, topic = message["payload"], str(message["topic"])
            text = payload if isinstance(payload, str) else json.dumps(payload)
            yield _message(topic, text.encode(), number=number)
        except (ValueError, KeyError, TypeError, RecursionError):
            yield f'line {number} is not {{"topic":…,"payload":…}}'


def _frames(data: bytes) -> Iterator[Message]:
    from ingest.hj212.splitter import Splitter

    splitter = Splitter()
    pieces = splitter.feed(data)
    rest = splitter.rest()
    for number, piece in enumerate([*pieces, rest] if rest.strip() else pieces, 1):
        yield _message(HJ212, piece, number=number)


def _message(topic: str, payload: bytes, *, number: int = 0) -> Message:
    """As if it came now; `number` says where it stood, and is kept as the ticket."""
    return Message(topic, payload, received_at=time.time_ns() // 1_000_000, arrived=0.0, ticket=number)


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
