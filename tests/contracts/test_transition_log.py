"""What recording a transition does to alarms and to the outbox."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.alarm import GOES_ON, Alarm, AlarmState, State, Transition
from core.interval import MINUTE_MS
from core.records import AlarmFilter
from stores.sql.alarms import SqlAlarmBook
from stores.sql.engine import Database, open_database
from stores.sql.outbox import SqlOutbox
from stores.sql.transitions import SqlTransitionLog
from tests.cases import CITY, MONITOR, NOON, transition

LIMIT = 15 * MINUTE_MS
ACTIVE, NORMAL, SUPPRESSED = State.ACTIVE, State.NORMAL, State.SUPPRESSED


def record(db: Database, *transitions: Transition, now: int = NOON) -> int:
    return SqlTransitionLog(db, notify_within=LIMIT).record(transitions, snapshot=None, now=now)


def outcomes(db: Database) -> list[tuple[str, str]]:
    """(state, outcome) of every transition in order; "waiting" for those in the outbox."""
    rows = SqlAlarmBook(db).transitions(CITY)
    return [(row.state.value, "waiting" if row.processed_at is None else row.notify_outcome) for row in rows]


def alarms(db: Database) -> list[Alarm]:
    return [listed.alarm for listed in SqlAlarmBook(db).alarms(CITY, AlarmFilter(), limit=100).rows]


def test_an_active_transition_opens_an_alarm_and_waits_to_be_told(db: Database) -> None:
    assert record(db, transition()) == 1
    [alarm] = alarms(db)
    assert (alarm.state, alarm.severity, alarm.raised_at) == (AlarmState.ACTIVE_UNACKNOWLEDGED, 2, NOON)
    assert alarm.evidence == {"production": ["foundry-P1"], "missing": ["dust"], "p_kw": 83.5}
    assert outcomes(db) == [("active", "waiting")]


def test_recording_the_same_again_changes_nothing(db: Database) -> None:
    story = [transition(severity=1), transition(severity=2, at=NOON + 1), transition(state=NORMAL, at=NOON + 2)]
    assert record(db, *story) == 3
    before = (alarms(db), SqlAlarmBook(db).transitions(CITY))
    assert record(db, *story, now=NOON + 99) == 0
    assert (alarms(db), SqlAlarmBook(db).transitions(CITY)) == before


def test_a_return_to_normal_of_what_was_never_raised_is_left_out(db: Database) -> None:
    assert record(db, transition(state=NORMAL)) == 0
    assert outcomes(db) == []


def test_what_goes_on_after_all_is_opened_again_with_its_evidence_and_may_end_again(db: Database) -> None:
    goes_on = replace(transition(at=NOON + 2), reason=GOES_ON, evidence={})
    record(db, transition(), transition(state=NORMAL, at=NOON + 1), goes_on)
    [alarm] = alarms(db)
    assert (alarm.state, alarm.cleared_at) == (AlarmState.ACTIVE_UNACKNOWLEDGED, None)
    assert alarm.evidence == transition().evidence
    assert record(db, goes_on) == 0
    assert record(db, transition(state=NORMAL, at=NOON + 3)) == 1
    assert alarms(db)[0].cleared_at == NOON + 3


@pytest.mark.parametrize("before", [[], [transition()]])
def test_what_goes_on_and_was_never_thought_over_changes_nothing(db: Database, before: list[Transition]) -> None:
    record(db, *before)
    assert record(db, replace(transition(at=NOON + 2), reason=GOES_ON)) == 0


def test_an_escalation_is_told_again(db: Database) -> None:
    record(db, transition(severity=1), transition(severity=2, at=NOON + 1), transition(severity=2, at=NOON + 2))
    assert outcomes(db) == [("active", "waiting"), ("active", "waiting")]
    assert alarms(db)[0].severity == 2


@pytest.mark.parametrize(("age", "outcome"), [(LIMIT, "waiting"), (LIMIT + 1, "late")])
def test_what_is_too_old_is_recorded_but_not_told(db: Database, age: int, outcome: str) -> None:
    record(db, transition(at=NOON - age))
    assert outcomes(db) == [("active", outcome)]


def test_a_suppressed_transition_is_recorded_but_not_told(db: Database) -> None:
    record(db, transition(state=SUPPRESSED))
    assert outcomes(db) == [("suppressed", "suppressed")]
    assert alarms(db)[0].state is AlarmState.SUPPRESSED


def test_when_the_filing_ends_the_same_episode_is_told(db: Database) -> None:
    steps = [transition(state=state, at=NOON + i) for i, state in enumerate((ACTIVE, SUPPRESSED, ACTIVE))]
    assert record(db, *steps) == 3
    assert outcomes(db) == [("active", "waiting"), ("suppressed", "suppressed"), ("active", "waiting")]


def test_the_end_is_told_to_those_who_heard_of_the_beginning(db: Database) -> None:
    record(db, transition())
    SqlOutbox(db).done(1, outcome="sent", now=NOON)
    record(db, transition(state=NORMAL, at=NOON + 1), now=NOON + 1)
    assert outcomes(db) == [("active", "sent"), ("normal", "waiting")]


def test_the_end_waits_behind_a_beginning_that_still_waits(db: Database) -> None:
    record(db, transition(), transition(state=NORMAL, at=NOON + 1))
    assert outcomes(db) == [("active", "waiting"), ("normal", "waiting")]


def test_the_end_of_what_nobody_heard_of_is_not_told(db: Database) -> None:
    record(db, transition(state=SUPPRESSED), transition(state=NORMAL, at=NOON + 1))
    record(db, transition(subject="foundry-L2"))
    SqlOutbox(db).done(3, outcome="no channel", now=NOON)
    record(db, transition(subject="foundry-L2", state=NORMAL, at=NOON + 1))
    assert [outcome for state, outcome in outcomes(db) if state == "normal"] == ["never-told", "never-told"]


def test_an_end_long_past_is_not_told(db: Database) -> None:
    record(db, transition())
    record(db, transition(state=NORMAL, at=NOON + 1), now=NOON + 1 + LIMIT + 1)
    assert outcomes(db) == [("active", "waiting"), ("normal", "late")]


def test_a_new_episode_ends_the_one_that_was_left_open(db: Database) -> None:
    record(db, transition())
    assert record(db, transition(since=NOON + 60, at=NOON + 90)) == 1
    assert outcomes(db) == [("active", "waiting"), ("normal", "superseded"), ("active", "waiting")]
    newer, older = alarms(db)
    assert (older.state, older.cleared_at) == (AlarmState.RETURNED_UNACKNOWLEDGED, NOON + 90)
    assert newer.state is AlarmState.ACTIVE_UNACKNOWLEDGED
    assert [alarm.id for alarm in SqlAlarmBook(db).open_alarms(CITY, "foundry")] == [newer.id]


def test_an_older_episode_found_later_leaves_the_open_one_alone(db: Database) -> None:
    record(db, transition())
    past = transition(since=NOON - 600_000, at=NOON - 500_000)
    assert record(db, past, past) == 1
    assert outcomes(db) == [("active", "waiting"), ("active", "waiting"), ("normal", "superseded")]
    [still_open] = SqlAlarmBook(db).open_alarms(CITY, "foundry")
    assert still_open.since == transition().since
    assert record(db, transition(severity=3, at=NOON + 1)) == 1


def test_the_same_subject_may_have_alarms_of_two_rules(db: Database) -> None:
    assert record(db, transition(), transition(rule="threshold")) == 2
    assert len(SqlAlarmBook(db).open_alarms(CITY, "foundry")) == 2


def test_a_person_who_acknowledged_is_asked_again_by_an_escalation(db: Database) -> None:
    record(db, transition(severity=1))
    SqlAlarmBook(db).acknowledge(CITY, 1, by=MONITOR, now=NOON)
    record(db, transition(severity=3, at=NOON + 1))
    assert alarms(db)[0].state is AlarmState.ACTIVE_UNACKNOWLEDGED


def test_the_snapshot_is_kept_with_the_transitions_and_left_by_none(db: Database) -> None:
    log = SqlTransitionLog(db)
    assert log.snapshot() is None
    log.record([], snapshot=b"one", now=NOON)
    log.record([transition()], snapshot=b"\x00two", now=NOON)
    log.record([transition(severity=3)], snapshot=None, now=NOON)
    assert log.snapshot() == b"\x00two"


def test_a_failure_leaves_neither_transitions_nor_snapshot(db: Database) -> None:
    log = SqlTransitionLog(db)
    with pytest.raises(Exception, match=r"(?i)not.null"):
        log.record([transition(), transition(subject="x", reason=None)], snapshot=b"new", now=NOON)
    assert (outcomes(db), log.snapshot()) == ([], None)


def test_evidence_that_json_does_not_know_is_no_reason_to_lose_an_alarm(db: Database) -> None:
    record(db, transition(evidence={"p_kw": float("nan"), "span": (1, 2), "kinds": {"a"}}))
    assert alarms(db)[0].evidence == {"p_kw": None, "span": [1, 2], "kinds": ["a"]}


STORIES = st.lists(
    st.builds(
        transition,
        subject=st.sampled_from(["A", "B"]),
        state=st.sampled_from(State),
        severity=st.integers(1, 3),
        since=st.integers(NOON - 3, NOON),
        at=st.integers(NOON, NOON + 3),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORIES)
def test_however_the_story_goes_one_alarm_is_open_per_rule_and_subject(
    new_url: Callable[[], str], story: list[Transition]
) -> None:
    db = open_database(new_url())
    try:
        counted = record(db, *story)
        open_subjects = [alarm.subject for alarm in SqlAlarmBook(db).open_alarms(CITY, "foundry")]
        assert len(open_subjects) == len(set(open_subjects))
        assert counted == sum(outcome != "superseded" or state != "normal" for state, outcome in outcomes(db))
    finally:
        db.close()


def test_judging_again_neither_raises_an_acknowledged_alarm_anew_nor_tells_it(db: Database) -> None:
    assert record(db, transition(at=NOON)) == 1
    (listed,) = SqlAlarmBook(db).alarms(CITY, AlarmFilter(), limit=10).rows
    SqlAlarmBook(db).acknowledge(CITY, listed.alarm.id, by=MONITOR, now=NOON + 5)
    assert record(db, transition(at=NOON), transition(at=NOON + 30_000)) == 0
    (after,) = SqlAlarmBook(db).alarms(CITY, AlarmFilter(), limit=10).rows
    assert after.alarm.state is AlarmState.ACTIVE_ACKNOWLEDGED


def test_judging_again_does_not_suppress_an_alarm_whose_filing_has_ended(db: Database) -> None:
    steps = [transition(state=SUPPRESSED, at=NOON), transition(state=ACTIVE, at=NOON + 60_000)]
    assert record(db, *steps) == 2
    assert record(db, *steps) == 0
