"""The moves of an alarm: every pair of state and event in one table, then any story of them."""

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from core.alarm import OPEN, SEVERITY, Alarm, AlarmState, State, Transition, acknowledge, opened, step
from core.errors import NotAllowed
from tests.cases import NOON, transition

CALM, NEW, SEEN, BACK, MUTED = (
    AlarmState.NORMAL,
    AlarmState.ACTIVE_UNACKNOWLEDGED,
    AlarmState.ACTIVE_ACKNOWLEDGED,
    AlarmState.RETURNED_UNACKNOWLEDGED,
    AlarmState.SUPPRESSED,
)
ACTIVE, NORMAL, SUPPRESSED = State.ACTIVE, State.NORMAL, State.SUPPRESSED

# state → what it becomes by (same severity active, higher active, normal, same suppressed, higher suppressed)
MOVES = {
    NEW: (None, NEW, BACK, MUTED, MUTED),
    SEEN: (None, NEW, CALM, MUTED, MUTED),
    MUTED: (NEW, NEW, CALM, None, MUTED),
    BACK: (None, None, None, None, None),
    CALM: (None, None, None, None, None),
}
EVENTS = ((ACTIVE, 2), (ACTIVE, 3), (NORMAL, 2), (SUPPRESSED, 2), (SUPPRESSED, 3))
TABLE = [(state, event, becomes) for state, row in MOVES.items() for event, becomes in zip(EVENTS, row, strict=True)]


def alarm(state: AlarmState, **overrides: object) -> Alarm:
    first = opened(transition(at=NOON, severity=2, reason="first", evidence={"first": 1}))
    assert first is not None
    return replace(first, id=7, state=state, **overrides)


@pytest.mark.parametrize(("state", "event", "becomes"), TABLE)
def test_every_move_is_as_in_the_table(state: AlarmState, event: tuple[State, int], becomes: AlarmState | None) -> None:
    moved = step(alarm(state), transition(at=NOON + 1, state=event[0], severity=event[1]))
    assert (moved.state if moved else None) is becomes


def test_the_table_names_every_state() -> None:
    assert set(MOVES) == set(AlarmState)
    assert {state for state, _ in EVENTS} == set(State)


def test_open_states_are_those_that_something_can_still_change() -> None:
    assert {state for state, row in MOVES.items() if any(row)} == OPEN
    assert set(SEVERITY) == {1, 2, 3}


@pytest.mark.parametrize(("state", "becomes"), [(NEW, SEEN), (BACK, CALM)])
def test_acknowledging_says_who_and_when(state: AlarmState, becomes: AlarmState) -> None:
    taken = acknowledge(alarm(state), by="inspector", now=NOON + 5)
    assert (taken.state, taken.acknowledged_by, taken.acknowledged_at) == (becomes, "inspector", NOON + 5)


@pytest.mark.parametrize("state", [SEEN, MUTED, CALM])
def test_what_needs_no_attention_cannot_be_acknowledged(state: AlarmState) -> None:
    with pytest.raises(NotAllowed, match=state.value) as refused:
        acknowledge(alarm(state), by="inspector", now=NOON)
    assert refused.value.allowed == ()


@pytest.mark.parametrize(("state", "becomes"), [(ACTIVE, NEW), (SUPPRESSED, MUTED)])
def test_a_first_transition_opens_an_alarm_with_all_it_says(state: State, becomes: AlarmState) -> None:
    first = transition(state=state)
    found = opened(first)
    assert found == Alarm(
        id=0,
        rule=first.rule,
        subject=first.subject,
        enterprise=first.enterprise,
        severity=first.severity,
        state=becomes,
        since=first.since,
        raised_at=first.at,
        reason=first.reason,
        evidence=first.evidence,
    )


def test_a_return_to_normal_of_nothing_opens_nothing() -> None:
    assert opened(transition(state=NORMAL)) is None


def test_the_end_keeps_the_reason_and_evidence_of_the_alarm_and_dates_it() -> None:
    over = step(alarm(NEW), transition(at=NOON + 9, state=NORMAL, reason="back", evidence={"last": 1}))
    assert over is not None
    assert (over.reason, over.evidence, over.cleared_at) == ("first", {"first": 1}, NOON + 9)


def test_an_escalation_brings_its_own_reason_and_keeps_when_it_was_raised() -> None:
    worse = step(alarm(SEEN), transition(at=NOON + 9, severity=3, reason="worse", evidence={"worse": 1}))
    assert worse is not None
    assert (worse.severity, worse.reason, worse.evidence) == (3, "worse", {"worse": 1})
    assert (worse.raised_at, worse.cleared_at, worse.id) == (NOON, None, 7)


def test_a_lower_severity_later_does_not_belittle_the_alarm() -> None:
    over = step(alarm(NEW), transition(at=NOON + 9, severity=1, state=NORMAL))
    assert over is not None
    assert over.severity == 2


class Story(RuleBasedStateMachine):
    """Episodes of two subjects, told in any order and repeated, acknowledged at any time."""

    episodes = Bundle("episodes")

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.alarms: dict[int, Alarm] = {}
        self.highest: dict[int, int] = {}
        self.ended: set[int] = set()

    @rule(target=episodes, subject=st.sampled_from("AB"), severity=st.integers(1, 3), muted=st.booleans())
    def begin(self, subject: str, severity: int, muted: bool) -> int:
        """The engine has one episode of a subject at a time."""
        self.now += 1
        running = [n for n, a in self.alarms.items() if a.subject == subject and a.state in OPEN]
        if running:
            return running[0]
        number = len(self.alarms) + 1
        first = opened(self.said(subject, SUPPRESSED if muted else ACTIVE, severity=severity, since=self.now))
        assert first is not None
        self.alarms[number] = replace(first, id=number)
        self.highest[number] = severity
        return number

    @rule(number=episodes, state=st.sampled_from([ACTIVE, SUPPRESSED]), severity=st.integers(1, 3))
    def go_on(self, number: int, state: State, severity: int) -> None:
        before = self.alarms[number]
        self.apply(number, self.said(before.subject, state, severity=severity, since=before.since))

    @rule(number=episodes)
    def end(self, number: int) -> None:
        before = self.alarms[number]
        over = self.said(before.subject, NORMAL, severity=before.severity, since=before.since)
        self.apply(number, over)
        assert step(self.alarms[number], over) is None, "an end told twice changes nothing"
        self.ended.add(number)

    @rule(number=episodes)
    def take_note(self, number: int) -> None:
        before = self.alarms[number]
        if before.state in (NEW, BACK):
            self.alarms[number] = acknowledge(before, by="monitor", now=self.now)
            assert self.alarms[number].state in (SEEN, CALM)
        else:
            with pytest.raises(NotAllowed):
                acknowledge(before, by="monitor", now=self.now)

    def apply(self, number: int, told: Transition) -> None:
        self.now += 1
        moved = step(self.alarms[number], told)
        if moved is not None:
            self.alarms[number] = moved
            self.highest[number] = max(self.highest[number], told.severity)

    def said(self, subject: str, state: State, *, severity: int, since: int) -> Transition:
        return transition(subject=subject, state=state, severity=severity, since=since, at=self.now)

    @invariant()
    def one_open_alarm_a_subject(self) -> None:
        subjects = [found.subject for found in self.alarms.values() if found.state in OPEN]
        assert len(subjects) == len(set(subjects))

    @invariant()
    def severity_never_falls(self) -> None:
        assert {n: found.severity for n, found in self.alarms.items()} == self.highest

    @invariant()
    def open_or_dated(self) -> None:
        for number, found in self.alarms.items():
            assert (found.state in OPEN) == (found.cleared_at is None) == (number not in self.ended)


Story.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestAnyStoryOfAlarms = Story.TestCase
