"""What the pages and routes are served from: ports and a few settings, handed over once at start."""

from collections.abc import Callable
from dataclasses import dataclass

from analytics.screening.imbalance import DEFAULTS
from analytics.screening.settings import Screening
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
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All that api/ needs of the rest of the program.

    registry        the registry's book; a snapshot is kept and renewed when its version grows
    clock           the city's time in ms UTC: what is shown, "now" of a chart, when an alarm was acknowledged
    wall            real time in ms UTC: sessions, lock-outs, the audit log
    readiness       part -> "ok" or what is wrong with it
    metrics         Prometheus text exposition
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
    clock: Callable[[], int]
    wall: Callable[[], int]
    readiness: Callable[[], dict[str, str]]
    metrics: Callable[[], str]
    screening: Screening = DEFAULTS
    secure_cookies: bool = False
    demo: bool = False
    demo_accounts: tuple[tuple[str, str, str], ...] = ()
