"""Enterprises that share a calendar are counted together."""

from dataclasses import dataclass

from analytics.screening.calendar import HOURS, QUARTERS, Calendar, calendar
from analytics.screening.demand import Demand
from analytics.screening.lattice import Lattice
from analytics.screening.segments import Segments
from analytics.screening.settings import Screening, Season
from analytics.screening.tally import Tally
from core.registry import Enterprise, Kind, Line, Registry
from core.screening import Period


@dataclass(frozen=True, slots=True)
class LineRows:
    """A line and the rows of its production and treatment meters in its group's tally."""

    line: Line
    production: list[int]
    treatment: list[int]


@dataclass(frozen=True, slots=True)
class Member:
    """An enterprise and the rows of its load meters in its group's tally; no rows: it has no load meter."""

    enterprise: Enterprise
    rows: slice
    lines: tuple[LineRows, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Enterprises of one zone and one set of seasons; `meters` are the numbers of their meters, by row.

    demand  the highest quarter-hours of the members; None where nobody asks for them
    """

    calendar: Calendar
    members: list[Member]
    meters: list[int]
    tally: Tally
    demand: Demand | None = None

    def add(self, lattice: Lattice | None, segments: Segments) -> None:
        """Count what a batch brought; both name meters by row."""
        sums = self.tally.add_lattice(lattice) if lattice is not None else None
        self.tally.add(segments)
        if self.demand is not None:
            self.demand.add(lattice, sums, segments)


def groups_of(registry: Registry, settings: Screening, period: Period) -> list[Group]:
    """All enterprises in groups, with empty sums for the period; of their load meters alone."""
    return [
        _group(registry, calendar(tz, seasons, period=period, settings=settings, clocks=HOURS), rows)
        for (tz, seasons), rows in _shared(registry, settings)
    ]


def groups_with_lines(registry: Registry, settings: Screening, period: Period) -> list[Group]:
    """As `groups_of`, also of the meters of their lines, and with their demand by quarters of hours."""
    return [
        _group(registry, calendar(tz, seasons, period=period, settings=settings, clocks=QUARTERS), rows, lines=True)
        for (tz, seasons), rows in _shared(registry, settings)
    ]


def _shared(registry: Registry, settings: Screening) -> list[tuple[tuple[str, tuple[Season, ...]], list[Enterprise]]]:
    found: dict[tuple[str, tuple[Season, ...]], list[Enterprise]] = {}
    for row in registry.enterprises:
        found.setdefault((row.timezone, settings.seasons(row.id)), []).append(row)
    return list(found.items())


def _group(registry: Registry, of: Calendar, enterprises: list[Enterprise], *, lines: bool = False) -> Group:
    owned = _lines_of(registry) if lines else {}
    members: list[Member] = []
    row_of: dict[int, int] = {}
    for row in enterprises:
        first = len(row_of)
        for meter in registry.load_meters(row.id):
            row_of[meter] = len(row_of)
        load = slice(first, len(row_of))
        members.append(Member(row, load, tuple(_line(registry, line, row_of) for line in owned.get(row.id, []))))
    demand = Demand(of, [member.rows for member in members]) if lines else None
    return Group(of, members, list(row_of), Tally(of, len(row_of)), demand)


def _lines_of(registry: Registry) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in registry.lines:
        found.setdefault(line.enterprise, []).append(line)
    return found


def _line(registry: Registry, line: Line, row_of: dict[int, int]) -> LineRows:
    """The rows of a line's meters, which are added where a load does not have them."""

    def rows(kind: Kind) -> list[int]:
        own = [facility for facility in registry.facilities_of(line.enterprise, kind) if facility.line == line.id]
        return [row_of.setdefault(meter, len(row_of)) for meter in registry.meters_of(own)]

    return LineRows(line, rows(Kind.PRODUCTION), rows(Kind.TREATMENT))
