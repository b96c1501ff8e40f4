"""Rule cases as data: a small plant, series in a short notation, and the transitions that must follow.

A series is `value*count` per interval, `30*10 _*5 0*20`: thirty for ten readings, nothing for five
intervals, then zero. `nan` is a message without the quantity. Every facility has one meter of its own
name unless `meters` says otherwise. Times are minutes after the start.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from core.alarm import State, Transition
from core.filing import Announced, Filing
from core.interval import Window, to_ms
from core.readings import COLUMN, QUANTITIES, Readings, concatenate, readings
from core.registry import DEFAULT_ZONE, Enterprise, Facility, Kind, Meter, Registry, Threshold

FOLDER = Path(__file__).parent
START = "2026-03-20T12:00:00+08:00"  # a Friday
MINUTE_MS = 60_000

Seen = tuple[str, float, int, str, float]
"""(subject, at, severity, state, since) of a transition, times in minutes after the start."""


@dataclass(frozen=True)
class Case:
    """One entry of a rule's file."""

    rule: str
    name: str
    given: dict[str, Any]

    @cached_property
    def start(self) -> int:
        return to_ms(datetime.fromisoformat(self.given.get("start", START)))

    @cached_property
    def registry(self) -> Registry:
        facilities = tuple(_facility(id, row) for id, row in self.given["facilities"].items())
        named = self.given.get("meters") or {f.id: f.id for f in facilities}
        interval_s = self.given.get("interval_s", 60)
        return Registry(
            enterprises=(Enterprise("works", "Works", "district", timezone=self.given.get("timezone", DEFAULT_ZONE)),),
            facilities=facilities,
            meters=tuple(Meter(id, facility, interval_s=interval_s) for id, facility in named.items()),
            thresholds=tuple(_threshold(row) for row in self.given.get("thresholds", ())),
            filings=tuple(self._filing(i, row) for i, row in enumerate(self.given.get("filings", ()), 1)),
        )

    @cached_property
    def batches(self) -> list[Readings]:
        """One batch per instant."""
        columns = [_Series(self.registry, key, text) for key, text in self.given["series"].items()]
        step = self.given.get("interval_s", 60) * 1000
        longest = max(len(column.values) for column in columns)
        found = [_at(columns, i, self.start + i * step) for i in range(longest)]
        return [batch for batch in found if len(batch)]

    @cached_property
    def whole(self) -> Readings:
        return concatenate(self.batches)

    @cached_property
    def expected(self) -> list[Seen]:
        return [
            (row.get("subject", self._only), float(row["at"]), row["severity"], row["state"], float(row["since"]))
            for row in self.given["expect"]
        ]

    def seen(self, found: list[Transition]) -> list[Seen]:
        def minutes(at: int) -> float:
            return (at - self.start) / MINUTE_MS

        return [(t.subject, minutes(t.at), t.severity, State(t.state).value, minutes(t.since)) for t in found]

    @property
    def _only(self) -> str:
        return self.given.get("subject", "works/treatment")

    def _filing(self, number: int, row: dict[str, Any]) -> Filing:
        return Filing(
            id=f"filing-{number}",
            enterprise="works",
            kind=row.get("kind", "maintenance"),
            from_at=self.start + row["from"] * MINUTE_MS,
            to_at=self.start + row["to"] * MINUTE_MS,
            facilities=frozenset(row.get("facilities", ())),
            announces=frozenset(Announced(name) for name in row.get("announces", ())),
            status=row.get("status", "approved"),
        )


def cases() -> Iterator[Case]:
    """Every case of every file."""
    for path in sorted(FOLDER.glob("*.yaml")):
        book = yaml.safe_load(path.read_text(encoding="utf-8"))
        for given in book["cases"]:
            yield Case(book["rule"], given["name"], book.get("plant", {}) | given)


class _Series:
    """`meter` or `meter.quantity` and what it reports, None where nothing comes."""

    def __init__(self, registry: Registry, key: str, text: object) -> None:
        meter, _, quantity = key.partition(".")
        self.meter = registry.meter_number[meter]
        self.column = COLUMN[quantity or "p"]
        self.values = [value for part in str(text).split() for value in _run(part)]


def _run(part: str) -> list[float | None]:
    value, _, count = part.partition("*")
    return [None if value == "_" else float(value)] * int(count or 1)


def _at(columns: list[_Series], i: int, ts: int) -> Readings:
    rows: dict[int, list[float]] = {}
    for column in columns:
        value = column.values[i] if i < len(column.values) else None
        if value is not None:
            rows.setdefault(column.meter, [np.nan] * len(QUANTITIES))[column.column] = value
    meters = sorted(rows)
    return readings(meters, [ts] * len(meters), values=np.array([rows[m] for m in meters]).reshape(-1, len(QUANTITIES)))


def _facility(id: str, row: dict[str, Any]) -> Facility:
    return Facility(id, "works", Kind(row["kind"]), **{key: value for key, value in row.items() if key != "kind"})


def _threshold(row: dict[str, Any]) -> Threshold:
    given = dict(row)
    if "window" in given:
        given["window"] = Window.parse(given["window"])
    if "weekdays" in given:
        given["weekdays"] = frozenset(given["weekdays"])
    return Threshold(**given)
