"""One true event of the city, and the kinds that there are."""

from dataclasses import dataclass

TREATMENT_OFF, OVER_LIMIT, SILENT, SHUTDOWN, NIGHT_WORK = (
    "treatment-off",
    "over-limit",
    "silent",
    "shutdown",
    "night-work",
)
LATE_START, EARLY_STOP, INTERMITTENT, IDLING = "late-start", "early-stop", "intermittent", "idling"
OBEYED, DISOBEYED, CONTRADICTED = "order-obeyed", "order-disobeyed", "filing-contradicted"
POWER_CUT, PHASE_LOST, REGISTER_STILL = "power-cut", "phase-lost", "register-still"


@dataclass(frozen=True, slots=True)
class Planted:
    """One true event over [from, to) in ms UTC.

    subject  a treatment facility (treatment-off, late-start, early-stop, intermittent, idling), a meter (over-limit,
             silent, phase-lost, register-still), an order or filing (disobeyed, contradicted), else the enterprise
    level    of an over-limit: power as a multiple of the rated power; of idling treatment and of production that
             obeys an order: as a share of the usual
    """

    kind: str
    enterprise: str
    subject: str
    from_at: int
    to_at: int
    level: float = 0.0

    def touches(self, from_at: int, to_at: int) -> bool:
        """Whether any of [from, to) is affected."""
        return self.from_at < to_at and from_at < self.to_at
