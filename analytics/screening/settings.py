"""What the day/night screening can be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from core.interval import Window


class Season(NamedTuple):
    """Windows of one enterprise from `first` to `last` of every year (`MM-DD`, both within; may cross New Year)."""

    first: str
    last: str
    night: Window
    day: Window

    def holds(self, on: date) -> bool:
        """Whether a local date lies in the season."""
        key = f"{on:%m-%d}"
        if self.first <= self.last:
            return self.first <= key <= self.last
        return key >= self.first or key <= self.last


class DayPlan(NamedTuple):
    """The windows in force on one local date."""

    night: Window
    day: Window


@dataclass(frozen=True, slots=True)
class Screening:
    """Settings of the day/night screening.

    flag_ratio     ratio above which night load (or its inverse) counts as heavy
    min_valid_days fewer valid days than this prove nothing
    min_coverage   share of each window that readings must cover, 0–1
    overrides      seasons by enterprise id; where none holds, `night` and `day` do
    """

    night: Window = field(default_factory=lambda: Window.parse("22:00-06:00"))
    day: Window = field(default_factory=lambda: Window.parse("06:00-22:00"))
    flag_ratio: float = 1.5
    min_valid_days: int = 3
    min_coverage: float = 0.8
    overrides: Mapping[str, tuple[Season, ...]] = field(default_factory=dict, hash=False)

    def seasons(self, enterprise: str) -> tuple[Season, ...]:
        """The enterprise's own seasons; none means the common windows all year."""
        return tuple(Season(*season) for season in self.overrides.get(enterprise, ()))

    def plan(self, on: date, seasons: tuple[Season, ...]) -> DayPlan:
        """The windows in force on a local date: those of the first season that holds."""
        for season in seasons:
            if season.holds(on):
                return DayPlan(season.night, season.day)
        return DayPlan(self.night, self.day)
