"""Alarms as people filter, page and acknowledge them."""

import pytest

from core.alarm import AlarmState, State
from core.errors import NotAllowed
from core.records import AlarmFilter
from stores.sql.alarms import SqlAlarmBook
from stores.sql.engine import Database
from stores.sql.transitions import SqlTransitionLog
from tests.cases import CITY, LUSONG, MONITOR, NOON, transition

STORY = [
    transition(at=NOON, severity=1),
    transition(at=NOON + 1, rule="threshold", subject="foundry-T1-m", severity=3),
    transition(at=NOON + 1, subject="paint-L1", enterprise="paint"),
    transition(at=NOON + 2, subject="print-L1", enterprise="print", state=State.SUPPRESSED),
    transition(at=NOON + 3, severity=1, state=State.NORMAL),
]


@pytest.fixture
def book(db: Database) -> SqlAlarmBook:
    SqlTransitionLog(db).record(STORY, snapshot=None, now=NOON)
    return SqlAlarmBook(db)


def subjects(book: SqlAlarmBook, **wanted: object) -> list[str]:
    return [row.alarm.subject for row in book.alarms(CITY, AlarmFilter(**wanted), limit=10).rows]  # type: ignore[arg-type]


def test_alarms_are_listed_newest_first(book: SqlAlarmBook) -> None:
    assert subjects(book) == ["print-L1", "paint-L1", "foundry-T1-m", "foundry-L1"]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_join_without_gap_or_repeat_also_among_alarms_of_one_instant(book: SqlAlarmBook, limit: int) -> None:
    found, cursor = [], None
    while True:
        page = book.alarms(CITY, AlarmFilter(), limit=limit, cursor=cursor)
        found += [row.alarm.subject for row in page.rows]
        if (cursor := page.cursor) is None:
            break
    assert found == subjects(book)


@pytest.mark.parametrize("cursor", ["", "5", "a:b", "1:2:3", "1:9999999999999999999999"])
def test_a_cursor_that_is_not_ours_is_refused(book: SqlAlarmBook, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        book.alarms(CITY, AlarmFilter(), limit=1, cursor=cursor)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"district": LUSONG}, ["paint-L1"]),
        ({"enterprise": "foundry"}, ["foundry-T1-m", "foundry-L1"]),
        ({"rule": "threshold"}, ["foundry-T1-m"]),
        ({"min_severity": 2}, ["print-L1", "paint-L1", "foundry-T1-m"]),
        ({"states": frozenset({AlarmState.SUPPRESSED})}, ["print-L1"]),
        ({"states": frozenset()}, []),
        ({"from_at": NOON + 1, "to_at": NOON + 2}, ["paint-L1", "foundry-T1-m"]),
    ],
)
def test_a_list_is_narrowed(book: SqlAlarmBook, wanted: dict[str, object], expected: list[str]) -> None:
    assert subjects(book, **wanted) == expected


def test_an_alarm_is_shown_with_the_names_people_know(book: SqlAlarmBook) -> None:
    listed = book.alarm(CITY, 3)
    assert listed is not None
    assert (listed.enterprise_name, listed.district, listed.timezone) == ("芦淞涂装", LUSONG, "Asia/Shanghai")
    assert book.alarm(CITY, 99) is None


def test_acknowledging_is_remembered_with_who_and_when(book: SqlAlarmBook) -> None:
    listed = book.acknowledge(CITY, 2, by=MONITOR, now=NOON + 7)
    assert listed is not None
    assert listed == book.alarm(CITY, 2)
    assert (listed.alarm.acknowledged_at, listed.alarm.acknowledged_by) == (NOON + 7, "monitor")
    assert listed.alarm.state is AlarmState.ACTIVE_ACKNOWLEDGED


def test_acknowledging_twice_is_refused(book: SqlAlarmBook) -> None:
    book.acknowledge(CITY, 2, by=MONITOR, now=NOON)
    with pytest.raises(NotAllowed):
        book.acknowledge(CITY, 2, by=MONITOR, now=NOON)
    assert book.acknowledge(CITY, 99, by=MONITOR, now=NOON) is None


def test_transitions_are_followed_from_the_last_one_seen(book: SqlAlarmBook) -> None:
    assert [row.id for row in book.transitions(CITY)] == [1, 2, 3, 4, 5]
    assert [row.id for row in book.transitions(CITY, after=3)] == [4, 5]
    assert [row.id for row in book.transitions(CITY, after=1, limit=2)] == [2, 3]
    assert [row.state for row in book.transitions(CITY, alarm=1)] == [State.ACTIVE, State.NORMAL]
    assert book.last_transition() == 5


def test_an_empty_log_ends_at_zero(empty: Database) -> None:
    assert SqlAlarmBook(empty).last_transition() == 0


def test_active_alarms_are_counted_without_suppressed_and_returned_ones(book: SqlAlarmBook) -> None:
    assert book.active() == {("threshold", 3): 1, ("interlock", 2): 1}


def test_open_alarms_of_an_enterprise_include_suppressed_ones(book: SqlAlarmBook) -> None:
    assert [alarm.subject for alarm in book.open_alarms(CITY, "foundry")] == ["foundry-T1-m"]
    assert [alarm.subject for alarm in book.open_alarms(CITY, "print")] == ["print-L1"]


def test_device_tickets_are_listed_and_counted_apart_from_alarms(db: Database, book: SqlAlarmBook) -> None:
    silent = transition(rule="silent", subject="foundry-P1-m", at=NOON + 4, ticket=True)
    SqlTransitionLog(db).record([silent], snapshot=None, now=NOON)
    assert subjects(book, ticket=True) == ["foundry-P1-m"]
    assert "foundry-P1-m" not in subjects(book)
    assert subjects(book, ticket=None)[0] == "foundry-P1-m"
    assert book.open_tickets() == {"silent": 1}
    assert book.active() == {("threshold", 3): 1, ("interlock", 2): 1}
    assert [alarm.subject for alarm in book.open_alarms(CITY, "foundry")] == ["foundry-T1-m"]
    assert [row.ticket for row in book.transitions(CITY)][-2:] == [False, True]


def test_a_ticket_that_is_over_is_not_open(db: Database, book: SqlAlarmBook) -> None:
    for at, state in ((4, State.ACTIVE), (5, State.NORMAL)):
        told = transition(rule="silent", subject="foundry-P1-m", at=NOON + at, state=state, ticket=True)
        SqlTransitionLog(db).record([told], snapshot=None, now=NOON)
    assert book.open_tickets() == {}
