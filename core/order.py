"""Control orders: what an authority told an enterprise, line or facility to stop or limit, and when."""

from dataclasses import dataclass
from enum import StrEnum

from core.interval import Window


class OrderKind(StrEnum):
    """What an order asks for. `EXEMPT` takes its scope out of the other orders of its time."""

    STOP = "stop"
    LIMIT = "limit"
    CAP = "cap"
    WINDOW = "window"
    EXEMPT = "exempt"


ISSUED, REVOKED = "issued", "revoked"

LEVELS = ("yellow", "orange", "red")
"""Emergency responses to heavy pollution weather, the mildest first."""


@dataclass(frozen=True, slots=True)
class Order:
    """A control order on an enterprise, line or facility; instants in ms UTC, [from, to).

    value        of a limit the per cent by which production is to fall, of a cap the most kW
    window       of a window order the daily span of local time in which nothing may be produced
    guaranteed_kw  load that may go on whatever the order says (safety, residents' heating); None: none is granted
    status       issued or revoked; a revoked order was in force until `to_at`, which was moved to that instant
    """

    id: str
    scope: str
    kind: str
    from_at: int
    to_at: int
    value: float | None = None
    window: Window | None = None
    level: str | None = None
    guaranteed_kw: float | None = None
    status: str = ISSUED

    def holds(self, at: int) -> bool:
        """Whether the order is in force at that instant."""
        return self.from_at <= at < self.to_at


@dataclass(frozen=True, slots=True)
class Preset:
    """What an emergency response of a level asks of a scope: the order that one click issues."""

    scope: str
    level: str
    kind: str
    value: float | None = None
    window: Window | None = None
    guaranteed_kw: float | None = None
