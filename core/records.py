"""Rows as people read them: a thing of the domain joined with what is needed to show it."""

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.alarm import Alarm, AlarmState, State
from core.filing import Filing
from core.imbalance import Imbalance
from core.notification import Outcome
from core.registry import Enterprise, Facility, Line, Meter, Threshold

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list. `cursor` asks for the next part; None says that there is none."""

    rows: tuple[T, ...]
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class AlarmFilter:
    """What a list of alarms is narrowed to; None does not narrow. Instants are ms UTC, [from, to).

    ticket  False leaves out what is about a device, True keeps only that
    """

    district: str | None = None
    enterprise: str | None = None
    rule: str | None = None
    min_severity: int | None = None
    states: frozenset[AlarmState] | None = None
    from_at: int | None = None
    to_at: int | None = None
    ticket: bool | None = False


@dataclass(frozen=True, slots=True)
class ListedAlarm:
    """An alarm with the names that people know it by; `accepted` counts accepted notifications."""

    alarm: Alarm
    enterprise_name: str
    district: str
    timezone: str
    accepted: int = 0


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Something that a rule can't judge: neither good nor a violation.

    reason  a code: no-meter, no-threshold, no-data, no-baseline, shares-line …; the pages have words for it
    detail  JSON-able values that belong to the reason: meter, facility, days, of …
    since   ms UTC from which on it has not been judged; None where it never was
    """

    rule: str
    subject: str
    enterprise: str
    reason: str
    detail: dict[str, Any] = field(default_factory=dict, hash=False)
    since: int | None = None


@dataclass(frozen=True, slots=True)
class RecordedTransition:
    """A transition as it was written: `notify_outcome` is "", "sent" or why nobody was told."""

    id: int
    alarm: int
    at: int
    since: int
    recorded_at: int
    rule: str
    subject: str
    enterprise: str
    severity: int
    state: State
    reason: str
    processed_at: int | None
    notify_outcome: str
    ticket: bool = False


@dataclass(frozen=True, slots=True)
class Notification:
    """One attempt to tell someone, and the provider's answer."""

    id: int
    transition: int
    alarm: int
    channel: str
    family: str
    attempted_at: int
    outcome: Outcome
    outcome_at: int | None
    answer: str
    repeat: bool


@dataclass(frozen=True, slots=True)
class NumberedMeter:
    """A meter with the number under which its readings are stored."""

    number: int
    meter: Meter


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything known of an enterprise so far."""

    enterprise: Enterprise
    lines: tuple[Line, ...]
    facilities: tuple[Facility, ...]
    meters: tuple[NumberedMeter, ...]
    thresholds: tuple[Threshold, ...]
    filings: tuple[Filing, ...]


@dataclass(frozen=True, slots=True)
class ListedEnterprise:
    """A line of the list of enterprises: `open_alarms` counts active ones, `severity` is their highest."""

    enterprise: Enterprise
    meters: int
    open_alarms: int
    severity: int


@dataclass(frozen=True, slots=True)
class FocusEntry:
    """A screening result joined with its enterprise."""

    imbalance: Imbalance
    enterprise: Enterprise
    screened_at: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be understood, kept whole."""

    id: int
    received_at: int
    topic: str
    payload: bytes
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class EnergyHour:
    """What every meter, by its number, had in one UTC hour (counted since 1970), as far as readings cover it.

    kwh      float32 (m,)
    seconds  uint16 (m,)  how much of the hour is covered
    """

    hour: int
    kwh: NDArray[np.float32]
    seconds: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Backlog:
    """Readings that wait on the disk for the series store.

    rows        how many wait
    size        bytes of the files they are in; at most `most_bytes`
    away        why the store does not take readings, "" while it does
    since       ms UTC at which the first of them was set aside; None where nothing waits
    full        why the disk takes nothing more, "" while it does
    set_aside   how many went to the disk since the start
    """

    rows: int
    size: int
    most_bytes: int
    away: str = ""
    since: int | None = None
    full: str = ""
    set_aside: int = 0

    @property
    def share(self) -> float:
        """Of the room that is taken, 0–1."""
        return self.size / self.most_bytes

    @property
    def is_quiet(self) -> bool:
        """Nothing to tell: all goes to the store."""
        return not (self.rows or self.away or self.full)


@dataclass(frozen=True, slots=True)
class Redelivered:
    """What became of dead letters that were put on the road once more.

    understood  their readings are in the store, the letters are gone
    refused     still not understood: kept under a new id with the reason of today
    left        not done when the time was over; they stay until they are
    """

    understood: int = 0
    refused: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """What a list of dead letters is narrowed to; None does not narrow. Instants are ms UTC of arrival, [from, to).

    text    part of the topic or the reason, letter case aside
    reason  the whole reason
    topic   how the topic begins
    """

    text: str | None = None
    reason: str | None = None
    topic: str | None = None
    from_at: int | None = None
    to_at: int | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """An API token without its secret."""

    id: int
    name: str
    username: str
    created_at: int
    last_used_at: int | None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, from where."""

    id: int
    at: int
    actor: str
    action: str
    subject: str
    address: str
    detail: str
