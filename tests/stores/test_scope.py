"""A walk over every scoped query: what another district has does not exist."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from core.errors import NotAllowed
from core.facility_state import FacilityState, Running
from core.filing import Filing
from core.filing_life import FilingMove
from core.interval import HOUR_MS, Window
from core.jurisdiction import Scope
from core.measures import FilingFilter, OrderFilter
from core.notification import Route
from core.order import Order, Preset
from core.records import AlarmFilter, Page
from core.response import Region, Response
from core.screening import Finding, Judgement, Period, ScreeningList
from stores.sql.alarms import SqlAlarmBook
from stores.sql.dossiers import SqlDossierBook
from stores.sql.engine import Database
from stores.sql.facility_states import SqlStateBook
from stores.sql.filings import SqlFilingBook
from stores.sql.focus import SqlFocusBook
from stores.sql.orders import SqlOrderBook
from stores.sql.outbox import SqlOutbox, SqlRouteBook
from stores.sql.presets import SqlPresetBook
from stores.sql.responses import SqlResponseBook
from stores.sql.screenings import SqlScreeningBook
from stores.sql.transitions import SqlTransitionLog
from tests.cases import (
    CITY,
    IN_LUSONG,
    IN_TIANYUAN,
    INSPECTOR,
    LUSONG,
    MONITOR,
    NOON,
    NOWHERE,
    TIANYUAN,
    imbalance,
    transition,
)

BOOKS = (
    SqlFilingBook,
    SqlOrderBook,
    SqlPresetBook,
    SqlResponseBook,
    SqlDossierBook,
    SqlAlarmBook,
    SqlFocusBook,
    SqlScreeningBook,
    SqlStateBook,
)

FILING = Filing("new-1", "foundry", "shutdown", NOON, NOON + HOUR_MS)
ORDER = Order("new-1", "foundry-L1", "window", NOON, NOON + HOUR_MS, window=Window.parse("22:00-06:00"))
PRESET = Preset("foundry", "red", "stop")
RESPONSE = Response("R", Region("天元区"), "red", NOON, NOON + HOUR_MS)


def issued_by(db: Database, scope: Scope) -> tuple[Any, ...]:
    """The orders of a response that somebody of that scope issues; none where nobody in it could get one."""
    later = replace(RESPONSE, id="R2", from_at=RESPONSE.to_at, to_at=RESPONSE.to_at + HOUR_MS)
    try:
        return SqlResponseBook(db).issue(scope, later, by=MONITOR, now=NOON).orders
    except NotAllowed:
        return ()


# Each asks for what the foundry in 天元区 has.
ASKED: dict[str, Callable[[Database, Scope], Any]] = {
    "SqlFilingBook.filings": lambda db, scope: SqlFilingBook(db).filings(scope, FilingFilter("天元区"), limit=9),
    "SqlFilingBook.count": lambda db, scope: SqlFilingBook(db).count(scope, FilingFilter("天元区")),
    "SqlFilingBook.filing": lambda db, scope: SqlFilingBook(db).filing(scope, "new-1"),
    "SqlFilingBook.steps": lambda db, scope: SqlFilingBook(db).steps(scope, "new-1"),
    "SqlFilingBook.hours": lambda db, scope: SqlFilingBook(db).hours(scope, ["foundry"]),
    "SqlFilingBook.hand_in": lambda db, scope: SqlFilingBook(db).hand_in(
        scope, replace(FILING, id="new-2"), by=INSPECTOR, now=NOON
    ),
    "SqlFilingBook.move": lambda db, scope: SqlFilingBook(db).move(
        scope, "new-1", FilingMove.REJECT, by=MONITOR, now=NOON, reason="x", cap_hours=72
    ),
    "SqlOrderBook.orders": lambda db, scope: SqlOrderBook(db).orders(scope, OrderFilter("天元区"), limit=9),
    "SqlOrderBook.order": lambda db, scope: SqlOrderBook(db).order(scope, "R-foundry"),
    "SqlOrderBook.steps": lambda db, scope: SqlOrderBook(db).steps(scope, "R-foundry"),
    "SqlOrderBook.issue": lambda db, scope: SqlOrderBook(db).issue(scope, ORDER, by=MONITOR, now=NOON),
    "SqlOrderBook.revoke": lambda db, scope: SqlOrderBook(db).revoke(scope, "R-foundry", by=MONITOR, now=NOON),
    "SqlPresetBook.presets": lambda db, scope: SqlPresetBook(db).presets(scope, enterprise="foundry"),
    "SqlPresetBook.set_preset": lambda db, scope: SqlPresetBook(db).set_preset(scope, PRESET, by=MONITOR, now=NOON),
    "SqlPresetBook.remove_preset": lambda db, scope: SqlPresetBook(db).remove_preset(
        scope, "foundry", "red", by=MONITOR, now=NOON
    ),
    "SqlResponseBook.preview": lambda db, scope: (
        SqlResponseBook(db).preview(scope, replace(RESPONSE, from_at=RESPONSE.to_at, to_at=RESPONSE.to_at + 1)).orders
    ),
    "SqlResponseBook.issue": lambda db, scope: issued_by(db, scope),
    "SqlResponseBook.responses": lambda db, scope: SqlResponseBook(db).responses(scope, limit=9),
    "SqlResponseBook.response": lambda db, scope: SqlResponseBook(db).response(scope, "R"),
    "SqlResponseBook.revoke": lambda db, scope: SqlResponseBook(db).revoke(scope, "R", by=MONITOR, now=NOON),
    "SqlDossierBook.enterprises": lambda db, scope: SqlDossierBook(db).enterprises(scope, limit=9, district=TIANYUAN),
    "SqlDossierBook.dossier": lambda db, scope: SqlDossierBook(db).dossier(scope, "foundry"),
    "SqlDossierBook.districts": lambda db, scope: [d for d in SqlDossierBook(db).districts(scope) if d[0] == TIANYUAN],
    "SqlAlarmBook.alarms": lambda db, scope: SqlAlarmBook(db).alarms(scope, AlarmFilter(enterprise="foundry"), limit=9),
    "SqlAlarmBook.alarm": lambda db, scope: SqlAlarmBook(db).alarm(scope, 1),
    "SqlAlarmBook.acknowledge": lambda db, scope: SqlAlarmBook(db).acknowledge(scope, 1, by=INSPECTOR, now=NOON),
    "SqlAlarmBook.transitions": lambda db, scope: SqlAlarmBook(db).transitions(scope, alarm=1),
    "SqlAlarmBook.revisions": lambda db, scope: SqlAlarmBook(db).revisions(scope, 1),
    "SqlAlarmBook.open_alarms": lambda db, scope: SqlAlarmBook(db).open_alarms(scope, "foundry"),
    "SqlAlarmBook.notifications": lambda db, scope: SqlAlarmBook(db).notifications(scope, alarm=1),
    "SqlFocusBook.focus_list": lambda db, scope: SqlFocusBook(db).focus_list(scope),
    "SqlFocusBook.entry": lambda db, scope: SqlFocusBook(db).entry(scope, "foundry"),
    "SqlScreeningBook.findings": lambda db, scope: SqlScreeningBook(db).findings(scope, ScreeningList.BAND, "running"),
    "SqlStateBook.states": lambda db, scope: SqlStateBook(db).states(scope, "foundry"),
}


@pytest.fixture
def busy(db: Database) -> Database:
    """A city in which the foundry, and only the foundry, has something of everything."""
    SqlTransitionLog(db).record([transition()], snapshot=None, now=NOON)
    SqlFocusBook(db).save([imbalance()], now=NOON)
    SqlFilingBook(db).hand_in(CITY, FILING, by=INSPECTOR, now=NOON)
    SqlPresetBook(db).set_preset(CITY, PRESET, by=MONITOR, now=NOON)
    SqlResponseBook(db).issue(CITY, RESPONSE, by=MONITOR, now=NOON)
    found = Finding(ScreeningList.BAND, "foundry", "foundry", 3.0, 3.0, Judgement.FLAGGED)
    SqlScreeningBook(db).save(Period(0, NOON), [found], day="2025-01-01", now=NOON)
    SqlStateBook(db).record([FacilityState("SN-foundry-T1", "SB1", Running.ON, NOON)], now=NOON)
    SqlRouteBook(db).save_route(Route(0, "phone", "apprise", "json://127.0.0.1"))
    outbox = SqlOutbox(db)
    [due] = outbox.claim(now=NOON, lease_for=1, limit=1)
    outbox.attempt(due, outbox.routes()[0], repeat=False, now=NOON)
    raised = transition()
    SqlTransitionLog(db).record(
        [replace(raised, since=raised.since - 1, revises=raised.since)], snapshot=None, now=NOON
    )
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
