"""Instants as meters write them → ms UTC."""

import math
import re
from datetime import UTC, datetime, time, timedelta

from core.errors import DecodeError
from core.interval import to_datetime, to_ms, zone

EARLIEST_MS = 946_684_800_000  # 2000-01-01
LATEST_MS = 4_102_444_800_000  # 2100-01-01

_RFC3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9}))?\s?([Zz]|[+-]\d{2}:?\d{2})?", re.ASCII
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})", re.ASCII)


def instant_ms(value: object, *, zone_name: str | None) -> int:
    """Unix seconds, ms, µs or ns (told apart by size) or RFC 3339; DecodeError says what is wrong.

    A wall time without offset needs `zone_name`, the zone that the meter's dossier names. A leap second (RFC 3339
    §5.7: 23:59:60 UTC at the end of a month) is the second after it, as clocks that know none show it.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise DecodeError(f"ts is not a time: {_shown(value)}")
    if isinstance(value, str):
        text = value.strip()
        return _bounded(_number(float(text)) if _is_number(text) else _from_text(text, zone_name))
    return _bounded(_number(value))


def compact_local_ms(value: object, *, zone_name: str) -> int:
    """Local wall time YYYYMMDDhhmmss, text or number, of a named zone; DecodeError says what is wrong.

    In the hour that daylight saving repeats the first pass is meant; in the one that it skips, the same
    distance past the gap.
    """
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    match = _COMPACT.fullmatch(text)
    if not match:
        raise DecodeError(f"time is not YYYYMMDDhhmmss: {_shown(value)}")
    try:
        at = datetime(*(int(part) for part in match.groups()), tzinfo=zone(zone_name))  # type: ignore[arg-type, misc]
        return _bounded(to_ms(at))
    except (ValueError, OverflowError) as error:
        raise DecodeError(f"time is not YYYYMMDDhhmmss: {_shown(value)}") from error


def compact_local(ms: int, *, zone_name: str) -> str:
    """The wall time YYYYMMDDhhmmss that a clock in the zone shows; DecodeError for a zone that is none."""
    try:
        return to_datetime(ms).astimezone(zone(zone_name)).strftime("%Y%m%d%H%M%S")
    except (ValueError, OverflowError) as error:
        raise DecodeError(f"no time zone: {_shown(zone_name)}") from error


def _number(value: float) -> int:
    if not math.isfinite(value):
        raise DecodeError(f"ts is not a time: {value}")
    size = abs(value)
    if size < 1e11:
        return round(value * 1000)
    if size < 1e14:
        return round(value)
    return int(value) // 1000 if size < 1e17 else int(value) // 1_000_000


def _from_text(text: str, zone_name: str | None) -> int:
    match = _RFC3339.fullmatch(text)
    if not match:
        raise DecodeError(f"ts is not a time: {_shown(text)}")
    day, clock, fraction, offset = match.groups()
    leaps = clock.endswith(":60")
    if leaps:
        clock = clock.removesuffix("60") + "59"
    try:
        if offset:
            at = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if offset in 'Zz' else offset}")
        elif zone_name:
            at = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone(zone_name))
        else:
            raise DecodeError(f"ts has no offset and the meter's dossier names no zone: {_shown(text)}")
        at = at.astimezone(UTC) + timedelta(seconds=leaps)
        if leaps and (at.day, at.time()) != (1, time(0)):
            raise DecodeError(f"ts is a leap second where there can be none: {_shown(text)}")
        return to_ms(at + timedelta(microseconds=int((fraction or "0")[:6].ljust(6, "0"))))
    except (ValueError, OverflowError) as error:
        raise DecodeError(f"ts is not a time: {_shown(text)}") from error


def _bounded(ms: int) -> int:
    if not EARLIEST_MS <= ms < LATEST_MS:
        raise DecodeError(f"ts lies outside 2000–2100: {ms} ms")
    return ms


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[+-]?\d{1,25}(\.\d{1,12})?", text, re.ASCII))


def _shown(value: object) -> str:
    return repr(value)[:60]
