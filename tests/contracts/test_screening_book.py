"""Findings by period: what is kept, and how a period compares with the one before."""

from datetime import date

import pytest

from core.interval import DAY_MS
from core.screening import Change, Finding, Judgement, Period, ScreeningList
from stores.sql.engine import Database
from stores.sql.screenings import SqlScreeningBook
from tests.cases import CITY, IN_LUSONG, NOON

FLAGGED, NORMAL, INSUFFICIENT = Judgement.FLAGGED, Judgement.NORMAL, Judgement.INSUFFICIENT
SHARE = ScreeningList.NIGHT_SHARE


def finding(
    judgement: Judgement = FLAGGED, *, enterprise: str = "foundry", value: float | None = 0.7, remark: str = ""
) -> Finding:
    evidence = {"days": ["2024-03-04"], "profile_kw": [1.5, None]}
    return Finding(SHARE, enterprise, enterprise, value, 0.6, judgement, "", remark, evidence)


def month(number: int) -> Period:
    first = date(2024, number, 1)
    at = NOON + (number - 3) * 30 * DAY_MS
    return Period(at, at + 31 * DAY_MS, first)


def running(day: int) -> tuple[Period, str]:
    end = NOON + day * DAY_MS
    return Period(end - 15 * DAY_MS, end), f"day {day:03}"


def changes(book: SqlScreeningBook, period: str) -> list[tuple[str, Change | None, int]]:
    return [(row.finding.subject, row.change, row.periods) for row in book.findings(CITY, SHARE, period)]


def test_a_finding_comes_out_as_it_went_in(db: Database) -> None:
    book = SqlScreeningBook(db)
    book.save(month(3), [finding()], day="", now=NOON)
    (row,) = book.findings(CITY, SHARE, "2024-03")
    assert (row.finding, row.enterprise.id, row.line) == (finding(), "foundry", None)
    (period,) = book.periods()
    assert (period.period, period.screened_at, period.stale) == (month(3), NOON, False)


def test_what_was_never_compared_is_not_called_new(db: Database) -> None:
    book = SqlScreeningBook(db)
    book.save(month(3), [finding()], day="", now=NOON)
    assert changes(book, "2024-03") == [("foundry", None, 1)]


@pytest.mark.parametrize(
    ("former", "now", "change", "periods"),
    [
        (NORMAL, FLAGGED, Change.NEW, 1),
        (FLAGGED, FLAGGED, Change.PERSISTENT, 2),
        (FLAGGED, NORMAL, Change.GONE, 0),
        (FLAGGED, INSUFFICIENT, Change.UNJUDGED, 0),
        (INSUFFICIENT, NORMAL, None, 0),
        (INSUFFICIENT, FLAGGED, Change.NEW, 1),
    ],
)
def test_a_month_is_compared_with_the_month_before(
    db: Database, former: Judgement, now: Judgement, change: Change | None, periods: int
) -> None:
    book = SqlScreeningBook(db)
    book.save(month(3), [finding(former)], day="", now=NOON)
    book.save(month(4), [finding(now)], day="", now=NOON)
    assert changes(book, "2024-04") == [("foundry", change, periods)]


def test_a_month_that_is_screened_again_renews_the_comparison_of_those_after_it(db: Database) -> None:
    book = SqlScreeningBook(db)
    for number in (3, 4, 5):
        book.save(month(number), [finding()], day="", now=NOON)
    assert changes(book, "2024-05") == [("foundry", Change.PERSISTENT, 3)]
    book.save(month(3), [finding(NORMAL)], day="", now=NOON + 1)
    assert changes(book, "2024-04") == [("foundry", Change.NEW, 1)]
    assert changes(book, "2024-05") == [("foundry", Change.PERSISTENT, 2)]


def test_a_running_period_is_compared_with_the_one_a_fortnight_before(db: Database) -> None:
    book = SqlScreeningBook(db)
    for day in (0, 13, 14):
        period, name = running(day)
        book.save(period, [finding()], day=name, now=NOON + day)
    assert changes(book, "running") == [("foundry", Change.PERSISTENT, 2)]
    period, name = running(60)
    book.save(period, [finding()], day=name, now=NOON + 60)
    assert changes(book, "running") == [("foundry", None, 1)]  # the last one is too long ago


def test_of_running_periods_one_a_day_stays_and_only_the_newest_keeps_its_evidence(db: Database) -> None:
    book = SqlScreeningBook(db, keep=2)
    for day in (1, 1, 2, 3):
        period, name = running(day)
        book.save(period, [finding()], day=name, now=NOON)
    assert [row.period.name for row in book.periods()] == ["running"]
    assert book.running(SHARE) == [finding()]
    with db.read() as connection:
        kept = connection.exec_driver_sql(
            "SELECT name, evidence FROM screening_findings f JOIN screening_periods p ON p.id = f.period ORDER BY name"
        ).all()
    assert [(name, len(evidence) > 2) for name, evidence in kept] == [
        ("running/day 002", False),
        ("running/day 003", True),
    ]


def test_a_month_that_was_touched_is_stale_until_it_is_screened_again(db: Database) -> None:
    book = SqlScreeningBook(db)
    for number in (3, 5):
        book.save(month(number), [finding()], day="", now=NOON)
    book.touch("2024-03")
    assert book.stale() == ["2024-03"]
    book.save(month(3), [finding()], day="", now=NOON)
    assert book.stale() == []


def test_history_is_the_twelve_months_before_the_oldest_first(db: Database) -> None:
    book = SqlScreeningBook(db)
    for number in (5, 3, 4):
        book.save(month(number), [finding(value=number / 10)], day="", now=NOON)
    found = [(name, [row.value for row in rows]) for name, rows in book.former_months("2024-05")]
    assert found == [("2024-03", [0.3]), ("2024-04", [0.4])]


def test_flagged_entries_come_first_and_those_with_a_remark_after_them(db: Database) -> None:
    book = SqlScreeningBook(db)
    rows = [
        finding(NORMAL, enterprise="print", value=0.9),
        finding(enterprise="foundry", value=0.9, remark="valley tariff"),
        finding(enterprise="paint", value=0.7),
    ]
    book.save(month(3), rows, day="", now=NOON)
    assert [subject for subject, _, _ in changes(book, "2024-03")] == ["paint", "foundry", "print"]


def test_an_inspector_sees_the_own_district(db: Database) -> None:
    book = SqlScreeningBook(db)
    book.save(month(3), [finding(), finding(enterprise="paint")], day="", now=NOON)
    assert [row.enterprise.id for row in book.findings(IN_LUSONG, SHARE, "2024-03")] == ["paint"]
