"""The registry: an immutable snapshot of enterprises, lines, facilities, meters and their limits.

Rows are plain frozen records; `Registry` adds the numbers, lookups and arrays that the hot paths use.
A meter's *number* is its position in `Registry.meters`. The database gives it out once, keeps it for
ever and hands the meters over in that order, so that stored readings can carry it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.filing import Filing
from core.interval import Window
from core.order import Order as Order
from core.order import Preset

DEFAULT_ZONE = "Asia/Shanghai"


class Kind(StrEnum):
    """Kinds of facility."""

    FEEDER = "feeder"
    PRODUCTION = "production"
    TREATMENT = "treatment"
    AUXILIARY = "auxiliary"
    COMBINED = "combined"


class Shift(StrEnum):
    """Registered shift patterns."""

    DAY = "day"
    TWO = "two"
    THREE = "three"
    CONTINUOUS = "continuous"
    NIGHT = "night"


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A supervised polluting unit, as its dossier names it."""

    id: str
    name: str
    district: str
    township: str | None = None
    grid: str | None = None
    industry: str | None = None
    credit_code: str | None = None
    lon: float | None = None
    lat: float | None = None
    timezone: str = DEFAULT_ZONE
    shift: Shift | None = None
    valley_tariff: bool = False
    pollutants: str | None = None
    permit: str | None = None
    contact: str | None = None
    phone: str | None = None
    officer: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A group of production facilities and the treatment stages that must run with them."""

    id: str
    enterprise: str
    name: str


@dataclass(frozen=True, slots=True)
class Facility:
    """Something that runs. `on_kw`/`off_kw` are None until set or learnt."""

    id: str
    enterprise: str
    kind: Kind
    line: str | None = None
    name: str | None = None
    stage: str | None = None
    duty: str = "duty"
    rated_kw: float | None = None
    on_kw: float | None = None
    off_kw: float | None = None


@dataclass(frozen=True, slots=True)
class Meter:
    """A measuring point on one circuit of one facility."""

    id: str
    facility: str
    interval_s: int = 60
    ct: float = 1.0
    pt: float = 1.0
    values: str = "primary"
    timezone: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit on one quantity of one meter. `weekdays` are ISO numbers, Monday 1."""

    meter: str
    quantity: str
    side: str
    value: float
    on_delay_s: int = 300
    off_delay_s: int = 300
    deadband: float = 0.0
    severity: int = 1
    window: Window | None = None
    weekdays: frozenset[int] = frozenset(range(1, 8))


@dataclass(frozen=True)
class Registry:
    """One consistent snapshot. References are checked before a registry is built (registry/check.py)."""

    enterprises: tuple[Enterprise, ...] = ()
    lines: tuple[Line, ...] = ()
    facilities: tuple[Facility, ...] = ()
    meters: tuple[Meter, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    filings: tuple[Filing, ...] = ()
    orders: tuple[Order, ...] = ()
    presets: tuple[Preset, ...] = ()
    version: int = field(default=0, compare=False)

    @cached_property
    def enterprise_number(self) -> dict[str, int]:
        return {row.id: i for i, row in enumerate(self.enterprises)}

    @cached_property
    def facility_number(self) -> dict[str, int]:
        return {row.id: i for i, row in enumerate(self.facilities)}

    @cached_property
    def meter_number(self) -> dict[str, int]:
        return {row.id: i for i, row in enumerate(self.meters)}

    @cached_property
    def meter_by_address(self) -> dict[str, int]:
        """Numbers of the meters that messages name otherwise than by their id."""
        return {row.address: i for i, row in enumerate(self.meters) if row.address}

    @cached_property
    def facility_of_meter(self) -> NDArray[np.int64]:
        """Facility number per meter, shape (meters,)."""
        return np.array([self.facility_number[m.facility] for m in self.meters], dtype=np.int64)

    @cached_property
    def enterprise_of_facility(self) -> NDArray[np.int64]:
        """Enterprise number per facility, shape (facilities,)."""
        return np.array([self.enterprise_number[f.enterprise] for f in self.facilities], dtype=np.int64)

    @cached_property
    def enterprise_of_meter(self) -> NDArray[np.int64]:
        """Enterprise number per meter, shape (meters,)."""
        if not self.meters:
            return np.zeros(0, dtype=np.int64)
        return self.enterprise_of_facility[self.facility_of_meter]

    @cached_property
    def interval_ms(self) -> NDArray[np.int64]:
        """Sampling interval per meter in ms, shape (meters,)."""
        return np.array([m.interval_s * 1000 for m in self.meters], dtype=np.int64)

    def enterprise(self, id: str) -> Enterprise:
        """The enterprise of that id; KeyError where there is none."""
        return self.enterprises[self.enterprise_number[id]]

    def facility(self, id: str) -> Facility:
        """The facility of that id; KeyError where there is none."""
        return self.facilities[self.facility_number[id]]

    def facilities_of(self, enterprise: str, kind: Kind | None = None) -> list[Facility]:
        """Facilities of an enterprise, of one kind where named, in registry order."""
        return [f for f in self._facilities_by_enterprise.get(enterprise, []) if kind is None or f.kind == kind]

    def meters_of(self, facilities: Sequence[Facility]) -> list[int]:
        """Numbers of the meters on those facilities."""
        return [n for f in facilities for n in self._meters_by_facility.get(f.id, [])]

    def load_meters(self, enterprise: str) -> list[int]:
        """Numbers of the meters whose sum is the enterprise's load: its feeder, else its production."""
        feeder = self.meters_of(self.facilities_of(enterprise, Kind.FEEDER))
        return feeder or self.meters_of(self.facilities_of(enterprise, Kind.PRODUCTION))

    @cached_property
    def enterprise_of_scope(self) -> dict[str, str]:
        """The enterprise of every id that an order can be on: an enterprise, a line or a facility."""
        found = {row.id: row.id for row in self.enterprises}
        found |= {row.id: row.enterprise for row in self.lines}
        return found | {row.id: row.enterprise for row in self.facilities}

    def production_of(self, scope: str) -> list[Facility]:
        """The production facilities that an order on that enterprise, line or facility is about; treatment never is."""
        enterprise = self.enterprise_of_scope.get(scope, "")
        return [
            row for row in self.facilities_of(enterprise, Kind.PRODUCTION) if scope in (enterprise, row.id, row.line)
        ]

    def filings_of(self, enterprise: str) -> list[Filing]:
        return self._filings_by_enterprise.get(enterprise, [])

    @cached_property
    def _facilities_by_enterprise(self) -> dict[str, list[Facility]]:
        found: dict[str, list[Facility]] = {}
        for row in self.facilities:
            found.setdefault(row.enterprise, []).append(row)
        return found

    @cached_property
    def _meters_by_facility(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, row in enumerate(self.meters):
            found.setdefault(row.facility, []).append(number)
        return found

    @cached_property
    def _filings_by_enterprise(self) -> dict[str, list[Filing]]:
        found: dict[str, list[Filing]] = {}
        for row in self.filings:
            found.setdefault(row.enterprise, []).append(row)
        return found
