"""Enterprises as they are listed and looked up."""

import pytest

from core.alarm import State
from stores.sql.dossiers import SqlDossierBook
from stores.sql.engine import Database
from stores.sql.transitions import SqlTransitionLog
from tests.cases import CITY, LUSONG, NOON, TIANYUAN, city, transition


def listed(db: Database, **wanted: str) -> list[str]:
    return [row.enterprise.id for row in SqlDossierBook(db).enterprises(CITY, limit=10, **wanted).rows]


def raise_alarms(db: Database) -> None:
    story = [
        transition(severity=3),
        transition(rule="threshold", severity=1),
        transition(rule="threshold", subject="paint-T1-m", enterprise="paint", state=State.SUPPRESSED),
    ]
    SqlTransitionLog(db).record(story, snapshot=None, now=NOON)


def test_enterprises_are_listed_in_the_order_of_import_page_by_page(db: Database) -> None:
    book = SqlDossierBook(db)
    first = book.enterprises(CITY, limit=2)
    assert [row.enterprise for row in first.rows] == list(city().enterprises[:2])
    second = book.enterprises(CITY, limit=2, cursor=first.cursor)
    assert [row.enterprise for row in second.rows] == list(city().enterprises[2:])
    assert second.cursor is None


def test_a_line_of_the_list_counts_meters_and_active_alarms(db: Database) -> None:
    raise_alarms(db)
    rows = SqlDossierBook(db).enterprises(CITY, limit=10).rows
    counted = {row.enterprise.id: (row.meters, row.open_alarms, row.severity) for row in rows}
    assert counted == {"foundry": (3, 2, 3), "print": (3, 0, 0), "paint": (3, 0, 0)}


def test_a_list_is_narrowed_by_district_and_search(db: Database) -> None:
    assert listed(db, district=LUSONG) == ["paint"]
    assert listed(db, search="印务") == ["print"]
    assert listed(db, search="FOUND") == ["foundry"]
    assert listed(db, search="%") == []
    assert listed(db, search="x' OR 1=1 --") == []


@pytest.mark.parametrize(("cursor", "rows"), [(str(2**62), 0), (str(-(2**62)), 3)])
def test_a_forged_cursor_is_at_worst_past_the_end(db: Database, cursor: str, rows: int) -> None:
    assert len(SqlDossierBook(db).enterprises(CITY, limit=5, cursor=cursor).rows) == rows


@pytest.mark.parametrize("cursor", ["", "x", "1:2", "1;drop", "９", "9" * 40, "--1"])
def test_a_cursor_that_is_not_ours_is_refused(db: Database, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        SqlDossierBook(db).enterprises(CITY, limit=1, cursor=cursor)


def test_a_dossier_holds_what_belongs_to_the_enterprise_and_nothing_else(db: Database) -> None:
    dossier, registry = SqlDossierBook(db).dossier(CITY, "foundry"), city()
    assert dossier is not None
    assert dossier.enterprise == registry.enterprise("foundry")
    assert dossier.lines == registry.lines[:1]
    assert dossier.facilities == tuple(registry.facilities_of("foundry"))
    assert [(row.number, row.meter) for row in dossier.meters] == list(enumerate(registry.meters[:3]))
    assert dossier.thresholds == registry.thresholds[:2]
    assert dossier.filings == registry.filings[:1]


def test_districts_count_enterprises_and_active_alarms_once(db: Database) -> None:
    raise_alarms(db)
    assert SqlDossierBook(db).districts(CITY) == [(TIANYUAN, 2, 2), (LUSONG, 1, 0)]
