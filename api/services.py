"""What the pages and routes are served from: ports and a few settings, handed over once at start."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from analytics.screening.imbalance import DEFAULTS
from analytics.screening.settings import Screening
from api.problems import Problem
from core.ports import (
    Accounts,
    AlarmBook,
    Audit,
    DeadLetters,
    DossierBook,
    FocusBook,
    RegistryBook,
    RouteBook,
    SeriesStore,
    StateBook,
)
from core.records import Backlog, LetterFilter, Redelivered


def nobody_redelivers(wanted: Collection[int] | LetterFilter) -> Redelivered:
    """Where no road is wired."""
    raise Problem(503, "dead letters can't be replayed here")


def nothing_waits() -> None:
    """Where readings go to their store without a spool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All that api/ needs of the rest of the program.

    registry        the registry's book; a snapshot is kept and renewed when its version grows
    clock           the city's time in ms UTC: what is shown, "now" of a chart, when an alarm was acknowledged
    wall            real time in ms UTC: sessions, lock-outs, the audit log
    readiness       part -> "ok" or what is wrong with it
    metrics         Prometheus text exposition
    redeliver       puts the dead letters of these ids, or all that match, on the road once more and waits for them
    backlog         what waits for the series store, None while nothing does
    screening       windows and limits of the day/night screening
    secure_cookies  whether people reach the service over HTTPS only
    demo_accounts   (username, password, role in words) shown at the login page of a demo
    """

    series: SeriesStore
    registry: RegistryBook
    dossiers: DossierBook
    alarms: AlarmBook
    focus: FocusBook
    accounts: Accounts
    audit: Audit
    dead_letters: DeadLetters
    routes: RouteBook
    states: StateBook
    clock: Callable[[], int]
    wall: Callable[[], int]
    readiness: Callable[[], dict[str, str]]
    metrics: Callable[[], str]
    redeliver: Callable[[Collection[int] | LetterFilter], Redelivered] = nobody_redelivers
    backlog: Callable[[], Backlog | None] = nothing_waits
    screening: Screening = DEFAULTS
    secure_cookies: bool = False
    demo: bool = False
    demo_accounts: tuple[tuple[str, str, str], ...] = ()
