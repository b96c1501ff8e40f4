"""A walk over every scoped query: what another district has does not exist."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from core.facility_state import FacilityState, Running
from core.jurisdiction import Scope
from core.notification import Route
from core.records import AlarmFilter, Page
from stores.sql.alarms import SqlAlarmBook
from stores.sql.dossiers import SqlDossierBook
from stores.sql.engine import Database
from stores.sql.facility_states import SqlStateBook
from stores.sql.focus import SqlFocusBook
from stores.sql.outbox import SqlOutbox, SqlRouteBook
from stores.sql.transitions import SqlTransitionLog
from tests.cases import CITY, IN_LUSONG, IN_TIANYUAN, INSPECTOR, LUSONG, NOON, NOWHERE, TIANYUAN, imbalance, transition

BOOKS = (SqlDossierBook, SqlAlarmBook, SqlFocusBook, SqlStateBook)

# Each asks for what the foundry in 天元区 has.
ASKED: dict[str, Callable[[Database, Scope], Any]] = {
    "SqlDossierBook.enterprises": lambda db, scope: SqlDossierBook(db).enterprises(scope, limit=9, district=TIANYUAN),
    "SqlDossierBook.dossier": lambda db, scope: SqlDossierBook(db).dossier(scope, "foundry"),
    "SqlDossierBook.districts": lambda db, scope: [d for d in SqlDossierBook(db).districts(scope) if d[0] == TIANYUAN],
    "SqlAlarmBook.alarms": lambda db, scope: SqlAlarmBook(db).alarms(scope, AlarmFilter(enterprise="foundry"), limit=9),
    "SqlAlarmBook.alarm": lambda db, scope: SqlAlarmBook(db).alarm(scope, 1),
    "SqlAlarmBook.acknowledge": lambda db, scope: SqlAlarmBook(db).acknowledge(scope, 1, by=INSPECTOR, now=NOON),
    "SqlAlarmBook.transitions": lambda db, scope: SqlAlarmBook(db).transitions(scope, alarm=1),
    "SqlAlarmBook.open_alarms": lambda db, scope: SqlAlarmBook(db).open_alarms(scope, "foundry"),
    "SqlAlarmBook.notifications": lambda db, scope: SqlAlarmBook(db).notifications(scope, alarm=1),
    "SqlFocusBook.focus_list": lambda db, scope: SqlFocusBook(db).focus_list(scope),
    "SqlFocusBook.entry": lambda db, scope: SqlFocusBook(db).entry(scope, "foundry"),
    "SqlStateBook.states": lambda db, scope: SqlStateBook(db).states(scope, "foundry"),
}


@pytest.fixture
def busy(db: Database) -> Database:
    """A city in which the foundry, and only the foundry, has something of everything."""
    SqlTransitionLog(db).record([transition()], snapshot=None, now=NOON)
    SqlFocusBook(db).save([imbalance()], now=NOON)
    SqlStateBook(db).record([FacilityState("SN-foundry-T1", "SB1", Running.ON, NOON)], now=NOON)
    SqlRouteBook(db).save_route(Route(0, "phone", "apprise", "json://127.0.0.1"))
    outbox = SqlOutbox(db)
    [due] = outbox.claim(now=NOON, lease_for=1, limit=1)
    outbox.attempt(due, outbox.routes()[0], repeat=False, now=NOON)
    return db


def found(answer: Any) -> bool:
    return bool(answer.rows if isinstance(answer, Page) else answer)


def test_the_walk_leaves_out_no_query_that_takes_a_scope() -> None:
    scoped = {
        f"{book.__name__}.{name}"
        for book in BOOKS
        for name, method in inspect.getmembers(book, inspect.isfunction)
        if "scope" in inspect.signature(method).parameters
    }
    assert scoped == set(ASKED)


@pytest.mark.parametrize("scope", [IN_LUSONG, NOWHERE, Scope(frozenset({"天元", "%", ""}))])
@pytest.mark.parametrize("query", ASKED)
def test_another_district_sees_nothing(busy: Database, query: str, scope: Scope) -> None:
    assert not found(ASKED[query](busy, scope))


@pytest.mark.parametrize("scope", [CITY, IN_TIANYUAN, Scope(frozenset({TIANYUAN, LUSONG}))])
@pytest.mark.parametrize("query", ASKED)
def test_the_own_district_and_the_city_see_it(busy: Database, query: str, scope: Scope) -> None:
    assert found(ASKED[query](busy, scope))


def test_an_acknowledgement_from_another_district_changes_nothing(busy: Database) -> None:
    before = SqlAlarmBook(busy).alarm(CITY, 1)
    SqlAlarmBook(busy).acknowledge(IN_LUSONG, 1, by=INSPECTOR, now=NOON)
    assert SqlAlarmBook(busy).alarm(CITY, 1) == before


def test_unknown_enterprises_belong_to_the_city_alone(busy: Database) -> None:
    SqlTransitionLog(busy).record([transition(enterprise="gone", subject="gone-L1")], snapshot=None, now=NOON)
    book = SqlAlarmBook(busy)
    assert [alarm.subject for alarm in book.open_alarms(CITY, "gone")] == ["gone-L1"]
    assert book.open_alarms(IN_TIANYUAN, "gone") == []
