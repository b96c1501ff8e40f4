"""Readings → line protocol, a column at a time.

A line is the meter's series key, the quantities that are known, four integers and the instant in ms:

    meter,enterprise=E1,facility=E1-F,kind=feeder,meter=E1-F-m p=12.5,ep=48211.74,quality=0i,… 1763740800000

Values come back to the last bit. Nearly all values that meters send are short decimals, written by table
(digits.py); rows with any other value are written by a JSON encoder, which gives the fewest digits that
stand for the same float.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from core.readings import QUANTITIES, FloatArray, IntArray, Readings
from stores.influx import digits

AT_ONCE = 5_000
"""Rows written together; more would leave the processor's cache."""

LONGEST_KEY = 400
"""Bytes of a series key that the table holds; lines of longer ones are written by the encoder."""

_COUNTS = ("quality", "source", "seq", "received_at")
_BITS = 1 << np.arange(len(QUANTITIES))
_LARGEST_COUNT = 10**18
_PAD = bytes([digits.PAD])


class SeriesKeys:
    """The series keys of all meters by number, each ending in the blank before the fields."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self.length = np.array([len(key) for key in keys], dtype=np.int64)
        self.raw = np.empty(len(keys), dtype=object)
        self.raw[:] = [msgspec.Raw(_HIDDEN.hide(key)) for key in keys]
        width = min(int(self.length.max(initial=0)), LONGEST_KEY)
        padded = b"".join(key[:width].ljust(width, _PAD) for key in keys)
        self.table = np.frombuffer(padded, dtype=np.uint8).reshape(len(keys), width)


def lines(batch: Readings, keys: SeriesKeys) -> bytes:
    """The batch as lines, each ending in a newline; they need not be in the order of the rows."""
    slices = (batch.take(slice(start, start + AT_ONCE)) for start in range(0, len(batch), AT_ONCE))
    return b"".join(part for rows in slices for part in _parts(rows, keys))


def _parts(batch: Readings, keys: SeriesKeys) -> Iterator[bytes]:
    """Rows of one kind together: the same quantities known, written the same way."""
    known = np.isfinite(batch.values)
    by_table = (digits.short_decimals(batch.values) | ~known).all(axis=1) & (keys.length[batch.meter] <= LONGEST_KEY)
    for counts in (batch.ts, batch.seq, batch.received_at):
        by_table &= (counts < _LARGEST_COUNT) & (counts > -_LARGEST_COUNT)
    kinds = (known @ _BITS) * 2 + by_table
    for kind in np.unique(kinds):
        columns = [i for i, bit in enumerate(_BITS) if kind // 2 & bit]
        write = _by_table if kind % 2 else _by_encoder
        rows = kinds == kind
        yield write(batch if rows.all() else batch.take(rows), columns, keys)


@dataclass(frozen=True, slots=True)
class _Number:
    """A column of a line: the text before it, and how it is written."""

    text: bytes
    column: FloatArray | IntArray
    groups: int
    width: int
    put: Callable[..., None]


def _by_table(batch: Readings, columns: list[int], keys: SeriesKeys) -> bytes:
    key_width = int(keys.length[batch.meter].max())
    numbers = list(_numbers(batch, columns))
    line, places = bytearray(_PAD * key_width), []
    for number in numbers:
        line += number.text
        places.append(slice(len(line), len(line) + number.width))
        line += _PAD * number.width
    text = np.empty((len(batch), len(line) + 1), dtype=np.uint8)
    text[:] = np.frombuffer(bytes(line) + b"\n", dtype=np.uint8)
    text[:, :key_width] = keys.table[batch.meter, :key_width]
    for number, place in zip(numbers, places, strict=True):
        number.put(text[:, place], number.column, groups=number.groups)
    flat = text.ravel()
    return np.compress(flat != digits.PAD, flat).tobytes()


def _numbers(batch: Readings, columns: list[int]) -> Iterator[_Number]:
    for text, column in zip(_texts(columns), _columns(batch, columns), strict=True):
        groups = digits.groups_for(float(np.abs(column).max()))
        if column.dtype == np.float64:
            yield _Number(text, column, groups, digits.decimal_width(groups), digits.put_decimals)
        else:
            yield _Number(text, column, groups, digits.whole_width(groups), digits.put_whole)


def _by_encoder(batch: Readings, columns: list[int], keys: SeriesKeys) -> bytes:
    """One flat JSON list of keys, texts and numbers in turn, from which JSON's own marks are then taken out."""
    row: list[object] = [None]
    for text in _texts(columns):
        row += [msgspec.Raw(_HIDDEN.hide(text)), None]
    row.append(msgspec.Raw(b"\n"))
    flat = row * len(batch)
    flat[0 :: len(row)] = keys.raw[batch.meter].tolist()
    for i, column in enumerate(_columns(batch, columns)):
        flat[2 + 2 * i :: len(row)] = column.tolist()
    return _HIDDEN.shown(msgspec.json.encode(flat))


def _texts(columns: list[int]) -> list[bytes]:
    """What stands before each number of a line: the quantities, the integers and the instant."""
    names = [QUANTITIES[i] for i in columns]
    texts = [f",{name}=" for name in names] + [f"{',' if i == 0 else 'i,'}{name}=" for i, name in enumerate(_COUNTS)]
    return [texts[0][1:].encode(), *(text.encode() for text in texts[1:]), b"i "]


def _columns(batch: Readings, columns: list[int]) -> Iterator[FloatArray | IntArray]:
    yield from batch.values.T[columns]
    yield from (batch.quality, batch.source, batch.seq, batch.received_at, batch.ts)


class _Marks:
    """Commas and brackets of our own, hidden behind bytes that UTF-8 never holds while JSON's are taken out."""

    def __init__(self, marks: bytes) -> None:
        stand_ins = bytes(range(0xF8, 0xF8 + len(marks)))
        self._hide = bytes.maketrans(marks, stand_ins)
        self._show = bytes.maketrans(stand_ins, marks)
        self._marks = marks

    def hide(self, text: bytes) -> bytes:
        return text.translate(self._hide)

    def shown(self, text: bytes) -> bytes:
        return text.translate(self._show, self._marks)


_HIDDEN = _Marks(b",[]")
