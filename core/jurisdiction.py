"""Who may see what: the one place that decides it.

A scope is handed to every query of the stores, which put it into the statement; a route that forgets
it does not type-check.
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Roles so far; every action that a role may take is listed in MAY."""

    CITY_ADMINISTRATOR = "city-administrator"
    CITY_MONITOR = "city-monitor"
    DISTRICT_LEADER = "district-leader"
    INSPECTOR = "inspector"


class Action(StrEnum):
    """What a signed-in person can ask for beyond reading their own scope."""

    ACKNOWLEDGE = "acknowledge"
    READ_DEAD_LETTERS = "read-dead-letters"
    REPLAY_DEAD_LETTERS = "replay-dead-letters"
    READ_AUDIT = "read-audit"
    READ_USERS = "read-users"
    FILE = "file"
    DECIDE_FILINGS = "decide-filings"
    ISSUE_ORDERS = "issue-orders"
    PROPOSE_PARAMETERS = "propose-parameters"
    SET_PARAMETERS = "set-parameters"
    BACKTEST = "backtest"


MAY: dict[Role, frozenset[Action]] = {
    Role.CITY_ADMINISTRATOR: frozenset(Action),
    Role.CITY_MONITOR: frozenset(Action) - {Action.ISSUE_ORDERS, Action.SET_PARAMETERS},
    Role.DISTRICT_LEADER: frozenset(
        {Action.ACKNOWLEDGE, Action.FILE, Action.DECIDE_FILINGS, Action.PROPOSE_PARAMETERS, Action.BACKTEST}
    ),
    Role.INSPECTOR: frozenset({Action.ACKNOWLEDGE, Action.FILE}),
}


_CITY_WIDE = frozenset({Role.CITY_ADMINISTRATOR, Role.CITY_MONITOR})


@dataclass(frozen=True, slots=True)
class Scope:
    """The districts whose rows a query may touch; None is the whole city."""

    districts: frozenset[str] | None

    def covers(self, district: str) -> bool:
        """Whether a row of that district may be seen."""
        return self.districts is None or district in self.districts


CITY = Scope(None)


@dataclass(frozen=True, slots=True)
class User:
    """A signed-in person. A district leader or inspector without a district sees nothing."""

    id: int
    username: str
    name: str
    role: Role
    district: str | None = None

    @property
    def scope(self) -> Scope:
        """What this person's queries may touch."""
        if self.role in _CITY_WIDE:
            return CITY
        return Scope(frozenset({self.district}) if self.district else frozenset())

    def may(self, action: Action) -> bool:
        """Whether the role allows the action; what is not listed is refused."""
        return action in MAY.get(self.role, frozenset())
