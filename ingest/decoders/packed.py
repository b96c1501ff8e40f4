"""Readings of our own contract from JSON to fixed-width rows of bytes, which numpy reads as columns.

msgspec decodes a message into typed rows and writes them as MessagePack at once. As every field of a `Row` has
but one width there, all rows are equally wide, and no Python object of a reading outlives its message: reading
fourteen attributes of each would cost more than the JSON does.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal, overload

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from core.readings import QUANTITIES
from ingest.decoders.decoded import Sample
from ingest.decoders.instant import EARLIEST_MS, LATEST_MS
from ingest.decoders.payload import MAX_READINGS

_Power = Annotated[float, Meta(gt=-1e300, lt=1e300)]
_Instant = Annotated[int, Meta(ge=EARLIEST_MS, lt=LATEST_MS)]  # always 8 bytes in MessagePack
_Number = Annotated[float, Meta(ge=-1, lt=1 << 53, multiple_of=1)]  # as an integer it would be of any width


class Row(msgspec.Struct, gc=False):
    """A reading of the usual kind: in milliseconds, of plain numbers. NaN where absent."""

    ts: _Instant
    p: _Power = math.nan
    ep: _Power = math.nan
    q: float = math.nan
    pf: float = math.nan
    ua: float = math.nan
    ub: float = math.nan
    uc: float = math.nan
    ia: float = math.nan
    ib: float = math.nan
    ic: float = math.nan
    f: float = math.nan
    seq: _Number = -1.0
    src: Literal["realtime", "backfill"] = "realtime"  # equally long


def _layout() -> np.dtype[np.void]:
    """Where the values stand in a row: a MessagePack map of short names, each value 8 bytes after a type byte."""
    names, other = Row.__struct_fields__, {"ts": ">u8", "src": "S8"}
    ends = np.cumsum([1 + len(name) + 9 for name in names]) + 1
    formats = [other.get(name, ">f8") for name in names]
    layout: np.dtype[np.void] = np.dtype(
        {"names": list(names), "formats": formats, "offsets": (ends - 8).tolist(), "itemsize": int(ends[-1])}
    )
    return layout


LAYOUT = _layout()
WIDTH = LAYOUT.itemsize

_one = msgspec.json.Decoder(Row)
_many = msgspec.json.Decoder(list[Row])
_pack = msgspec.msgpack.Encoder().encode


class PackedSamples(Sequence[Sample]):
    """Samples as rows of bytes, each WIDTH long; a Sample is made of one only where somebody asks for it."""

    __slots__ = ("rows",)

    def __init__(self, rows: bytes) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows) // WIDTH

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> list[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | list[Sample]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return _sample(columns([self])[index])


def packed(payload: bytes) -> PackedSamples | None:
    """The readings of a message, None where it is of another kind or not well-formed."""
    try:
        if payload.lstrip()[:1] != b"[":
            row = _one.decode(payload)
            return None if _says_nothing(row) else PackedSamples(_pack(row))
        rows = _many.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not 0 < len(rows) <= MAX_READINGS or [row for row in rows if row.p != row.p and _says_nothing(row)]:
        return None
    return PackedSamples(_pack(rows)[-WIDTH * len(rows) :])  # without the length of the array


def columns(rows: Sequence[PackedSamples]) -> NDArray[Any]:
    """All of them as one array of LAYOUT, shape (readings,), read-only and big-endian."""
    return np.frombuffer(b"".join([some.rows for some in rows]), dtype=LAYOUT)


def _says_nothing(row: Row) -> bool:
    return row.p != row.p and row.ep != row.ep


def _sample(row: np.void) -> Sample:
    told = dict(zip(Row.__struct_fields__, row.item(), strict=True))
    values = {name: told[name] for name in QUANTITIES if not math.isnan(told[name])}
    return Sample(ts=told["ts"], seq=int(told["seq"]), src=told["src"].decode(), **values)
