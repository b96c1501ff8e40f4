"""From transition to phone."""

from collections.abc import Sequence
from typing import Protocol

from core.alarm import Alarm, Revision, Transition
from core.jurisdiction import Scope, User
from core.notification import Due, Message, Route
from core.records import (
    AlarmFilter,
    ListedAlarm,
    Notification,
    Page,
    RecordedTransition,
)


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

    def revisions(self, scope: Scope, alarm: int) -> list[Revision]:
        """What late readings changed about an alarm, the oldest first; none outside the scope."""
        ...

    def last_transition(self) -> int:
        """The highest id so far, 0 where there is none."""
        ...

    def active(self) -> dict[tuple[str, int], int]:
        """Active alarms, suppressed ones and device tickets left out, by (rule, severity), for the metrics."""
        ...

    def open_tickets(self) -> dict[str, int]:
        """Number of device tickets whose condition still holds, by rule, for the metrics."""
        ...

    def open_alarms(self, scope: Scope, enterprise: str) -> list[Alarm]:
        """Alarms whose condition still holds; device tickets left out."""
        ...

    def notifications(self, scope: Scope, *, alarm: int | None = None, limit: int = 100) -> list[Notification]:
        """Newest first."""
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
