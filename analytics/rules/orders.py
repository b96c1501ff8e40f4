"""What the rules about control orders share: what is asked of whose production, and when.

Production only: treatment never counts. An exempt order takes its scope out of the others for its time.
Each order is judged by itself, whatever others there are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.members import Members
from analytics.plant import on_threshold_kw
from analytics.rules.rule import Subject
from analytics.states import NEVER
from core.filing import STANDS
from core.interval import DAY_MS, HOUR_MS, dates, local_date, local_ms, to_datetime, to_text, zone
from core.order import Order, OrderKind
from core.readings import FloatArray, IntArray
from core.records import Unjudged
from core.registry import Facility, Registry

BoolArray = NDArray[np.bool_]

LEAST_KWH = 0.5
REACH_MS = 22 * DAY_MS
"""Longer ago there are no hours to learn from."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Something asked of the production of an enterprise in [from, to), ms UTC.

    facilities  numbers of the metered production facilities
    spared      (facility, from, to) of those that are exempt for a part of the time
    """

    id: str
    enterprise: str
    from_at: int
    to_at: int
    facilities: tuple[int, ...]
    spared: tuple[tuple[int, int, int], ...] = ()


def demanded(registry: Registry, orders: Iterable[Order]) -> list[Demand]:
    """What each order asks, of nobody where nothing of its scope is metered; those wholly exempt are left out."""
    exempt = [row for row in registry.orders if row.kind == OrderKind.EXEMPT]
    found = []
    for order in (row for row in orders if row.scope in registry.enterprise_of_scope):
        metered = metered_of(registry, registry.production_of(order.scope))
        spared = tuple(
            (facility, max(row.from_at, order.from_at), min(row.to_at, order.to_at))
            for row in exempt
            if row.from_at < order.to_at and order.from_at < row.to_at
            for facility in metered_of(registry, registry.production_of(row.scope))
            if facility in metered
        )
        free = tuple(f for f in metered if (f, order.from_at, order.to_at) not in spared)
        if free or not metered:
            enterprise = registry.enterprise_of_scope[order.scope]
            found.append(Demand(order.id, enterprise, order.from_at, order.to_at, free, spared))
    return found


def metered_of(registry: Registry, facilities: Iterable[Facility]) -> tuple[int, ...]:
    """Numbers of those facilities that have a meter."""
    return tuple(registry.facility_number[row.id] for row in facilities if registry.meters_of([row]))


class Demands:
    """Demands on metered production, one subject each, laid end to end.

    places  positions in `item`, one group a subject
    item    (p,) facility of each position, or with `by_meter` its meter
    """

    def __init__(self, registry: Registry, asked: list[Demand], *, by_meter: bool = False) -> None:
        self.asked = tuple(row for row in asked if row.facilities)
        self.unmetered = tuple(row for row in asked if not row.facilities)
        self.from_at = np.array([row.from_at for row in self.asked], dtype=np.int64)
        self.to_at = np.array([row.to_at for row in self.asked], dtype=np.int64)
        groups = [_items(registry, row, by_meter=by_meter) for row in self.asked]
        sizes = np.array([len(group) for group in groups], dtype=np.int64)
        self.item = np.array([item for group in groups for item, _ in group], dtype=np.int64)
        self.places = Members(np.arange(len(self.item)), sizes)
        facility = np.array([facility for group in groups for _, facility in group], dtype=np.int64)
        self._spared = [
            (int(position), first, last)
            for number, row in enumerate(self.asked)
            for spared, first, last in row.spared
            for position in self.places.of(number)[facility[self.places.of(number)] == spared]
        ]

    def subjects(self, registry: Registry) -> tuple[Subject, ...]:
        """No filing explains that an order is not obeyed."""
        return tuple(
            Subject(row.id, row.enterprise, frozenset(registry.facilities[f].id for f in row.facilities), frozenset())
            for row in self.asked
        )

    def spared(self, positions: IntArray, start: IntArray, end: IntArray) -> BoolArray:
        """Whether each position (…, p) is exempt in some of [start, end)."""
        found = np.zeros(start.shape, dtype=np.bool_)
        for here, first, last in self._spared_among(positions):
            found[..., here] |= (first < end[..., here]) & (last > start[..., here])
        return found

    def asked_since(self, positions: IntArray, at: IntArray) -> IntArray:
        """(p,) when the newest exemption of each position ended before `at`; NEVER where there was none."""
        found = np.full(len(positions), NEVER)
        for here, _, last in self._spared_among(positions):
            if last <= at[here]:
                found[here] = max(int(found[here]), last)
        return found

    def _spared_among(self, positions: IntArray) -> Iterator[tuple[int, int, int]]:
        for position, first, last in self._spared:
            here = int(np.searchsorted(positions, position))
            if here < len(positions) and positions[here] == position:
                yield here, first, last

    def without_meter(self, rule: str, clock: int) -> Iterator[Unjudged]:
        """Demands that are not over and of which nothing is measured."""
        for row in self.unmetered:
            if row.to_at > clock:
                yield Unjudged(rule, row.id, row.enterprise, "no-meter", {"kind": "production"})


def _items(registry: Registry, row: Demand, *, by_meter: bool) -> list[tuple[int, int]]:
    if not by_meter:
        return [(f, f) for f in row.facilities]
    return [(meter, f) for f in row.facilities for meter in registry.meters_of([registry.facilities[f]])]


def ordered(order: Order) -> dict[str, Any]:
    """An order as evidence."""
    span = {"order_from": to_text(order.from_at), "order_to": to_text(order.to_at)}
    granted = {} if order.guaranteed_kw is None else {"guaranteed_kw": float(order.guaranteed_kw)}
    return {"order": order.id, "kind": str(order.kind), "scope": order.scope, **span, **granted}


@dataclass(frozen=True, slots=True)
class LocalDay:
    """Hours (since 1970 UTC) [first, end) that begin on one local date, and the local hour of each."""

    number: int
    first: int
    end: int
    clock: tuple[int, ...]

    @property
    def type(self) -> int:
        """0 a workday, 1 a day of the weekend."""
        return int((self.number - 1) % 7 > 4)

    def place(self, hour: int) -> tuple[int, int]:
        """(day type, local hour) of one of its hours."""
        return self.type, self.clock[hour - self.first]


@lru_cache(maxsize=65536)
def day_of(hour: int, tz: str) -> LocalDay:
    """The local day on which an hour begins: 23 to 25 hours, some of them twice or not at all."""
    return _day(local_date(hour * HOUR_MS, tz), tz)


@lru_cache(maxsize=4096)
def _day(day: date, tz: str) -> LocalDay:
    first, end = (-(-local_ms(each, time(0), tz) // HOUR_MS) for each in (day, day + timedelta(days=1)))
    clock = tuple(to_datetime(hour * HOUR_MS).astimezone(zone(tz)).hour for hour in range(first, end))
    return LocalDay(day.toordinal(), first, end, clock)


@dataclass(frozen=True, eq=False)
class Days:
    """Energy by local day and hour, (d, 24), and the type of each day, (d,)."""

    kwh: FloatArray
    valid: BoolArray
    weekend: BoolArray

    @classmethod
    def of(cls, hours: IntArray, kwh: FloatArray, valid: BoolArray, *, busy: frozenset[int], tz: str) -> "Days":
        """From hours one after the other. Days in `busy` don't count; of an hour that comes twice the second does."""
        days = [day_of(hour, tz) for hour in hours.tolist()]
        row = np.array([day.number - days[0].number for day in days])
        clock = np.array([day.clock[hour - day.first] for day, hour in zip(days, hours.tolist(), strict=True)])
        numbers = np.arange(days[0].number, days[-1].number + 1)
        found = cls(np.full((len(numbers), 24), np.nan), np.zeros((len(numbers), 24), np.bool_), (numbers - 1) % 7 > 4)
        free = np.array([day.number not in busy for day in days])
        found.kwh[row, clock], found.valid[row, clock] = kwh, valid & free
        return found


def busy_spans(registry: Registry) -> dict[str, list[tuple[int, int]]]:
    """[from, to) in ms UTC of the orders and approved filings of every enterprise; an exemption asks nothing."""
    found: dict[str, list[tuple[int, int]]] = {row.id: [] for row in registry.enterprises}
    for order in registry.orders:
        if order.kind != OrderKind.EXEMPT and order.scope in registry.enterprise_of_scope:
            found[registry.enterprise_of_scope[order.scope]].append((order.from_at, order.to_at))
    for filing in registry.filings:
        if filing.status in STANDS:
            found[filing.enterprise].append((filing.from_at, filing.to_at))
    return found


def busy_days(spans: Iterable[tuple[int, int]], *, before: int, tz: str) -> frozenset[int]:
    """Ordinals of the local days of the last weeks `before` an instant that those spans touch."""
    reach = [(max(start, before - REACH_MS), min(end, before)) for start, end in spans]
    return frozenset(day.toordinal() for start, end in reach if start < end for day in dates(start, end, tz))


def hour_shown(hour: int, **numbers: float) -> dict[str, Any]:
    """One hour as evidence; what is not known is left empty."""
    shown = {name: round(float(value), 3) if np.isfinite(value) else None for name, value in numbers.items()}
    return {"from": to_text(hour * HOUR_MS), **shown}


def rated_kw_of(registry: Registry, facilities: tuple[int, ...]) -> float:
    """The rated power of all of them; NaN where one's is not known."""
    rated = [registry.facilities[f].rated_kw for f in facilities]
    return float(sum(kw for kw in rated if kw)) if all(rated) else float("nan")


def safety_kwh_of(order: Order, registry: Registry, facilities: tuple[int, ...]) -> float:
    """kWh that an hour may always take: what the order grants, else the on-thresholds, else 0.5 kWh [D].

    What is below its on-threshold does not run: controls, lamps and heating may stay on.
    """
    if order.guaranteed_kw is not None:
        return float(order.guaranteed_kw)
    standby = sum(on_threshold_kw(registry.facilities[f]) for f in facilities)
    return LEAST_KWH if np.isnan(standby) else float(standby)
