"""What the reader narrows the list of alarms to, as it stands in the address."""

from datetime import date, time, timedelta

from pydantic import BaseModel, Field

from core.alarm import AlarmState
from core.interval import local_ms
from core.records import AlarmFilter
from core.registry import DEFAULT_ZONE

STATES: dict[str, frozenset[AlarmState] | None] = {
    "open": frozenset(
        {AlarmState.ACTIVE_UNACKNOWLEDGED, AlarmState.ACTIVE_ACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED}
    ),
    "unacknowledged": frozenset({AlarmState.ACTIVE_UNACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED}),
    "suppressed": frozenset({AlarmState.SUPPRESSED}),
    "normal": frozenset({AlarmState.NORMAL}),
    "all": None,
    "active": frozenset({AlarmState.ACTIVE_UNACKNOWLEDGED, AlarmState.ACTIVE_ACKNOWLEDGED}),
    "calling": frozenset({AlarmState.ACTIVE_UNACKNOWLEDGED}),
    "over": frozenset({AlarmState.RETURNED_UNACKNOWLEDGED}),
}
"""Choices of state, the first one taken where nothing is said."""

PARTS = {"open": ("active", "over"), "unacknowledged": ("calling", "over")}
"""Choices that are shown in parts: what still holds stands before what is over, however old it is."""


class AlarmChoice(BaseModel):
    """Texts of the form; what can't be read narrows nothing. Days are those of the city's zone."""

    state: str = Field("open", max_length=40)
    severity: str = Field("", max_length=10)
    district: str = Field("", max_length=100)
    enterprise: str = Field("", max_length=100)
    first: str = Field("", max_length=20)
    last: str = Field("", max_length=20)

    def wanted(self) -> AlarmFilter:
        """What the store is asked for."""
        return AlarmFilter(
            district=self.district or None,
            enterprise=self.enterprise or None,
            min_severity=int(self.severity) if self.severity in {"1", "2", "3"} else None,
            states=STATES.get(self.state, STATES["open"]),
            from_at=_midnight(self.first, 0),
            to_at=_midnight(self.last, 1),
        )

    def parts(self) -> list["AlarmChoice"]:
        """The choices whose lists are shown one after the other; this one alone where it has no parts."""
        state = self.state if self.state in STATES else "open"
        return [self.model_copy(update={"state": part}) for part in PARTS.get(state, (state,))]

    def tab(self) -> str:
        """The choice of state that this one is, or is a part of."""
        return {"active": "open", "calling": "unacknowledged", "over": "open"}.get(self.state, self.state)

    def query(self, **changed: str) -> dict[str, str]:
        """The parts of an address with some of them changed, empty ones left out."""
        return {key: value for key, value in {**self.model_dump(), **changed}.items() if value}


def _midnight(text: str, later: int) -> int | None:
    try:
        return local_ms(date.fromisoformat(text) + timedelta(days=later), time(0), DEFAULT_ZONE)
    except (ValueError, OverflowError):
        return None
