"""What the domain asks of the outside, in a few calls each.

Every adapter of a port goes through the port's contract test (tests/contracts). All instants are ms
UTC; all calls may come from any thread. Where a query takes a `Scope`, rows outside it do not exist.
"""

from core.ports.alarms import AlarmBook, Channel, Outbox, RouteBook, TransitionLog
from core.ports.city import DossierBook, FocusBook, RegistryBook, StateBook
from core.ports.energy import EnergyBook
from core.ports.late import LateBook
from core.ports.letters import ALL_LETTERS, DeadLetters
from core.ports.measures import FilingBook, OrderBook, PresetBook, ResponseBook
from core.ports.people import Accounts, Audit
from core.ports.screening import ScreeningBook
from core.ports.series import FindingStore, SeriesStore

__all__ = [
    "ALL_LETTERS",
    "Accounts",
    "AlarmBook",
    "Audit",
    "Channel",
    "DeadLetters",
    "DossierBook",
    "EnergyBook",
    "FilingBook",
    "FindingStore",
    "FocusBook",
    "LateBook",
    "OrderBook",
    "Outbox",
    "PresetBook",
    "RegistryBook",
    "ResponseBook",
    "RouteBook",
    "ScreeningBook",
    "SeriesStore",
    "StateBook",
    "TransitionLog",
]
