"""The alarm: what follows the data (ISA-18.2 / IEC 62682), as one pure table of moves.

An *episode* is one time that a rule's condition held for a subject, known by (rule, subject, since).
It becomes active, may escalate or be suppressed by a filing, and returns to normal; a person may
acknowledge it at any time in between.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from core.errors import NotAllowed


class State(StrEnum):
    """What a transition says of the condition."""

    ACTIVE = "active"
    NORMAL = "normal"
    SUPPRESSED = "suppressed"


class AlarmState(StrEnum):
    """ISA-18.2 states. Suppressed is "suppressed by design": a filing explains the condition."""

    NORMAL = "normal"
    ACTIVE_UNACKNOWLEDGED = "active-unacknowledged"
    ACTIVE_ACKNOWLEDGED = "active-acknowledged"
    RETURNED_UNACKNOWLEDGED = "returned-unacknowledged"
    SUPPRESSED = "suppressed"


OPEN = frozenset({AlarmState.ACTIVE_UNACKNOWLEDGED, AlarmState.ACTIVE_ACKNOWLEDGED, AlarmState.SUPPRESSED})
"""States in which the condition still holds: one such alarm per (rule, subject)."""

TAKEN_BACK = "taken back: readings that came late show otherwise"
"""Reason of a return to normal that corrects the record; later readings may bear the episode out after all."""

GOES_ON = "not over: late readings show that it went on"
"""Reason of a transition that opens an episode again which had been thought over; for one that is open it is none."""

SEVERITY = {1: "pre-warning", 2: "alarm", 3: "critical"}


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of state: an append-only row, and the outbox.

    at        event time in ms UTC of the reading (or of the silence) that proved it
    since     event time in ms UTC at which the condition began; with rule and subject it names the episode
    severity  1 pre-warning, 2 alarm, 3 critical; of a return to normal, the highest reached
    reason    one line in English for people and logs
    evidence  JSON-able: inputs, windows and parameters that led to it
    ticket    it is about a device (a meter, its line), for the maintainer: no alarm against the enterprise
    revises   the `since` by which the episode was known until late readings moved its beginning; None: they did not
    """

    at: int
    rule: str
    subject: str
    enterprise: str
    severity: int
    state: State
    since: int
    reason: str
    evidence: dict[str, Any] = field(default_factory=dict, hash=False)
    ticket: bool = False
    revises: int | None = None

    @property
    def corrects(self) -> bool:
        """Whether it puts right what was recorded, by readings that came late."""
        return self.revises is not None or self.reason in (TAKEN_BACK, GOES_ON)


@dataclass(frozen=True, slots=True)
class Revision:
    """What late readings changed about an alarm. `before` and `after` hold since, severity and state as JSON."""

    alarm: int
    recorded_at: int
    reason: str
    before: dict[str, Any] = field(default_factory=dict, hash=False)
    after: dict[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An episode as it stands after its transitions so far; `id` is 0 until it is stored."""

    id: int
    rule: str
    subject: str
    enterprise: str
    severity: int
    state: AlarmState
    since: int
    raised_at: int
    cleared_at: int | None = None
    acknowledged_at: int | None = None
    acknowledged_by: str | None = None
    reason: str = ""
    evidence: dict[str, Any] = field(default_factory=dict, hash=False)
    ticket: bool = False


_ON_TRANSITION: dict[tuple[AlarmState, State], AlarmState] = {
    (AlarmState.ACTIVE_UNACKNOWLEDGED, State.NORMAL): AlarmState.RETURNED_UNACKNOWLEDGED,
    (AlarmState.ACTIVE_ACKNOWLEDGED, State.NORMAL): AlarmState.NORMAL,
    (AlarmState.SUPPRESSED, State.NORMAL): AlarmState.NORMAL,
    (AlarmState.ACTIVE_UNACKNOWLEDGED, State.SUPPRESSED): AlarmState.SUPPRESSED,
    (AlarmState.ACTIVE_ACKNOWLEDGED, State.SUPPRESSED): AlarmState.SUPPRESSED,
    (AlarmState.SUPPRESSED, State.SUPPRESSED): AlarmState.SUPPRESSED,
    (AlarmState.SUPPRESSED, State.ACTIVE): AlarmState.ACTIVE_UNACKNOWLEDGED,
    # A higher severity asks for attention again, also where the lower one was acknowledged.
    (AlarmState.ACTIVE_UNACKNOWLEDGED, State.ACTIVE): AlarmState.ACTIVE_UNACKNOWLEDGED,
    (AlarmState.ACTIVE_ACKNOWLEDGED, State.ACTIVE): AlarmState.ACTIVE_UNACKNOWLEDGED,
}

_ON_ACKNOWLEDGE: dict[AlarmState, AlarmState] = {
    AlarmState.ACTIVE_UNACKNOWLEDGED: AlarmState.ACTIVE_ACKNOWLEDGED,
    AlarmState.RETURNED_UNACKNOWLEDGED: AlarmState.NORMAL,
}


def opened(transition: Transition) -> Alarm | None:
    """The alarm that a first transition opens; None for a return to normal of what was never raised."""
    if transition.state is State.NORMAL:
        return None
    active = transition.state is State.ACTIVE
    return Alarm(
        id=0,
        rule=transition.rule,
        subject=transition.subject,
        enterprise=transition.enterprise,
        severity=transition.severity,
        state=AlarmState.ACTIVE_UNACKNOWLEDGED if active else AlarmState.SUPPRESSED,
        since=transition.since,
        raised_at=transition.at,
        reason=transition.reason,
        evidence=transition.evidence,
        ticket=transition.ticket,
    )


def step(alarm: Alarm, transition: Transition) -> Alarm | None:
    """The alarm after a further transition of its episode; None where it changes nothing (a repeat)."""
    state = _ON_TRANSITION.get((alarm.state, transition.state))
    # Judging again must not ask anew for the attention that somebody has given already.
    known = state is alarm.state or (alarm.state, transition.state) == (AlarmState.ACTIVE_ACKNOWLEDGED, State.ACTIVE)
    if state is None or (known and transition.severity <= alarm.severity):
        return None
    return replace(
        alarm,
        state=state,
        severity=max(alarm.severity, transition.severity),
        cleared_at=transition.at if transition.state is State.NORMAL else None,
        reason=alarm.reason if transition.state is State.NORMAL else transition.reason,
        evidence=alarm.evidence if transition.state is State.NORMAL else transition.evidence,
    )


def reopened(alarm: Alarm, transition: Transition) -> Alarm | None:
    """An episode that was taken back and is borne out after all; None for another return to normal."""
    again = opened(transition)
    return None if again is None else replace(again, id=alarm.id)


def resumed(alarm: Alarm, transition: Transition) -> Alarm | None:
    """An episode that was thought over and goes on; None where it is open. It asks for attention again."""
    again = None if alarm.state in OPEN else opened(transition)
    return again and replace(again, id=alarm.id, raised_at=alarm.raised_at, evidence=alarm.evidence)


def acknowledge(alarm: Alarm, *, by: str, now: int) -> Alarm:
    """The alarm after a person has taken note; NotAllowed where there is nothing to take note of."""
    state = _ON_ACKNOWLEDGE.get(alarm.state)
    if state is None:
        raise NotAllowed(f"an alarm that is {alarm.state.value} can't be acknowledged", allowed=())
    return replace(alarm, state=state, acknowledged_at=now, acknowledged_by=by)
