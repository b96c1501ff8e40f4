"""The data segment of a frame: `QN=…;ST=…;CN=…;PW=…;MN=…;Flag=…;CP=&&…&&` → Packet, and back."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec

from core.errors import DecodeError

Item = Mapping[str, str]

LONGEST_PASSWORD = 40

_VERSIONS = MappingProxyType({0: 2005, 1: 2017, 2: 2025})
_ANSWER, _PARTS = 1, 2  # bits of Flag
_NAME = re.compile(r"[0-9A-Za-z_.\-]{1,40}")
_COMMAND = re.compile(r"\d{4}", re.ASCII)
_AROUND_MARKS = re.compile(r"\s*([;,=])\s*")


class Packet(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One data segment. `items` are those of CP between ';', in order, each with its ','-separated values as text.

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
    items: tuple[Item, ...] = ()
    rf: bool = False

    def __repr__(self) -> str:
        """Without the password."""
        return f"Packet(ST={self.st} CN={self.cn} MN={self.mn} QN={self.qn})"

    @property
    def version(self) -> int:
        """The year of the standard that the sender follows; 2005 where its flag says nothing or what is not known."""
        return _VERSIONS.get((self.flag or 0) >> 2, 2005)

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
        return next((item[name] for item in self.items if name in item), None)


def parse(segment: bytes) -> Packet:
    """The packet of a segment; DecodeError where its head names no station or no command.

    Text is UTF-8; GBK, which senders of 2005 use in remarks, is taken where it is not.
    """
    head, cp = divided(segment)
    return _packet(head, items=_items(_text(cp)))


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


def _packet(head: bytes, *, items: tuple[Item, ...] = ()) -> Packet:
    fields = _pairs(_tidy(_ascii(head)).rstrip(";"), between=";")
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
        items=items,
        rf=fields.get("RF") == "1",
    )


def _items(cp: str) -> tuple[Item, ...]:
    return tuple([_pairs(item, between=",") for item in _tidy(cp).split(";") if item])


def _pairs(text: str, *, between: str) -> dict[str, str]:
    try:
        return dict([pair.split("=", 1) for pair in text.split(between)])
    except ValueError:  # a name without a value
        return {name: value for name, _, value in [pair.partition("=") for pair in text.split(between)]}


def _tidy(text: str) -> str:
    """Some write blanks around the marks, the standard's own examples among them."""
    return _AROUND_MARKS.sub(r"\1", text.strip()) if " " in text else text


def _number(text: str, *, at_most: int) -> int | None:
    return int(text) if 0 < len(text) <= 8 and text.isdigit() and int(text) <= at_most else None


def _ascii(head: bytes) -> str:
    try:
        return head.decode("ascii")
    except UnicodeDecodeError as error:
        raise DecodeError(f"not ASCII at byte {error.start} of the segment's head") from error


def _text(cp: bytes) -> str:
    for encoding in ("utf-8", "gbk"):
        try:
            return cp.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DecodeError("CP is neither UTF-8 nor GBK")
