"""What every JSON dialect does first: bounded parsing, and numbers that are numbers."""

import json
import math
from typing import Any

from core.errors import DecodeError

MAX_BYTES = 1_000_000
MAX_READINGS = 10_000
MAX_DEPTH = 32


def check_size(payload: bytes) -> None:
    """DecodeError for a message that is too large to be looked at."""
    if len(payload) > MAX_BYTES:
        raise DecodeError(f"message of {len(payload)} bytes; at most {MAX_BYTES} are taken")


def check_count(readings: int) -> None:
    """DecodeError for more readings than one message may hold."""
    if readings > MAX_READINGS:
        raise DecodeError(f"{readings} readings in one message; at most {MAX_READINGS} are taken")


def parsed(payload: bytes) -> Any:
    """The JSON value of a payload, with or without a byte-order mark; DecodeError says what is wrong."""
    check_size(payload)
    # Fewer brackets than levels: no need to look where they stand.
    if payload.count(b"[") + payload.count(b"{") > MAX_DEPTH and _depth(payload) > MAX_DEPTH:
        raise DecodeError(f"JSON nested more than {MAX_DEPTH} deep")
    try:
        return json.loads(payload.decode("utf-8-sig"), parse_int=_integer)
    except UnicodeDecodeError as error:
        raise DecodeError(f"not UTF-8 at byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"not JSON: {str(error)[:120]}") from error


def parsed_object(payload: bytes) -> dict[str, Any]:
    """As `parsed`, for dialects whose message is an object."""
    found = parsed(payload)
    if not isinstance(found, dict):
        raise DecodeError(f"an object is expected, not {type(found).__name__}")
    return found


def number(name: str, given: object) -> float | None:
    """A finite number, also from text ("12.3"); None where absent (null, NaN, infinite); DecodeError otherwise."""
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise DecodeError(f"{name} is not a number: {given!r:.40}")
    try:
        value = float(given)
    except (ValueError, OverflowError) as error:
        raise DecodeError(f"{name} is not a number: {given!r:.40}") from error
    return value if math.isfinite(value) else None


def levels(topic: str) -> list[str]:
    """The levels of a topic; DecodeError for one that nobody may publish to."""
    if any(c in topic for c in "+#\0"):
        raise DecodeError("topic holds a wildcard or NUL")
    return topic.split("/")


def _integer(text: str) -> int | float:
    """Digits without end would take quadratic time: past 30 of them the size alone counts."""
    return int(text) if len(text) <= 30 else math.inf


def _depth(payload: bytes) -> int:
    """An upper bound of the nesting: brackets in strings count too, which only refuses oddities."""
    depth = deepest = 0
    for byte in payload:
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest
