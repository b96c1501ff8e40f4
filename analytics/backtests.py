"""Back-tests that people ask for beside the running service: what is asked, how far it is, what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from analytics.comparison import Comparison
from core.registry import Facility, Threshold

LONGEST_DAYS = 90


class Progress(StrEnum):
    """Where a back-test is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


OVER = frozenset({Progress.DONE, Progress.CANCELLED, Progress.FAILED})


@dataclass(frozen=True)
class Wanted:
    """What is to be tried on the last days.

    limits       pairs of a limit as it is and as it would be
    facilities   pairs of a facility as it is and with other thresholds
    rules        which rules are off and their parameters, as analytics.rule_choice reads them
    enterprises  the only ones to judge: what the person may see, or fewer
    """

    days: int
    enterprises: frozenset[str]
    limits: tuple[tuple[Threshold, Threshold], ...] = ()
    facilities: tuple[tuple[Facility, Facility], ...] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Backtest:
    """One back-test as it stands.

    share      0–1 of the readings' time that has been judged
    judged_to  ms UTC of event time; None before the first reading
    error      why it failed, "" unless it did
    """

    id: int
    by: str
    wanted: Wanted
    asked_at: int
    state: Progress = Progress.QUEUED
    share: float = 0.0
    judged_to: int | None = None
    result: Comparison | None = None
    error: str = ""

    @property
    def is_over(self) -> bool:
        return self.state in OVER


class Backtests(Protocol):
    """Runs them one after the other; a person has one at a time. Nobody sees another person's."""

    def start(self, wanted: Wanted, *, by: str, now: int) -> Backtest:
        """Put one in the queue. NotAllowed where the person's last is not over, or the queue is full."""
        ...

    def get(self, id: int, *, by: str) -> Backtest | None:
        """One of that person's; None where there is none, or it is gone: only the last ones are kept."""
        ...

    def latest(self, *, by: str) -> Backtest | None:
        """The last that the person asked for."""
        ...

    def cancel(self, id: int, *, by: str) -> bool:
        """Stop it within a second; False where there is none. One that is over stays as it is."""
        ...
