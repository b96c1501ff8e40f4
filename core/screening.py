"""Words of the screening's lists, shared by what computes, stores and shows them. Lists, not alarms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from core.registry import Enterprise


class ScreeningList(StrEnum):
    """The five lists."""

    IMBALANCE = "imbalance"
    NIGHT_SHARE = "night-share"
    INTENSITY = "intensity"
    BAND = "band"
    GROWTH = "growth"


class Judgement(StrEnum):
    """What a list says of a subject. Insufficient is neither good nor suspicion; its reason says what is missing."""

    FLAGGED = "flagged"
    NORMAL = "normal"
    INSUFFICIENT = "insufficient"


class Change(StrEnum):
    """A subject compared with the last period of the same length."""

    NEW = "new"
    PERSISTENT = "persistent"
    GONE = "gone"
    UNJUDGED = "unjudged"
    """Flagged before; now there is too little data to say."""


RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Period:
    """A span that is screened: [from_at, to_at] in ms UTC.

    month  first local date of the calendar month; None for a span of its own
    """

    from_at: int
    to_at: int
    month: date | None = None

    @property
    def name(self) -> str:
        """`2024-03` of a month, else `running`."""
        return f"{self.month:%Y-%m}" if self.month else RUNNING

    def has(self, day: date) -> bool:
        """Whether a local date belongs to it, as far as its name says."""
        return self.month is None or (day.year, day.month) == (self.month.year, self.month.month)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one list says of one subject in one period, with its evidence.

    subject   the enterprise, or the line where the list is about lines
    value     the figure that is judged, None where there is none (or it is infinite)
    limit     what it is held against
    reason    why it is insufficient, or which limit was crossed; ""
    remark    why a flagged entry is listed apart, or ""
    evidence  JSON-able: days, profiles, samples, medians …
    """

    list: ScreeningList
    enterprise: str
    subject: str
    value: float | None
    limit: float | None
    judgement: Judgement
    reason: str = ""
    remark: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def flagged(self) -> bool:
        """Whether it is on the list."""
        return self.judgement is Judgement.FLAGGED


@dataclass(frozen=True, slots=True)
class ScreenedPeriod:
    """A period that was screened; `stale` says that readings of it came later and it will be screened again."""

    period: Period
    screened_at: int
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A finding joined with its enterprise.

    change   against the last period of the same length; None where there is none, or nothing changed and is flagged
    periods  for how many periods in a row it has been flagged, this one included; 0 where it is not
    """

    finding: Finding
    enterprise: Enterprise
    line: str | None
    change: Change | None
    periods: int
