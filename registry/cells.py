"""Pure parsers of one cell: trimmed, non-empty text → value, or ValueError with a plain reason."""

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.interval import Window, local_ms, to_ms, zone
from registry.words import Words

Parser = Callable[[str], Any]

MAX_ID, MAX_TEXT = 128, 1000

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_WINDOW = re.compile(r"\d{1,2}:\d{2}-\d{1,2}:\d{2}", re.ASCII)
_WEEKDAYS = re.compile(r"([1-7])(?:-([1-7]))?")
_CREDIT_CODE = re.compile(r"[0-9A-Z]{18}")
_MOMENT = re.compile(
    r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[t ]+(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?(z|[+-]\d{2}:\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)
_YEARS = range(1970, 2200)


def shown(cell: str) -> str:
    """A cell as a fault quotes it: one line, not too long."""
    return repr(cell if len(cell) <= 40 else cell[:39] + "…")


def plain(cell: str) -> str:
    """Full-width letters, digits and signs, as Chinese keyboards give them, made plain."""
    return unicodedata.normalize("NFKC", cell).strip()


def _printable(cell: str, *, most: int, also: str = "") -> str:
    if len(cell) > most:
        raise ValueError(f"has {len(cell)} characters; at most {most} are taken")
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in also for c in cell):
        raise ValueError("holds a control character")
    return cell


def text(cell: str) -> str:
    """Free text; line breaks are kept."""
    return _printable(cell.replace("\r\n", "\n"), most=MAX_TEXT, also="\n\t")


def identity(cell: str) -> str:
    """An id, or a reference to one."""
    return _printable(cell, most=MAX_ID)


def facility_id(cell: str) -> str:
    """The id of a facility: without blanks, because filings list them with blanks between."""
    if len(cell.split()) > 1:
        raise ValueError(f"{shown(cell)} holds a blank; ids of facilities have none")
    return identity(cell)


def ids(cell: str) -> frozenset[str]:
    """Ids with blanks between."""
    return frozenset(identity(part) for part in cell.split())


def number(cell: str) -> float:
    """A finite decimal number with a point."""
    written = plain(cell)
    if not _NUMBER.fullmatch(written):
        hint = "; leave the % out" if written.endswith("%") else ""
        raise ValueError(f"{shown(cell)} is not a number{hint}")
    value = float(written)
    if not math.isfinite(value):
        raise ValueError(f"{shown(cell)} is too large")
    return value


def between(least: float, most: float) -> Parser:
    """A number of a closed range."""

    def parse(cell: str) -> float:
        value = number(cell)
        if not least <= value <= most:
            raise ValueError(f"{shown(cell)} is not between {least:g} and {most:g}")
        return value

    return parse


def positive(cell: str) -> float:
    """A number above zero."""
    value = number(cell)
    if value <= 0:
        raise ValueError(f"{shown(cell)} is not above 0")
    return value


def not_negative(cell: str) -> float:
    """A number from zero up."""
    value = number(cell)
    if value < 0:
        raise ValueError(f"{shown(cell)} is below 0")
    return value


def whole(least: int, most: int) -> Parser:
    """A whole number of a closed range."""

    def parse(cell: str) -> int:
        value = number(cell)
        if not value.is_integer() or not least <= value <= most:
            raise ValueError(f"{shown(cell)} is not a whole number between {least} and {most}")
        return int(value)

    return parse


def one_of(words: Words) -> Parser:
    """One word of a closed set."""
    named = ", ".join(word for word in words if word.isascii())

    def parse(cell: str) -> object:
        try:
            return words[plain(cell).casefold()]
        except KeyError:
            raise ValueError(f"{shown(cell)} is none of {named}") from None

    return parse


def some_of(words: Words) -> Parser:
    """Words of a closed set with blanks between."""
    one = one_of(words)
    return lambda cell: frozenset(one(part) for part in cell.split())


def credit_code(cell: str) -> str:
    """A unified social credit code: 18 digits and capital letters (GB 32100)."""
    if not _CREDIT_CODE.fullmatch(cell):
        raise ValueError(f"{shown(cell)} is not a credit code of 18 digits and capital letters")
    return cell


def timezone(cell: str) -> str:
    """The name of an IANA time zone."""
    zone(identity(cell))
    return cell


def window(cell: str) -> Window:
    """A daily window of local wall time, `22:00-06:00`."""
    written = re.sub(r"\s*[-–—~]\s*", "-", plain(cell))
    if not _WINDOW.fullmatch(written):
        raise ValueError(f"{shown(cell)} is not a window like 22:00-06:00")
    return Window.parse(written)


def weekdays(cell: str) -> frozenset[int]:
    """ISO weekdays, Monday 1: `1-5`, `1,3,5`, `6-7`."""
    found: set[int] = set()
    for part in re.split(r"[,、\s]+", plain(cell)):
        match = _WEEKDAYS.fullmatch(part)
        if match is None or int(match[2] or match[1]) < int(match[1]):
            # Spreadsheets turn 1-5 into the fifth of January: the likeliest cause, so it is named.
            raise ValueError(f"{shown(cell)} is not weekdays like 1-5 or 1,3,5; format such cells as text")
        found.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    return frozenset(found)


def moment(cell: str) -> datetime:
    """RFC 3339 (aware), or local wall time (naive) as `2026-03-01 08:00`; a date alone is its midnight."""
    match = _MOMENT.fullmatch(plain(cell))
    wrong = f"{shown(cell)} is not an instant like 2026-03-01 08:00 or 2026-03-01T08:00:00+08:00"
    if match is None:
        raise ValueError(wrong)
    year, _, month, day, hour, minute, second, fraction, offset = match.groups()
    written = f"{year}-{month:0>2}-{day:0>2}T{hour or '':0>2}:{minute or '00'}:{second or '00'}{fraction or ''}"
    try:
        at = datetime.fromisoformat(written + (offset or "").upper())
    except ValueError as error:
        raise ValueError(wrong) from error
    if at.year not in _YEARS:
        raise ValueError(f"{shown(cell)} is not in the years {_YEARS[0]} to {_YEARS[-1]}")
    return at


def instant(at: datetime, tz: str) -> int:
    """ms UTC of a moment; a naive one is meant in that zone."""
    return to_ms(at) if at.tzinfo else local_ms(at.date(), at.time(), tz)
