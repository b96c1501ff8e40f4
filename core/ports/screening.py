"""What the screening found, period by period."""

from collections.abc import Sequence
from typing import Protocol

from core.jurisdiction import Scope
from core.screening import Finding, Listed, Period, ScreenedPeriod, ScreeningList


class ScreeningBook(Protocol):
    """Findings of the running period and of calendar months, which are kept for good."""

    def save(self, period: Period, findings: Sequence[Finding], *, day: str, now: int) -> None:
        """Put a period's findings in place of what it had, compared with the last period of the same length.

        `day` is the local date on which a running period ends: one is kept for each, and compared with the newest
        that ended at least as long before as it lasts. The later months' comparison with a month is made anew.
        """
        ...

    def periods(self) -> list[ScreenedPeriod]:
        """The newest running period and all months, the newest first."""
        ...

    def findings(self, scope: Scope, list_: ScreeningList, period: str) -> list[Listed]:
        """All of one list and period (`running` or `2024-03`): flagged ones first, without a remark before others."""
        ...

    def former_months(self, before: str) -> list[tuple[str, list[Finding]]]:
        """The findings of the last twelve months whose name is less than `before`, the oldest first. No scope."""
        ...

    def running(self, list_: ScreeningList) -> list[Finding]:
        """Of the newest running period. No scope."""
        ...

    def stale(self) -> list[str]:
        """Names of months that must be screened again."""
        ...

    def touch(self, month: str) -> None:
        """Readings of that month came; if it is screened, it is stale from now on."""
        ...
