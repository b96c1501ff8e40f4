"""Rule cases as data: a small plant, series in a short notation, and the transitions that must follow.

A series is `value*count` per interval of its meter, `30*10 _*5 0*20`: thirty for ten readings, nothing for five
intervals, then zero. `nan` is a message without the quantity, `100+0.5*60` a register that begins at 100 and grows by
a half sixty times, `(30*60 0*60)*24` a day of hours on and off. Every facility has one meter of its own name unless
`meters` says otherwise: `{M: F}`, or `{M: {facility: F, interval_s: 900}}`. A facility belongs to the enterprise
"works" unless it names another; `enterprises` has what else there is to say of one, and lines are those that facilities
name. Orders are on "works" unless they name a scope. Times are minutes after the start.
"""

import re
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
from core.order import Order
from core.readings import COLUMN, QUANTITIES, Readings, concatenate, readings
from core.registry import DEFAULT_ZONE, Enterprise, Facility, Kind, Line, Meter, Registry, Threshold

FOLDER = Path(__file__).parent
START = "2026-03-20T12:00:00+08:00"  # a Friday
MINUTE_MS = 60_000

Seen = tuple[str, float, int, str, float]
"""(subject, at, severity, state, since) of a transition, times in minutes after the start."""

Row = dict[int, list[float]]
"""What the meters report at one instant, by number of the meter."""


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
        lines = {f.line: f.enterprise for f in facilities if f.line}
        return Registry(
            enterprises=tuple(self._enterprise(id) for id in dict.fromkeys(f.enterprise for f in facilities)),
            lines=tuple(Line(id, enterprise, id) for id, enterprise in lines.items()),
            facilities=facilities,
            meters=tuple(self._meter(id, row) for id, row in named.items()),
            thresholds=tuple(_threshold(row) for row in self.given.get("thresholds", ())),
            filings=tuple(self._filing(i, row) for i, row in enumerate(self.given.get("filings", ()), 1)),
            orders=tuple(self._order(i, row) for i, row in enumerate(self.given.get("orders", ()), 1)),
        )

    @cached_property
    def batches(self) -> list[Readings]:
        """One batch per instant."""
        instants: dict[int, Row] = {}
        for key, text in self.given["series"].items():
            series = _Series(self.registry, key, text)
            for i, value in enumerate(series.values):
                if value is not None:
                    row = instants.setdefault(self.start + i * series.every, {})
                    row.setdefault(series.meter, [np.nan] * len(QUANTITIES))[series.column] = value
        return [_batch(ts, instants[ts]) for ts in sorted(instants)]

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

    def _enterprise(self, id: str) -> Enterprise:
        given = {"timezone": self.given.get("timezone", DEFAULT_ZONE)} | self.given.get("enterprises", {}).get(id, {})
        return Enterprise(id, given.pop("name", id.title()), given.pop("district", "district"), **given)

    def _meter(self, id: str, row: str | dict[str, Any]) -> Meter:
        given = {"facility": row} if isinstance(row, str) else row
        return Meter(id, **{"interval_s": self.given.get("interval_s", 60)} | given)

    def _order(self, number: int, row: dict[str, Any]) -> Order:
        given = {"id": f"order-{number}", "scope": "works"} | row
        span = {f"{edge}_at": self.start + given.pop(edge) * MINUTE_MS for edge in ("from", "to")}
        window = given.pop("window", None)
        return Order(**given, **span, window=Window.parse(window) if window else None)

    def _filing(self, number: int, row: dict[str, Any]) -> Filing:
        return Filing(
            id=f"filing-{number}",
            enterprise=row.get("enterprise", "works"),
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
        self.every = registry.meters[self.meter].interval_s * 1000
        self.values = _values(str(text))


def _values(text: str) -> list[float | None]:
    """Groups are written out from the innermost, which has no group in it."""
    while group := _GROUP.search(text):
        text = text.replace(group[0], " ".join([group[1]] * int(group[2])))
    return [value for part in text.split() for value in _run(part)]


_GROUP = re.compile(r"\(([^()]*)\)\*(\d+)")


def _run(part: str) -> list[float | None]:
    value, _, count = part.partition("*")
    first, _, step = value.partition("+")
    if value == "_":
        return [None] * int(count or 1)
    return [float(first) + i * float(step or 0) for i in range(int(count or 1))]


def _batch(ts: int, row: Row) -> Readings:
    meters = sorted(row)
    return readings(meters, [ts] * len(meters), values=np.array([row[m] for m in meters]).reshape(-1, len(QUANTITIES)))


def _facility(id: str, row: dict[str, Any]) -> Facility:
    given = {"enterprise": "works"} | row
    return Facility(id, kind=Kind(given.pop("kind")), **given)


def _threshold(row: dict[str, Any]) -> Threshold:
    given = dict(row)
    if "window" in given:
        given["window"] = Window.parse(given["window"])
    if "weekdays" in given:
        given["weekdays"] = frozenset(given["weekdays"])
    return Threshold(**given)
