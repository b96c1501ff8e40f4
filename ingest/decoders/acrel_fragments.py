"""Acrel's split packets: one report spread over several messages of the same `msgid`."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from core.errors import DecodeError
from ingest.decoders.decoded import Part
from ingest.decoders.gathering import name_of
from ingest.decoders.payload import levels, parsed_object

MOST_FRAGMENTS = 1_000


class Fragments:
    """Parts of the middle platform: `fragNo` of `fragment`, joined into one report."""

    def part(self, topic: str, payload: bytes) -> Part | None:
        if b'"fragment"' not in payload:
            return None
        try:
            message = parsed_object(payload)
            msgid = name_of(message.get("msgid"), what="msgid")
            device = "/".join(levels(topic))
        except DecodeError:
            return None
        at, of = _count(message.get("fragNo")), _count(message.get("fragment"))
        return Part(f"{device}/{msgid}", str(at), of) if of > 1 and 1 <= at <= of else None

    def join(self, parts: Sequence[tuple[str, bytes]]) -> tuple[str, bytes]:
        """The first part's message with the meters of all; values of one meter at one time are one row."""
        messages = [parsed_object(payload) for _, payload in parts]
        reported = [given for message in messages if isinstance(given := message.get("reported"), dict)]
        whole = {name: value for name, value in messages[0].items() if name not in ("fragNo", "fragment")}
        if reported:
            rows = [row for given in reported for row in meters_of(given)]
            whole["reported"] = {"source": reported[0].get("source"), "meters": _merged(rows)}
        return parts[0][0], json.dumps(whole).encode()


def meters_of(reported: dict[str, Any]) -> list[Any]:
    """The rows of a report, or of the older update, whose meters are the keys of `reported`."""
    rows = reported.get("meters")
    if isinstance(rows, list):
        return rows
    return [{"addr": addr} | row for addr, row in reported.items() if isinstance(row, dict) and addr != "gateway"]


def _merged(rows: Iterable[Any]) -> list[Any]:
    whole: dict[str, dict[str, Any]] = {}
    odd = []
    for row in rows:
        if isinstance(row, dict):
            whole.setdefault(json.dumps([row.get("addr"), row.get("timestamp")]), {}).update(row)
        else:
            odd.append(row)
    return [*whole.values(), *odd]


def _count(given: object) -> int:
    """Of 1 to MOST_FRAGMENTS, 0 otherwise."""
    if isinstance(given, str) and given.isascii() and given.isdigit():
        given = int(given[:9])
    return given if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= MOST_FRAGMENTS else 0
