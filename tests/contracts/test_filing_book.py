"""Filings in the database: handed in, decided once, and nothing for another district."""

from dataclasses import replace

import pytest

from core.errors import NotAllowed, Unfit
from core.filing import Filing
from core.filing_hours import FiledHours
from core.filing_life import FilingMove
from core.interval import HOUR_MS
from core.jurisdiction import Role, User
from core.measures import FilingFilter, ListedFiling
from core.registry import Registry
from stores.sql.engine import Database
from stores.sql.filings import SqlFilingBook
from stores.sql.registry import SqlRegistryBook
from tests.cases import CITY, IN_LUSONG, IN_TIANYUAN, INSPECTOR, MONITOR, NOON, NOWHERE, TIANYUAN, city

LEADER = User(3, "leader", "分局", Role.DISTRICT_LEADER, TIANYUAN)
ADMINISTRATOR = User(4, "admin", "市级管理员", Role.CITY_ADMINISTRATOR)
NEW = Filing("new-1", "foundry", "shutdown", NOON + HOUR_MS, NOON + 9 * HOUR_MS, frozenset({"foundry-P1"}))


def hand_in(db: Database, filing: Filing = NEW, *, by: User = INSPECTOR, now: int = NOON) -> ListedFiling:
    found = SqlFilingBook(db).hand_in(CITY, filing, by=by, now=now, reason="春节放假")
    assert found is not None
    return found


def move(db: Database, move: FilingMove, *, by: User = LEADER, id: str = "new-1", now: int = NOON, reason: str = "因"):
    return SqlFilingBook(db).move(IN_TIANYUAN, id, move, by=by, now=now, reason=reason, cap_hours=72)


def version(db: Database) -> int:
    return SqlRegistryBook(db).version()


def test_what_is_handed_in_waits_with_its_applicant_and_leaves_the_engine_alone(db: Database) -> None:
    before = version(db)
    assert hand_in(db).filing == replace(NEW, status="pending", filed_at=NOON)
    found = SqlFilingBook(db).filing(IN_TIANYUAN, "new-1")
    assert found is not None
    assert (found.applicant, found.overdue, found.enterprise.id) == ("inspector", False, "foundry")
    assert [(s.move, s.actor, s.reason) for s in SqlFilingBook(db).steps(CITY, "new-1")] == [
        ("file", "inspector", "春节放假")
    ]
    assert version(db) == before


def test_approval_reaches_the_registry_and_grows_its_version(db: Database) -> None:
    hand_in(db)
    before = version(db)
    approved = move(db, FilingMove.APPROVE)
    assert approved is not None
    assert approved.filing.status == "approved"
    assert version(db) == before + 1
    assert approved.filing in SqlRegistryBook(db).load().filings
    assert [s.move for s in SqlFilingBook(db).steps(CITY, "new-1")] == ["file", "approve"]


def test_revoking_moves_the_end_to_now_and_grows_the_version(db: Database) -> None:
    hand_in(db)
    move(db, FilingMove.APPROVE)
    before = version(db)
    revoked = move(db, FilingMove.REVOKE, now=NOON + 2 * HOUR_MS)
    assert revoked is not None
    assert (revoked.filing.status, revoked.filing.to_at) == ("revoked", NOON + 2 * HOUR_MS)
    assert version(db) == before + 1


def test_a_second_decision_is_refused(db: Database) -> None:
    hand_in(db)
    move(db, FilingMove.REJECT)
    with pytest.raises(NotAllowed):
        move(db, FilingMove.APPROVE)
    assert [s.move for s in SqlFilingBook(db).steps(CITY, "new-1")] == ["file", "reject"]


def test_the_applicant_does_not_approve(db: Database) -> None:
    hand_in(db, by=LEADER)
    with pytest.raises(NotAllowed, match="can't approve"):
        move(db, FilingMove.APPROVE)
    assert move(db, FilingMove.WITHDRAW).filing.status == "withdrawn"


@pytest.mark.parametrize("facility", ["paint-P1", "nowhere"])
def test_facilities_of_another_enterprise_are_refused_like_ones_that_do_not_exist(db: Database, facility: str) -> None:
    with pytest.raises(Unfit, match=f"the enterprise has no {facility}; name its own"):
        hand_in(db, replace(NEW, facilities=frozenset({facility})))
    assert SqlFilingBook(db).filing(CITY, "new-1") is None


def test_hours_are_capped_per_facility_and_month_unless_the_city_administrator_approves(db: Database) -> None:
    hand_in(db, replace(NEW, facilities=frozenset({"foundry-T1"}), to_at=NEW.from_at + 71 * HOUR_MS))
    with pytest.raises(NotAllowed, match=r"foundry-T1 would have 73 h filed in 2026-03, more than 72 h"):
        move(db, FilingMove.APPROVE)  # two hours of filing-1 are there already
    move(db, FilingMove.APPROVE, by=ADMINISTRATOR)
    assert SqlFilingBook(db).hours(CITY, ["foundry", "nowhere"]) == {
        "foundry": [FiledHours("foundry-T1", "2026-03", 73.0)]
    }
    assert SqlFilingBook(db).hours(IN_LUSONG, ["foundry"]) == {}


def test_another_district_can_neither_see_nor_count_nor_move_nor_file(db: Database) -> None:
    hand_in(db)
    for scope in (IN_LUSONG, NOWHERE):
        book = SqlFilingBook(db)
        assert book.filing(scope, "new-1") is None
        assert book.steps(scope, "new-1") == []
        assert book.count(scope, FilingFilter(enterprise="foundry")) == 0
        assert book.filings(scope, FilingFilter(district=TIANYUAN), limit=9).rows == ()
        for id in ("new-1", "nowhere"):
            made = book.move(scope, id, FilingMove.REJECT, by=MONITOR, now=NOON, reason="x", cap_hours=72)
            assert made is None
        assert book.hand_in(scope, replace(NEW, id="new-2"), by=MONITOR, now=NOON) is None
    assert SqlFilingBook(db).filing(CITY, "new-1").filing.status == "pending"


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (FilingFilter(), ["late", "new-1", "filing-2", "filing-1"]),
        (FilingFilter(status="approved"), ["filing-1"]),
        (FilingFilter(overdue=True), ["late"]),
        (FilingFilter(overdue=False), ["new-1", "filing-2", "filing-1"]),
        (FilingFilter(enterprise="paint"), ["filing-2"]),
        (FilingFilter(district=TIANYUAN, from_at=NOON + HOUR_MS), ["new-1"]),
        (FilingFilter(to_at=NOON), ["late", "filing-1"]),
    ],
)
def test_lists_are_narrowed_and_counted_alike(db: Database, wanted: FilingFilter, ids: list[str]) -> None:
    hand_in(db)
    hand_in(db, replace(NEW, id="late", from_at=NOON - HOUR_MS, to_at=NOON + 1))
    book = SqlFilingBook(db)
    assert [row.filing.id for row in book.filings(CITY, wanted, limit=9).rows] == ids
    assert book.count(CITY, wanted) == len(ids)
    first = book.filings(CITY, wanted, limit=1)
    rest = book.filings(CITY, wanted, limit=9, cursor=first.cursor) if first.cursor else None
    assert [row.filing.id for row in first.rows + (rest.rows if rest else ())] == ids


def test_importing_the_beginning_again_does_not_undo_what_was_decided(db: Database) -> None:
    move(db, FilingMove.REVOKE, id="filing-1")
    before = version(db)
    assert not SqlRegistryBook(db).save(Registry(filings=city().filings), by="test", now=NOON)
    assert SqlFilingBook(db).filing(CITY, "filing-1").filing.status == "revoked"
    assert version(db) == before
