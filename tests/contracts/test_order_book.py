"""Orders, responses and presets in the database."""

from dataclasses import replace

import pytest

from core.errors import NotAllowed, Unfit
from core.interval import HOUR_MS, Window
from core.jurisdiction import Role, User
from core.measures import OrderFilter
from core.order import Order, Preset
from core.registry import Registry
from core.response import Region, Response
from stores.sql.engine import Database
from stores.sql.orders import SqlOrderBook
from stores.sql.presets import SqlPresetBook
from stores.sql.registry import SqlRegistryBook
from stores.sql.responses import SqlResponseBook
from tests.cases import CITY, IN_LUSONG, IN_TIANYUAN, LUSONG, NOON, NOWHERE, TIANYUAN, city

BY = User(4, "admin", "市级管理员", Role.CITY_ADMINISTRATOR)
STOP = Order("new-1", "foundry-L1", "stop", NOON, NOON + 8 * HOUR_MS, guaranteed_kw=5.0)
RED = Response("R1", Region(), "red", NOON, NOON + 24 * HOUR_MS)
PRESETS = (
    Preset("foundry", "red", "stop"),
    Preset("foundry", "orange", "limit", 30.0),
    Preset("paint-L1", "red", "window", window=Window.parse("20:00-08:00")),
)


def issue(db: Database, order: Order = STOP) -> bool:
    return SqlOrderBook(db).issue(CITY, order, by=BY, now=NOON, reason="橙色预警") is not None


def revoke(db: Database, id: str = "new-1", *, now: int = NOON + HOUR_MS) -> Order:
    found = SqlOrderBook(db).revoke(CITY, id, by=BY, now=now, reason="解除")
    assert found is not None
    return found.order


def fill(db: Database) -> None:
    for preset in PRESETS:
        assert SqlPresetBook(db).set_preset(CITY, preset, by=BY, now=NOON) is not None


def version(db: Database) -> int:
    return SqlRegistryBook(db).version()


def test_an_issued_order_reaches_the_registry_and_grows_its_version(db: Database) -> None:
    before = version(db)
    assert issue(db)
    assert version(db) == before + 1
    assert STOP in SqlRegistryBook(db).load().orders
    found = SqlOrderBook(db).order(IN_TIANYUAN, "new-1")
    assert found is not None
    assert (found.enterprise.id, found.response) == ("foundry", None)
    assert [(s.move, s.actor, s.reason) for s in SqlOrderBook(db).steps(CITY, "new-1")] == [
        ("issue", "admin", "橙色预警")
    ]


def test_a_revoked_order_was_in_force_until_then(db: Database) -> None:
    issue(db)
    before = version(db)
    assert revoke(db) == replace(STOP, status="revoked", to_at=NOON + HOUR_MS)
    assert version(db) == before + 1
    with pytest.raises(NotAllowed, match="revoked already"):
        revoke(db)


@pytest.mark.parametrize("scope", ["foundry", "foundry-L1", "foundry-P1"])
def test_an_order_that_contradicts_another_is_refused_with_both_named(db: Database, scope: str) -> None:
    issue(db)
    before = version(db)
    with pytest.raises(NotAllowed) as refused:
        issue(db, Order("new-2", scope, "limit", NOON + HOUR_MS, NOON + 2 * HOUR_MS, 30.0))
    assert all(name in str(refused.value) for name in ("new-1", "new-2", scope, "foundry-L1", "limit 30 %", "stop"))
    assert SqlOrderBook(db).order(CITY, "new-2") is None
    assert version(db) == before


def test_one_that_begins_when_the_other_is_revoked_is_taken(db: Database) -> None:
    issue(db)
    revoke(db)
    assert issue(db, Order("new-2", "foundry", "limit", NOON + HOUR_MS, NOON + 2 * HOUR_MS, 30.0))


def test_an_order_that_says_too_little_or_is_on_nothing_is_refused(db: Database) -> None:
    with pytest.raises(Unfit, match="per cent"):
        issue(db, replace(STOP, kind="limit"))
    assert not issue(db, replace(STOP, scope="nowhere"))
    assert SqlRegistryBook(db).load().orders == city().orders


def test_another_district_can_neither_see_nor_issue_nor_revoke(db: Database) -> None:
    issue(db)
    for scope in (IN_LUSONG, NOWHERE):
        book = SqlOrderBook(db)
        assert book.order(scope, "new-1") is None
        assert book.steps(scope, "new-1") == []
        assert book.orders(scope, OrderFilter(enterprise="foundry"), limit=9).rows == ()
        assert book.revoke(scope, "new-1", by=BY, now=NOON) is None
        assert book.issue(scope, replace(STOP, id="new-2"), by=BY, now=NOON) is None
    assert SqlOrderBook(db).order(CITY, "new-1").order == STOP


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (OrderFilter(), ["later", "new-1", "order-1"]),
        (OrderFilter(holds_at=NOON), ["new-1", "order-1"]),
        (OrderFilter(begins_after=NOON), ["later"]),
        (OrderFilter(over_by=NOON + 9 * HOUR_MS), ["new-1"]),
        (OrderFilter(kind="stop", district=TIANYUAN), ["later", "new-1"]),
        (OrderFilter(to_at=NOON), []),
        (OrderFilter(from_at=NOON + 30 * HOUR_MS), ["later"]),
    ],
)
def test_lists_are_narrowed_and_paged(db: Database, wanted: OrderFilter, ids: list[str]) -> None:
    issue(db)
    issue(db, replace(STOP, id="later", from_at=NOON + 48 * HOUR_MS, to_at=NOON + 50 * HOUR_MS))
    book = SqlOrderBook(db)
    assert [row.order.id for row in book.orders(CITY, wanted, limit=9).rows] == ids
    first = book.orders(CITY, wanted, limit=1)
    rest = book.orders(CITY, wanted, limit=9, cursor=first.cursor).rows if first.cursor else ()
    assert [row.order.id for row in first.rows + rest] == ids


def test_a_response_is_previewed_and_then_issued_as_one(db: Database) -> None:
    fill(db)
    book, before = SqlResponseBook(db), version(db)
    plan = book.preview(CITY, RED)
    assert {(planned.order.scope, planned.order.kind) for planned in plan.orders} == {
        ("foundry", "stop"),
        ("paint-L1", "window"),
    }
    assert [enterprise.id for enterprise in plan.unready] == ["print"]
    assert version(db) == before
    assert book.issue(CITY, RED, by=BY, now=NOON, reason="红色预警") == plan
    assert version(db) == before + 1
    issued = SqlOrderBook(db).orders(CITY, OrderFilter(response="R1"), limit=9).rows
    assert {row.order for row in issued} == {planned.order for planned in plan.orders}
    assert {(row.order.level, row.response) for row in issued} == {("red", "R1")}


def test_a_region_is_a_district_or_a_township(db: Database) -> None:
    fill(db)
    for region, scopes in (
        (Region(TIANYUAN), ["foundry"]),
        (Region(LUSONG), ["paint-L1"]),
        (Region(TIANYUAN, "泰山路"), ["foundry"]),
        (Region(LUSONG, "泰山路"), []),
    ):
        plan = SqlResponseBook(db).preview(CITY, replace(RED, region=region))
        assert [planned.order.scope for planned in plan.orders] == scopes


def test_a_response_that_contradicts_what_is_in_force_issues_nothing(db: Database) -> None:
    fill(db)
    issue(db, Order("new-2", "foundry-L1", "limit", NOON, NOON + HOUR_MS, 30.0))
    book = SqlResponseBook(db)
    [clash] = book.preview(CITY, RED).clashes
    assert {clash.order.id, clash.other.id} == {"R1-foundry", "new-2"}
    with pytest.raises(NotAllowed, match="new-2"):
        book.issue(CITY, RED, by=BY, now=NOON)
    assert book.responses(CITY, limit=9).rows == ()
    assert SqlOrderBook(db).orders(CITY, OrderFilter(level="red"), limit=9).rows == ()


def test_a_response_without_presets_is_refused(db: Database) -> None:
    with pytest.raises(NotAllowed, match="enter presets first"):
        SqlResponseBook(db).issue(CITY, RED, by=BY, now=NOON)


def test_a_whole_response_is_revoked_and_what_was_revoked_before_stays(db: Database) -> None:
    fill(db)
    book = SqlResponseBook(db)
    book.issue(CITY, RED, by=BY, now=NOON)
    revoke(db, "R1-foundry", now=NOON + 1)
    found = book.revoke(CITY, "R1", by=BY, now=NOON + HOUR_MS)
    assert found is not None
    assert (found.response.status, found.response.to_at, found.orders) == ("revoked", NOON + HOUR_MS, 2)
    rows = SqlOrderBook(db).orders(CITY, OrderFilter(response="R1"), limit=9).rows
    assert {row.order.scope: row.order.to_at for row in rows} == {"foundry": NOON + 1, "paint-L1": NOON + HOUR_MS}
    with pytest.raises(NotAllowed, match="nothing to revoke"):
        book.revoke(CITY, "R1", by=BY, now=NOON + HOUR_MS)


def test_a_district_sees_a_response_only_through_its_own_orders(db: Database) -> None:
    fill(db)
    book = SqlResponseBook(db)
    book.issue(CITY, RED, by=BY, now=NOON)
    book.issue(
        CITY, Response("R2", Region(TIANYUAN), "orange", NOON + 99 * HOUR_MS, NOON + 100 * HOUR_MS), by=BY, now=NOON
    )
    assert [(row.response.id, row.orders) for row in book.responses(CITY, limit=9).rows] == [("R2", 1), ("R1", 2)]
    assert [(row.response.id, row.orders) for row in book.responses(IN_LUSONG, limit=9).rows] == [("R1", 1)]
    assert book.responses(NOWHERE, limit=9).rows == ()
    assert book.response(IN_LUSONG, "R2") is None
    assert book.revoke(IN_LUSONG, "R2", by=BY, now=NOON) is None
    plan = book.preview(IN_LUSONG, replace(RED, id="R3", from_at=NOON + 99 * HOUR_MS, to_at=NOON + 100 * HOUR_MS))
    assert [planned.enterprise.id for planned in plan.orders] == ["paint"]
    assert plan.unready == ()


def test_presets_are_one_per_scope_and_level(db: Database) -> None:
    fill(db)
    book, before = SqlPresetBook(db), version(db)
    assert book.set_preset(CITY, Preset("foundry", "red", "cap", 80.0), by=BY, now=NOON) is not None
    assert version(db) == before + 1
    assert [(row.preset.scope, row.preset.level, row.preset.kind) for row in book.presets(CITY)] == [
        ("foundry", "orange", "limit"),
        ("foundry", "red", "cap"),
        ("paint-L1", "red", "window"),
    ]
    assert SqlRegistryBook(db).load().presets[0] == Preset("foundry", "red", "cap", 80.0)
    assert book.remove_preset(CITY, "foundry", "red", by=BY, now=NOON)
    assert not book.remove_preset(CITY, "foundry", "red", by=BY, now=NOON)


def test_presets_of_another_district_can_be_neither_seen_nor_set_nor_removed(db: Database) -> None:
    fill(db)
    book = SqlPresetBook(db)
    assert [row.enterprise.id for row in book.presets(IN_LUSONG)] == ["paint"]
    assert book.presets(IN_LUSONG, enterprise="foundry") == []
    for level in ("red", "yellow"):
        assert book.set_preset(IN_LUSONG, Preset("foundry", level, "exempt"), by=BY, now=NOON) is None
        assert not book.remove_preset(IN_LUSONG, "foundry", level, by=BY, now=NOON)
    assert [row.preset for row in book.presets(CITY, enterprise="foundry")] == [PRESETS[1], PRESETS[0]]


def test_presets_come_with_a_registry_too(db: Database) -> None:
    assert SqlRegistryBook(db).save(Registry(presets=PRESETS), by="test", now=NOON)
    assert not SqlRegistryBook(db).save(Registry(presets=PRESETS), by="test", now=NOON)
    assert SqlRegistryBook(db).load().presets == PRESETS


def test_importing_an_order_again_does_not_undo_its_revocation(db: Database) -> None:
    revoke(db, "order-1")
    assert not SqlRegistryBook(db).save(Registry(orders=city().orders), by="test", now=NOON)
    assert SqlOrderBook(db).order(CITY, "order-1").order.status == "revoked"
