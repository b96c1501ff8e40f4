"""The time of a mapped message."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from core.errors import DecodeError
from core.interval import to_ms, zone
from ingest.decoders.instant import EARLIEST_MS, LATEST_MS, instant_ms
from ingest.decoders.mapping_paths import MISSING, JsonPath
from ingest.decoders.payload import number

LOCAL = "local"
NAMED_FORMATS = ("auto", "unix", "unix-ms", "rfc3339")

_LONGEST = 64
_EXAMPLE = datetime(2001, 11, 22, 16, 45, 56, tzinfo=timezone(timedelta(hours=8)))


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """Where the time stands and how it is written.

    format  auto (Unix time told apart by size, or RFC 3339), unix, unix-ms, rfc3339, or that of strptime
    zone    of times without offset: "local" is the meter's, by its dossier
    """

    path: JsonPath
    format: str = "auto"
    zone: str = LOCAL

    def read(self, message: Any, element: Any, *, local: str) -> int | None:
        """ms UTC; None where there is no time; DecodeError for one that can't be read."""
        given = self.path.find(message, element)
        if given is MISSING or given is None:
            return None
        name = local if self.zone == LOCAL else self.zone
        if self.format in ("unix", "unix-ms"):
            return _from_unix(given, 1000 if self.format == "unix" else 1)
        if self.format == "rfc3339" and not isinstance(given, str):
            raise DecodeError(f"time is not RFC 3339: {given!r:.40}")
        return instant_ms(given, zone_name=name) if self.format in NAMED_FORMATS else self._parsed(given, name)

    def _parsed(self, given: object, zone_name: str) -> int:
        text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
        try:
            if len(text) > _LONGEST:
                raise ValueError("too long")
            at = datetime.strptime(text, self.format)
            return _bounded(to_ms(at if at.tzinfo else at.replace(tzinfo=zone(zone_name))))
        except (ValueError, OverflowError) as error:
            raise DecodeError(f"time is not {self.format}: {given!r:.40}") from error


def check_format(text: str) -> None:
    """ValueError for a format that does not tell the date, the hour and the minute."""
    if text in NAMED_FORMATS:
        return
    if not isinstance(text, str) or "%" not in text:
        raise ValueError(
            f"{text!r:.40} is no time format: one of {', '.join(NAMED_FORMATS)}, or as '%Y-%m-%d %H:%M:%S'"
        )
    told = _EXAMPLE if "%z" in text else _EXAMPLE.replace(tzinfo=None)
    try:
        back = datetime.strptime(told.strftime(text), text)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r:.40} is no time format: {error}") from error
    if back.replace(second=0) != told.replace(second=0):
        raise ValueError(f"{text!r:.40} does not tell date, hour and minute")


def _from_unix(given: object, factor: int) -> int:
    value = number("time", given)
    if value is None or abs(value) > LATEST_MS:
        raise DecodeError(f"time is not Unix time: {given!r:.40}")
    return _bounded(round(value * factor))


def _bounded(ms: int) -> int:
    if not EARLIEST_MS <= ms < LATEST_MS:
        raise DecodeError(f"time lies outside 2000–2100: {ms} ms")
    return ms
