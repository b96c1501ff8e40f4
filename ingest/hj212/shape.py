"""CP → its values as text, and its shape: what stations say is new every minute, how they say it never."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from core.errors import DecodeError

Item = Mapping[str, str]

_AROUND_MARKS = re.compile(r"\s*([;,=])\s*")
_NO_MARKS = bytes(set(range(256)) - set(b";,="))

_SHAPES, _MOST_NAMES, _LONGEST_CP = 1_000, 100, 2_048
"""So many shapes are remembered, of packets up to a size in names and in bytes: a segment holds 1,024 bytes."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Which names stand in CP, how many in each item (between ';'), and where each name stands first.

    In an item a name stands once. `code` is its hash, worked out once.
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    first: Mapping[str, int] = field(compare=False, repr=False)
    code: int = field(compare=False, repr=False)

    def __hash__(self) -> int:
        return self.code

    @property
    def is_usual(self) -> bool:
        """Whether it may be remembered."""
        return len(self.names) <= _MOST_NAMES

    def items(self, texts: Sequence[str]) -> tuple[Item, ...]:
        """The items with their values."""
        values = zip(self.names, texts, strict=True)
        return tuple(dict(islice(values, size)) for size in self.sizes)


def shape_and_texts(cp: bytes) -> tuple[Shape, Sequence[str]]:
    """All at once where names and values take turns, as they nearly always do; else item by item.

    Text is UTF-8; GBK, which senders of 2005 use in remarks, is taken where it is not.
    """
    text = tidy(_text(cp))
    if len(cp) <= _LONGEST_CP and (sizes := _sizes(cp.translate(None, _NO_MARKS))):
        flat = text.replace("=", ",").replace(";", ",").split(",")
        shape = _shape(sizes, tuple(flat[::2]))
        if shape is not None:
            return shape, flat[1::2]
    items = [pairs(item, between=",") for item in text.split(";") if item]
    return _shape_of(items), [value for item in items for value in item.values()]


def pairs(text: str, *, between: str) -> dict[str, str]:
    """The values of `name=value` by name; of a name that comes twice the last."""
    try:
        return dict([pair.split("=", 1) for pair in text.split(between)])
    except ValueError:  # a name without a value
        return {name: value for name, _, value in [pair.partition("=") for pair in text.split(between)]}


def tidy(text: str) -> str:
    """Some write blanks around the marks, the standard's own examples among them."""
    return _AROUND_MARKS.sub(r"\1", text.strip()) if " " in text else text


@lru_cache(maxsize=_SHAPES)
def _sizes(marks: bytes) -> tuple[int, ...]:
    """How many `name=value` each item has, by the marks of CP; none where it is not that simple."""
    between = marks[1::2]
    if len(marks) % 2 == 0 or marks[::2].strip(b"=") or b"=" in between:
        return ()
    sizes = tuple(len(commas) + 1 for commas in between.split(b";"))
    return sizes if sum(sizes) <= _MOST_NAMES else ()


@lru_cache(maxsize=_SHAPES)
def _shape(sizes: tuple[int, ...], names: tuple[str, ...]) -> Shape | None:
    """None where an item has a name twice."""
    rest = iter(names)
    items = [dict.fromkeys((next(rest) for _ in range(size)), "") for size in sizes]
    return _shape_of(items) if tuple(map(len, items)) == sizes else None


def _shape_of(items: Sequence[Item]) -> Shape:
    names, sizes = tuple(name for item in items for name in item), tuple(map(len, items))
    first = {name: place for place, name in reversed([*enumerate(names)])}
    return Shape(names, sizes, first, hash((names, sizes)))


def _text(cp: bytes) -> str:
    for encoding in ("utf-8", "gbk"):
        try:
            return cp.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DecodeError("CP is neither UTF-8 nor GBK")
