"""The SQL outbox keeps the contract of every outbox, and adds what only a database can."""

import itertools

import pytest

from core.notification import Due, Route
from core.registry import DEFAULT_ZONE
from stores.sql.alarms import SqlAlarmBook
from stores.sql.engine import Database
from stores.sql.outbox import ANSWER_LENGTH, SqlOutbox, SqlRouteBook
from stores.sql.transitions import SqlTransitionLog
from tests.cases import CITY, NOON, TIANYUAN, transition
from tests.contracts.outbox_contract import EVIDENCE, OutboxContract, OutboxDesk

PHONE = Route(0, "duty phone", "apprise", "json://127.0.0.1/secret", TIANYUAN, min_severity=2, language="en")


def record(db: Database, **overrides: object) -> int:
    """Record one transition and return its id."""
    assert SqlTransitionLog(db).record([transition(**overrides)], snapshot=None, now=NOON) == 1
    return SqlAlarmBook(db).last_transition()


def claim(db: Database, now: int = NOON) -> list[Due]:
    return SqlOutbox(db).claim(now=now, lease_for=60_000, limit=10)


class TestSqlOutbox(OutboxContract):
    @pytest.fixture
    def desk(self, db: Database) -> OutboxDesk:
        SqlRouteBook(db).save_route(PHONE)
        outbox, subjects = SqlOutbox(db), itertools.count()

        def put() -> int:
            return record(db, subject=f"line-{next(subjects)}", evidence=EVIDENCE)

        return OutboxDesk(outbox, outbox.routes()[0], put)


def test_a_due_transition_comes_with_what_its_message_needs(db: Database) -> None:
    record(db)
    [due] = claim(db)
    assert (due.enterprise_name, due.district, due.timezone) == ("湘江铸造", TIANYUAN, DEFAULT_ZONE)
    assert (due.rule, due.subject, due.severity, due.at, due.state.value) == (
        "interlock",
        "foundry-L1",
        2,
        NOON,
        "active",
    )
    assert due.alarm == SqlAlarmBook(db).open_alarms(CITY, "foundry")[0].id


def test_each_transition_of_an_alarm_comes_with_its_own_evidence(db: Database) -> None:
    record(db, severity=1, evidence={"p_kw": 80.0})
    record(db, severity=2, evidence={"p_kw": float("nan")})
    assert [due.evidence for due in claim(db)] == [{"p_kw": 80.0}, {"p_kw": None}]


@pytest.mark.parametrize("odd", [None, [1], "text", 7])
def test_evidence_that_is_no_object_is_as_good_as_none(db: Database, odd: object) -> None:
    record(db, evidence=odd)
    assert [due.evidence for due in claim(db)] == [{}]


def test_a_transition_of_an_enterprise_that_left_the_registry_is_told_by_its_id(db: Database) -> None:
    record(db, enterprise="gone", subject="gone-L1")
    [due] = claim(db)
    assert (due.enterprise_name, due.district) == ("gone", "")


def test_the_first_outcome_stays(db: Database) -> None:
    id = record(db)
    SqlOutbox(db).done(id, outcome="sent", now=NOON)
    SqlOutbox(db).done(id, outcome="no channel", now=NOON + 1)
    [row] = SqlAlarmBook(db).transitions(CITY)
    assert (row.notify_outcome, row.processed_at) == ("sent", NOON)


def test_an_attempt_is_on_record_before_its_answer(db: Database) -> None:
    record(db)
    SqlRouteBook(db).save_route(PHONE)
    outbox, [due] = SqlOutbox(db), claim(db)
    id = outbox.attempt(due, outbox.routes()[0], repeat=True, now=NOON)
    [before] = SqlAlarmBook(db).notifications(CITY)
    assert (before.id, before.outcome.value, before.outcome_at, before.repeat) == (id, "sending", None, True)
    outbox.answer(id, accepted=False, answer="x" * 10_000, now=NOON + 7)
    [after] = SqlAlarmBook(db).notifications(CITY)
    assert (after.outcome.value, after.outcome_at, after.answer) == ("failed", NOON + 7, "x" * ANSWER_LENGTH)
    assert "secret" not in repr(after)


def test_a_route_is_replaced_by_name_and_keeps_its_id(db: Database) -> None:
    book, outbox = SqlRouteBook(db), SqlOutbox(db)
    book.save_route(PHONE)
    [first] = outbox.routes()
    book.save_route(Route(0, "duty phone", "apprise", "mailto://elsewhere"))
    [second] = outbox.routes()
    assert second == Route(first.id, "duty phone", "apprise", "mailto://elsewhere")


def test_notifications_are_counted_by_family_and_outcome(db: Database) -> None:
    SqlRouteBook(db).save_route(PHONE)
    record(db)
    outbox, [due] = SqlOutbox(db), claim(db)
    for accepted in (True, False, False):
        id = outbox.attempt(due, outbox.routes()[0], repeat=False, now=NOON)
        outbox.answer(id, accepted=accepted, answer="", now=NOON)
    assert SqlRouteBook(db).counts() == {("apprise", "accepted"): 1, ("apprise", "failed"): 2}
    assert SqlAlarmBook(db).alarm(CITY, due.alarm).accepted == 1  # type: ignore[union-attr]


def test_the_claims_of_a_dead_notifier_can_be_ended_at_once_and_show_that_they_were(db: Database) -> None:
    record(db)
    assert len(claim(db)) == 1
    assert claim(db) == []
    SqlOutbox(db).expire_claims(now=NOON + 1)
    [due] = claim(db, NOON + 1)
    assert due.claimed_before


def test_ending_claims_leaves_a_retry_where_it_was(db: Database) -> None:
    number = record(db)
    claim(db)
    SqlOutbox(db).release(number, retry_at=NOON + 30_000)
    SqlOutbox(db).expire_claims(now=NOON + 1)
    assert claim(db, NOON + 1) == []
    assert len(claim(db, NOON + 30_000)) == 1
