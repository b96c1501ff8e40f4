"""Enterprises that share a calendar are counted together."""

from dataclasses import dataclass

from analytics.screening.calendar import Calendar, calendar
from analytics.screening.settings import Screening, Season
from analytics.screening.tally import Tally
from core.registry import Enterprise, Registry


@dataclass(frozen=True, slots=True)
class Member:
    """An enterprise and the rows of its load meters in its group's tally; no rows: it has no load meter."""

    enterprise: Enterprise
    rows: slice


@dataclass(frozen=True, slots=True)
class Group:
    """Enterprises of one zone and one set of seasons; `meters` are the numbers of their load meters, by row."""

    calendar: Calendar
    members: list[Member]
    meters: list[int]
    tally: Tally


def groups_of(registry: Registry, settings: Screening, *, from_at: int, to_at: int) -> list[Group]:
    """All enterprises in groups, with empty tallies for [from_at, to_at] (ms UTC)."""
    shared: dict[tuple[str, tuple[Season, ...]], list[Enterprise]] = {}
    for row in registry.enterprises:
        shared.setdefault((row.timezone, settings.seasons(row.id)), []).append(row)
    return [
        _group(registry, calendar(tz, seasons, from_at=from_at, to_at=to_at, settings=settings), rows)
        for (tz, seasons), rows in shared.items()
    ]


def _group(registry: Registry, of: Calendar, enterprises: list[Enterprise]) -> Group:
    members: list[Member] = []
    meters: list[int] = []
    for row in enterprises:
        own = registry.load_meters(row.id)
        members.append(Member(row, slice(len(meters), len(meters) + len(own))))
        meters.extend(own)
    return Group(of, members, meters, Tally(of, len(meters)))
