"""What the domain asks of the outside, in a few calls each.

Every adapter of a port goes through the port's contract test (tests/contracts). All instants are ms
UTC; all calls may come from any thread. Where a query takes a `Scope`, rows outside it do not exist.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from core.alarm import Alarm, Transition
from core.imbalance import Imbalance
from core.jurisdiction import Role, Scope, User
from core.notification import Due, Message, Route
from core.readings import FloatArray, IntArray, Readings
from core.records import (
    AlarmFilter,
    AuditEntry,
    DeadLetter,
    Dossier,
    FocusEntry,
    ListedAlarm,
    ListedEnterprise,
    Notification,
    Page,
    RecordedTransition,
    Token,
)
from core.registry import Registry


class SeriesStore(Protocol):
    """Readings, never edited. Raises StoreAway when it can't; the caller keeps the batch and tries again."""

    def append(self, batch: Readings) -> int:
        """Store durably what is new by (meter, ts) and return how many that were; repeats change nothing."""
        ...

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        """Readings with start <= ts < end, in batches of ascending time, each sorted by (ts, meter).

        Quantities not asked for are NaN. `meters` None means all. Memory stays bounded by one batch
        (about one day or one million rows).
        """
        ...

    def buckets(
        self, meter: int, start: int, end: int, width: int, quantity: str = "p"
    ) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
        """(from, mean, lowest, highest) of one meter's quantity per `width` ms, aggregated in the store.

        Buckets start at multiples of `width` from `start`; those without a value are left out.
        """
        ...

    def latest(self, since: int) -> Readings:
        """The newest reading of every meter that has one with ts >= since, all quantities."""
        ...

    def count(self, *, meter: int | None = None) -> int:
        """How many readings are stored."""
        ...

    def close(self) -> None: ...


class TransitionLog(Protocol):
    """Where the engine's findings become rows: one transaction, durable once it returns."""

    def record(self, transitions: Sequence[Transition], *, snapshot: bytes | None, now: int) -> int:
        """Write transitions, the alarms that they move and the engine's snapshot; return how many were new.

        A transition whose episode already has it (same rule, subject, since, state and severity) is
        left out, so that recording again after a crash is harmless. Transitions whose `at` is older
        than the notification age limit are recorded as not to be notified ("late").
        """
        ...

    def snapshot(self) -> bytes | None:
        """The engine's last snapshot."""
        ...


class Outbox(Protocol):
    """Transitions that wait to be told. Claims are leases: a notifier that dies loses its claim."""

    def claim(self, *, now: int, lease_for: int, limit: int) -> list[Due]:
        """Claim up to `limit` unprocessed transitions in order, by a conditional update."""
        ...

    def attempt(self, due: Due, route: Route, *, repeat: bool, now: int) -> int:
        """Record that a message is about to be sent; returns the notification's id."""
        ...

    def answer(self, notification: int, *, accepted: bool, answer: str, now: int) -> None:
        """Record what became of the attempt."""
        ...

    def accepted(self, transition: int) -> frozenset[int]:
        """Ids of the routes that have accepted this transition already."""
        ...

    def done(self, transition: int, *, outcome: str, now: int) -> None:
        """Close the transition: `outcome` is "sent" or why nobody was told."""
        ...

    def release(self, transition: int, *, retry_at: int) -> None:
        """Give the claim back; it can be claimed again from `retry_at` on."""
        ...

    def routes(self) -> list[Route]:
        """All channels that are switched on."""
        ...


class Channel(Protocol):
    """A way to a phone."""

    def check(self, address: str) -> None:
        """ChannelError where the address can't be one of this channel's; nothing is sent."""
        ...

    def send(self, message: Message, address: str) -> str:
        """Hand over the message and return the provider's answer; ChannelError where it was refused."""
        ...


class DeadLetters(Protocol):
    """Messages that could not be understood. Bounded: the oldest go when there are too many."""

    def put(self, topic: str, payload: bytes, reason: str, *, now: int) -> None: ...

    def put_all(self, letters: Sequence[DeadLetter]) -> None:
        """All of them durably or none, whatever their ids: a flood of garbage costs one transaction a batch."""
        ...

    def letters(self, *, limit: int, cursor: str | None = None, reason: str | None = None) -> Page[DeadLetter]: ...

    def letter(self, id: int) -> DeadLetter | None: ...


class RegistryBook(Protocol):
    """The registry in the database."""

    def load(self) -> Registry:
        """The whole registry, meters in the order of their numbers."""
        ...

    def version(self) -> int:
        """Grows with every import that changed something."""
        ...

    def save(self, registry: Registry, *, by: str, now: int) -> bool:
        """Insert and update all rows in one transaction; rows that are not named stay. False: nothing changed."""
        ...


class DossierBook(Protocol):
    def enterprises(
        self,
        scope: Scope,
        *,
        limit: int,
        cursor: str | None = None,
        district: str | None = None,
        search: str | None = None,
    ) -> Page[ListedEnterprise]: ...

    def dossier(self, scope: Scope, enterprise: str) -> Dossier | None: ...

    def districts(self, scope: Scope) -> list[tuple[str, int, int]]:
        """(district, enterprises, active alarms) for every district of the scope."""
        ...


class AlarmBook(Protocol):
    def alarms(self, scope: Scope, wanted: AlarmFilter, *, limit: int, cursor: str | None = None) -> Page[ListedAlarm]:
        """Newest first."""
        ...

    def alarm(self, scope: Scope, id: int) -> ListedAlarm | None: ...

    def acknowledge(self, scope: Scope, id: int, *, by: User, now: int) -> ListedAlarm | None:
        """None where the scope has no such alarm; NotAllowed where it can't be acknowledged."""
        ...

    def transitions(
        self, scope: Scope, *, alarm: int | None = None, after: int | None = None, limit: int = 100
    ) -> list[RecordedTransition]:
        """In order of writing; `after` is the id of the last one seen."""
        ...

    def last_transition(self) -> int:
        """The highest id so far, 0 where there is none."""
        ...

    def active(self) -> dict[tuple[str, int], int]:
        """Number of active alarms (suppressed ones left out) by (rule, severity), for the metrics."""
        ...

    def open_alarms(self, scope: Scope, enterprise: str) -> list[Alarm]: ...

    def notifications(self, scope: Scope, *, alarm: int | None = None, limit: int = 100) -> list[Notification]:
        """Newest first."""
        ...


class FocusBook(Protocol):
    def save(self, results: Sequence[Imbalance], *, now: int) -> None:
        """Replace the current screening by these results, keeping the old one as history."""
        ...

    def focus_list(self, scope: Scope) -> list[FocusEntry]:
        """Flagged entries of the newest screening: without a remark first, the steepest ratio first."""
        ...

    def entry(self, scope: Scope, enterprise: str) -> FocusEntry | None:
        """The newest result of an enterprise, flagged or not."""
        ...

    def flagged(self) -> int:
        """How many entries the newest screening flags without a remark."""
        ...


class Accounts(Protocol):
    """People, their sessions and tokens. Secrets are stored only as hashes and never come back."""

    def add_user(
        self, username: str, password_hash: str, *, name: str, role: Role, district: str | None, now: int
    ) -> User: ...

    def set_password(self, username: str, password_hash: str) -> None: ...

    def user(self, username: str) -> tuple[User, str] | None:
        """The user and the password hash."""
        ...

    def users(self) -> list[User]: ...

    def open_session(self, user: User, secret_hash: str, *, now: int, expires_at: int) -> None: ...

    def session_user(self, secret_hash: str, *, now: int) -> User | None: ...

    def close_session(self, secret_hash: str) -> None: ...

    def add_token(self, username: str, name: str, secret_hash: str, *, now: int) -> Token: ...

    def token_user(self, secret_hash: str, *, now: int) -> User | None: ...

    def tokens(self) -> list[Token]: ...

    def failures(self, key: str, *, since: int) -> int:
        """Failed sign-ins of a name or address since then."""
        ...

    def failed(self, key: str, *, now: int) -> None: ...

    def succeeded(self, key: str) -> None:
        """Forget the failures of that name or address."""
        ...


class Audit(Protocol):
    def write(
        self, *, at: int, actor: str, action: str, subject: str = "", address: str = "", detail: str = ""
    ) -> None: ...

    def entries(self, *, limit: int, cursor: str | None = None) -> Page[AuditEntry]: ...


class RouteBook(Protocol):
    def save_route(self, route: Route) -> None:
        """Insert or replace by name."""
        ...

    def keep_only(self, names: frozenset[str]) -> None:
        """Switch off every channel of another name; what was sent through it stays on record."""
        ...

    def counts(self) -> dict[tuple[str, str], int]:
        """Number of notifications by (channel family, outcome), for the metrics."""
        ...
