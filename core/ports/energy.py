"""Energies by the hour that the rules learn from, kept over restarts."""

from collections.abc import Sequence
from typing import Protocol

from core.records import EnergyHour


class EnergyBook(Protocol):
    """Sums that could be found again from the readings, but only by reading weeks of them."""

    def save(self, hours: Sequence[EnergyHour], *, forget_before: int) -> None:
        """Insert or replace these and let go of hours numbered lower than that, in one transaction."""
        ...

    def hours(self, since: int) -> list[EnergyHour]:
        """All hours numbered from `since` on, ascending."""
        ...
