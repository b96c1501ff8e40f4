"""How readings lie in a spool file: records one after the other, each with its length and checksum.

A record is a header (magic, version, quantities present, rows, bytes that follow, CRC32 of all of it) and the
columns as raw little-endian bytes. Quantities that no row has are left out.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from core.readings import QUANTITIES, Readings

MAGIC = b"NWsp"
VERSION = 1
MOST_ROWS = 50_000
"""Rows of one record; larger batches are several."""

_HEADER = struct.Struct("<4sHHII")
_CRC = struct.Struct("<I")
_PREFIX = _HEADER.size + _CRC.size
_COLUMNS = (
    ("meter", "<i8"),
    ("ts", "<i8"),
    ("received_at", "<i8"),
    ("seq", "<i8"),
    ("quality", "<i4"),
    ("source", "i1"),
)
_ROW_BYTES = sum(np.dtype(kind).itemsize for _, kind in _COLUMNS)
_MOST_BYTES = MOST_ROWS * (_ROW_BYTES + 8 * len(QUANTITIES))


class DamagedRecord(Exception):
    """The bytes at this place are no whole record."""


@dataclass(frozen=True, slots=True)
class Record:
    """Readings with the place in their file at which the next record begins."""

    batch: Readings
    end: int


def encode(batch: Readings) -> list[bytes]:
    """The records of a batch, in its order."""
    starts = range(0, len(batch), MOST_ROWS)
    return [_encode(batch.take(slice(start, start + MOST_ROWS))) for start in starts]


def _encode(batch: Readings) -> bytes:
    present = ~np.isnan(batch.values).all(axis=0)
    columns = [np.ascontiguousarray(getattr(batch, name), dtype=kind).tobytes() for name, kind in _COLUMNS]
    columns += [np.ascontiguousarray(batch.values[:, i], dtype="<f8").tobytes() for i in np.flatnonzero(present)]
    body = b"".join(columns)
    mask = sum(1 << int(i) for i in np.flatnonzero(present))
    header = _HEADER.pack(MAGIC, VERSION, mask, len(batch), len(body))
    return header + _CRC.pack(zlib.crc32(body, zlib.crc32(header))) + body


def read(file: BinaryIO, at: int, *, end: int) -> Record:
    """The record at that place of a file that holds `end` bytes; DamagedRecord where there is no whole one."""
    file.seek(at)
    prefix = file.read(min(_PREFIX, end - at))
    if len(prefix) < _PREFIX:
        raise DamagedRecord(f"{len(prefix)} bytes are no header")
    magic, version, mask, rows, length = _HEADER.unpack_from(prefix)
    if magic != MAGIC or version != VERSION or length != _length(rows, mask):
        raise DamagedRecord("not a header of this version")
    if at + _PREFIX + length > end or len(body := file.read(length)) < length:
        raise DamagedRecord("cut off")
    if zlib.crc32(body, zlib.crc32(prefix[: _HEADER.size])) != _CRC.unpack_from(prefix, _HEADER.size)[0]:
        raise DamagedRecord("the checksum differs")
    return Record(_decode(body, rows=rows, mask=mask), at + _PREFIX + length)


def _length(rows: int, mask: int) -> int:
    """What a body must have; -1 for what no record of ours holds."""
    if not 0 < rows <= MOST_ROWS or mask >> len(QUANTITIES):
        return -1
    return rows * (_ROW_BYTES + 8 * mask.bit_count())


def _decode(body: bytes, *, rows: int, mask: int) -> Readings:
    columns, at = {}, 0
    for name, kind in _COLUMNS:
        columns[name] = np.frombuffer(body, kind, rows, at).astype(np.int64)
        at += columns[name].size * np.dtype(kind).itemsize
    values = np.full((rows, len(QUANTITIES)), np.nan)
    for i in (i for i in range(len(QUANTITIES)) if mask >> i & 1):
        values[:, i] = np.frombuffer(body, "<f8", rows, at)
        at += 8 * rows
    return Readings(values=values, **columns)


def next_record(file: BinaryIO, after: int, *, end: int) -> int | None:
    """Where behind a damaged place the next whole record begins; None where nothing follows."""
    at = _find(file, after + 1, end=end)
    while at is not None:
        try:
            read(file, at, end=end)
        except DamagedRecord:
            at = _find(file, at + 1, end=end)
        else:
            break
    return at


def _find(file: BinaryIO, at: int, *, end: int) -> int | None:
    """The next place at which the magic stands."""
    overlap = len(MAGIC) - 1
    while at < end:
        file.seek(at)
        part = file.read(min(1 << 20, end - at))
        found = part.find(MAGIC)
        if found >= 0:
            return at + found
        if len(part) <= overlap:
            return None
        at += len(part) - overlap
    return None


def records(file: BinaryIO, *, end: int) -> Iterator[Record | int]:
    """Every whole record in order; between them, as a number, the place at which damage begins."""
    at = 0
    while at < end:
        try:
            record = read(file, at, end=end)
        except DamagedRecord:
            yield at
            follows = next_record(file, at, end=end)
            if follows is None:
                return
            at = follows
        else:
            yield record
            at = record.end
