"""Filings: what an enterprise announced beforehand, and which alarms that explains.

A filing suppresses notification for its facilities and span, and only for what it announced; it never
suppresses recording.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Announced(StrEnum):
    """What a filing says will be off."""

    PRODUCTION_OFF = "production-off"
    TREATMENT_OFF = "treatment-off"
    POWER_OFF = "power-off"
    METER_OFF = "meter-off"


ANNOUNCES: dict[str, frozenset[Announced]] = {
    "maintenance": frozenset({Announced.TREATMENT_OFF}),
    "shutdown": frozenset({Announced.PRODUCTION_OFF}),
    "process-change": frozenset(),
    "treatment-fault": frozenset({Announced.TREATMENT_OFF}),
    "metering-fault": frozenset({Announced.METER_OFF}),
    "power-cut": frozenset({Announced.POWER_OFF}),
    "trial-run": frozenset(),
}
"""What a filing of each kind announces when it does not say."""


STANDS = frozenset({"approved", "revoked"})
"""States in which a filing explains what lies in its span; that of a revoked one ends where it was revoked."""


@dataclass(frozen=True, slots=True)
class Filing:
    """Instants in ms UTC, [from, to). Empty `facilities` means all of the enterprise.

    status    pending, approved, rejected or revoked; a revoked filing explains nothing from then on
    filed_at  when it was handed in; None where it came with a registry. At most 24 h after `from`, and then overdue
    """

    id: str
    enterprise: str
    kind: str
    from_at: int
    to_at: int
    facilities: frozenset[str] = frozenset()
    announces: frozenset[Announced] = frozenset()
    status: str = "pending"
    filed_at: int | None = None

    @property
    def announced(self) -> frozenset[Announced]:
        """What was announced, in words or by the kind."""
        return self.announces or ANNOUNCES[self.kind]


def covering(
    filings: Iterable[Filing],
    *,
    at: int,
    facilities: frozenset[str],
    explained_by: frozenset[Announced],
) -> Filing | None:
    """The filing that explains a condition at that instant, if there is one; one that was revoked did so until then.

    `facilities` are those whose behaviour is in question: all of them must be named by the filing.
    `explained_by` is what, once announced, makes the condition expected.
    """
    for filing in filings:
        if filing.status not in STANDS or not filing.from_at <= at < filing.to_at:
            continue
        if filing.facilities and not facilities <= filing.facilities:
            continue
        if filing.announced & explained_by:
            return filing
    return None
