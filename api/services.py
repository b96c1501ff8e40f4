"""What the pages and routes are served from: ports and a few settings, handed over once at start."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from analytics.backtests import Backtest, Backtests, Wanted
from analytics.screening.imbalance import DEFAULTS
from analytics.screening.settings import Screening
from api.problems import Problem
from core.filing_hours import CAP_HOURS
from core.ports import (
    Accounts,
    AlarmBook,
    Audit,
    DeadLetters,
    DossierBook,
    FilingBook,
    FocusBook,
    OrderBook,
    PresetBook,
    RegistryBook,
    ResponseBook,
    RouteBook,
    ScreeningBook,
    SeriesStore,
    StateBook,
)
from core.records import Backlog, LetterFilter, Redelivered, Unjudged


def nobody_redelivers(wanted: Collection[int] | LetterFilter) -> Redelivered:
    """Where no road is wired."""
    raise Problem(503, "dead letters can't be replayed here")


class NoBacktests:
    """Where nothing is wired that could run them."""

    def start(self, wanted: Wanted, *, by: str, now: int) -> Backtest:
        raise Problem(503, "back-tests can't be run here")

    def get(self, id: int, *, by: str) -> Backtest | None:
        return None

    def latest(self, *, by: str) -> Backtest | None:
        return None

    def cancel(self, id: int, *, by: str) -> bool:
        return False


def nothing_unjudged() -> list[Unjudged]:
    """Where no engine is wired."""
    return []


Sheet = tuple[str, Sequence[Sequence[str | float | None]]]
"""A sheet's name and its rows, the headings first."""


def no_workbook(sheets: Sequence[Sheet]) -> bytes:
    """Where nothing writes workbooks."""
    raise Problem(503, "lists can't be exported here")


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
    workbook        makes an .xlsx of sheets
    unjudged        what the rules can't judge now, and why; of the whole city
    backtests       tries other settings on the last days
    backlog         what waits for the series store, None while nothing does
    screening       windows and limits of the day/night screening
    filing_cap_hours  hours a month that may be filed for one facility without the city administrator
    secure_cookies  whether people reach the service over HTTPS only
    demo_accounts   (username, password, role in words) shown at the login page of a demo
    """

    series: SeriesStore
    registry: RegistryBook
    dossiers: DossierBook
    alarms: AlarmBook
    focus: FocusBook
    screenings: ScreeningBook
    accounts: Accounts
    audit: Audit
    dead_letters: DeadLetters
    routes: RouteBook
    states: StateBook
    filings: FilingBook
    orders: OrderBook
    responses: ResponseBook
    presets: PresetBook
    clock: Callable[[], int]
    wall: Callable[[], int]
    readiness: Callable[[], dict[str, str]]
    metrics: Callable[[], str]
    redeliver: Callable[[Collection[int] | LetterFilter], Redelivered] = nobody_redelivers
    unjudged: Callable[[], list[Unjudged]] = nothing_unjudged
    backtests: Backtests = field(default_factory=NoBacktests)
    workbook: Callable[[Sequence[Sheet]], bytes] = no_workbook
    backlog: Callable[[], Backlog | None] = nothing_waits
    screening: Screening = DEFAULTS
    filing_cap_hours: float = CAP_HOURS
    secure_cookies: bool = False
    demo: bool = False
    demo_accounts: tuple[tuple[str, str, str], ...] = ()
