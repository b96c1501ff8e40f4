"""The data segment of a frame: `QN=…;ST=…;CN=…;PW=…;MN=…;Flag=…;CP=&&…&&` → Packet, and back."""

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from core.errors import DecodeError
from ingest.hj212.shape import Item, Shape, pairs, shape_and_texts, tidy

LONGEST_PASSWORD = 40

_YEARS = (2005, 2017, 2025)
_ANSWER, _PARTS = 1, 2  # bits of Flag
_NAME = re.compile(r"[0-9A-Za-z_.\-]{1,40}")
_COMMAND = re.compile(r"\d{4}", re.ASCII)
_HEADS, _LONGEST_HEAD = 16_384, 150
"""So many are remembered, up to a length in bytes: but for the number those of a station are the same."""

_NOTHING, _NO_TEXTS = shape_and_texts(b"")


class Packet(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One data segment. CP is held as its shape and the values that belong to the shape's names.

    qn    the request's number, YYYYMMDDhhmmsszzz by the sender's clock; of a joined packet all, ','-separated
    flag  None where the sender gives none, as those of 2005 do
    rf    the head says that the packet is sent later than measured (RF=1, 2025)
    """

    qn: str
    st: str
    cn: str
    pw: str
    mn: str
    flag: int | None
    pnum: int = 0
    pno: int = 0
    shape: Shape = _NOTHING
    texts: Sequence[str] = _NO_TEXTS
    rf: bool = False

    def __repr__(self) -> str:
        """Without the password."""
        return f"Packet(ST={self.st} CN={self.cn} MN={self.mn} QN={self.qn})"

    @property
    def items(self) -> tuple[Item, ...]:
        """Those of CP between ';', in order, each with its ','-separated values as text."""
        return self.shape.items(self.texts)

    @property
    def version(self) -> int:
        """The year of the standard that the sender follows; 2005 where its flag says nothing or what is not known."""
        version = (self.flag or 0) >> 2
        return _YEARS[version] if version < len(_YEARS) else _YEARS[0]

    @property
    def wants_answer(self) -> bool:
        return bool((self.flag or 0) & _ANSWER)

    @property
    def has_parts(self) -> bool:
        return bool((self.flag or 0) & _PARTS)

    @property
    def is_late(self) -> bool:
        """Whether the sender says so itself, in the head or in CP."""
        return self.rf or self.value("RF") == "1"

    def value(self, name: str) -> str | None:
        """The first value of that name in CP."""
        place = self.shape.first.get(name)
        return None if place is None else self.texts[place]


def parse(segment: bytes) -> Packet:
    """The packet of a segment; DecodeError where its head names no station or no command, or CP is no text."""
    head, cp = divided(segment)
    return _packet(head, *shape_and_texts(cp))


def peek(segment: bytes) -> Packet:
    """As `parse`, without looking at the items."""
    return _packet(divided(segment)[0])


def divided(segment: bytes) -> tuple[bytes, bytes]:
    """The head, up to `CP=`, and what stands between the && of CP."""
    head, _, cp = segment.partition(b"CP=")
    return head, cp.strip().removeprefix(b"&&").removesuffix(b"&&")


def build(
    *,
    st: str,
    cn: str,
    pw: str,
    mn: str,
    qn: str = "",
    flag: int | None = None,
    pnum: int = 0,
    pno: int = 0,
    rf: bool = False,
    items: Sequence[Item] = (),
    cp: str = "",
) -> str:
    """A segment from its fields; those that are empty, None or 0 are left out. `cp`: ready text instead of `items`."""
    head = {"QN": qn, "ST": st, "CN": cn, "PW": pw, "MN": mn, "Flag": "" if flag is None else str(flag)}
    head |= {"PNUM": str(pnum or ""), "PNO": str(pno or ""), "RF": "1" if rf else ""}
    text = cp or ";".join(",".join(f"{name}={value}" for name, value in item.items()) for item in items)
    return "".join(f"{name}={value};" for name, value in head.items() if value) + f"CP=&&{text}&&"


def _packet(head: bytes, shape: Shape = _NOTHING, texts: Sequence[str] = _NO_TEXTS) -> Packet:
    """What follows the number of a head is the same in every packet of a kind: it is read once."""
    number, _, rest = head.partition(b";")
    if not (number[:3] == b"QN=" and number[3:].isdigit() and len(rest) <= _LONGEST_HEAD):
        return _read(head, shape, texts)
    if not rest.isascii() or b"QN" in rest:
        return _read(head, shape, texts)
    same = _same(rest)
    return Packet(
        qn=number[3:].decode(),
        st=same.st,
        cn=same.cn,
        pw=same.pw,
        mn=same.mn,
        flag=same.flag,
        pnum=same.pnum,
        pno=same.pno,
        shape=shape,
        texts=texts,
        rf=same.rf,
    )


def _read(head: bytes, shape: Shape = _NOTHING, texts: Sequence[str] = _NO_TEXTS) -> Packet:
    fields = pairs(tidy(_ascii(head)).rstrip(";"), between=";")
    mn, cn, pw = fields.get("MN", ""), fields.get("CN", ""), fields.get("PW", "")
    if not _COMMAND.fullmatch(cn):
        raise DecodeError(f"CN is not 4 digits: {cn!r:.20}" if cn else "no CN")
    if not _NAME.fullmatch(mn):
        raise DecodeError(f"MN is no station's code: {mn!r:.50}" if mn else "no MN")
    if len(pw) > LONGEST_PASSWORD:
        raise DecodeError(f"PW of {len(pw)} characters")
    return Packet(
        qn=fields.get("QN", ""),
        st=fields.get("ST", ""),
        cn=cn,
        pw=pw,
        mn=mn,
        flag=_number(fields.get("Flag", ""), at_most=255),
        pnum=_number(fields.get("PNUM", ""), at_most=9999) or 0,
        pno=_number(fields.get("PNO", ""), at_most=9999) or 0,
        shape=shape,
        texts=texts,
        rf=fields.get("RF") == "1",
    )


_same = lru_cache(maxsize=_HEADS)(_read)


def _number(text: str, *, at_most: int) -> int | None:
    return int(text) if 0 < len(text) <= 8 and text.isdigit() and int(text) <= at_most else None


def _ascii(head: bytes) -> str:
    try:
        return head.decode("ascii")
    except UnicodeDecodeError as error:
        raise DecodeError(f"not ASCII at byte {error.start} of the segment's head") from error
