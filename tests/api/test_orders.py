"""Orders, responses and presets over HTTP."""

import pytest

from core.alarm import State
from core.interval import DAY_MS, HOUR_MS
from core.readings import readings
from tests.api.measuring import actions, an_order, at, busy, issued
from tests.api.place import Place
from tests.cases import LUSONG, NOON

__all__ = ["busy"]

RED = {"level": "red", "from": at(1), "to": at(25), "reason": "红色预警"}


def preset(busy: Place, scope: str, **terms: object) -> None:
    answer = busy.browser_of("admin").put(f"/api/v1/presets/{scope}/red", json={"kind": "stop", **terms})
    assert answer.status_code == 200, answer.text


def test_an_order_is_issued_and_revoked(busy: Place) -> None:
    id, admin = issued(busy), busy.browser_of("admin")
    busy.clocks.city += 2 * HOUR_MS
    answer = admin.post(f"/api/v1/orders/{id}/revoke", json={"reason": "解除"}).json()
    assert (answer["status"], answer["to_at"], answer["enterprise"]) == ("revoked", at(2), "foundry")
    assert [row["move"] for row in admin.get(f"/api/v1/orders/{id}/steps").json()["rows"]] == ["issue", "revoke"]
    assert actions(admin)[:2] == ["revoke-order", "issue-order"]
    assert admin.post(f"/api/v1/orders/{id}/revoke", json={}).status_code == 409


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"kind": "limit"}, 422, "per cent"),
        ({"kind": "limit", "value": 120}, 422, "not between 0 and 100"),
        ({"kind": "window"}, 422, "22:00-06:00"),
        ({"kind": "window", "window": "dusk"}, 422, "window"),
        ({"to": at(0)}, 422, "ends before it starts"),
        ({"scope": "nowhere"}, 404, "no such enterprise, line or facility"),
        ({"scope": "foundry", "kind": "limit", "value": 30}, 409, "limit 30 % against stop"),
        ({"kind": "exempt"}, 409, "exempt against stop"),
    ],
)
def test_what_can_not_be_issued_says_why(busy: Place, changed: dict[str, object], status: int, words: str) -> None:
    first = issued(busy)
    answer = busy.browser_of("admin").post("/api/v1/orders", json=an_order(**changed))
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]
    assert status != 409 or first in answer.json()["detail"]


def test_only_the_city_administrator_orders(busy: Place) -> None:
    preset(busy, "foundry")
    id = issued(busy, scope="print")
    for who in ("monitor", "leader", "tian"):
        client = busy.browser_of(who)
        answers = [
            client.post("/api/v1/orders", json=an_order()),
            client.post(f"/api/v1/orders/{id}/revoke", json={}),
            client.post("/api/v1/responses", json=RED),
            client.post("/api/v1/responses?preview=true", json=RED),
            client.put("/api/v1/presets/foundry/red", json={"kind": "stop"}),
            client.delete("/api/v1/presets/foundry/red"),
        ]
        assert [answer.status_code for answer in answers] == [403] * 6


def test_a_response_is_previewed_issued_and_ended(busy: Place) -> None:
    preset(busy, "foundry")
    preset(busy, "paint-L1", kind="limit", value=50, guaranteed_kw=12)
    admin = busy.browser_of("admin")
    plan = admin.post("/api/v1/responses?preview=true", json=RED).json()
    assert [(row["scope"], row["kind"], row["value"]) for row in plan["orders"]] == [
        ("foundry", "stop", None),
        ("paint-L1", "limit", 50.0),
    ]
    assert (plan["id"], plan["unready"], plan["clashes"]) == (None, ["print"], [])
    assert admin.get("/api/v1/responses").json()["rows"] == []
    id = admin.post("/api/v1/responses", json=RED).json()["id"]
    assert len(admin.get(f"/api/v1/orders?response={id}").json()["rows"]) == 2
    [own] = busy.browser_of("other").get("/api/v1/responses").json()["rows"]
    assert (own["id"], own["orders"]) == (id, 1)
    busy.clocks.city += 2 * HOUR_MS
    assert admin.post(f"/api/v1/responses/{id}/revoke", json={}).json()["status"] == "revoked"
    assert {row["to_at"] for row in admin.get(f"/api/v1/orders?response={id}").json()["rows"]} == {at(2)}
    assert actions(admin)[:2] == ["revoke-response", "issue-response"]


def test_a_response_over_a_district_that_contradicts_is_refused(busy: Place) -> None:
    preset(busy, "foundry")
    id = issued(busy, kind="limit", value=30)
    admin = busy.browser_of("admin")
    [clash] = admin.post("/api/v1/responses?preview=true", json=RED).json()["clashes"]
    assert id in (clash["order"], clash["other"])
    assert admin.post("/api/v1/responses", json=RED).status_code == 409
    assert admin.post("/api/v1/responses", json=RED | {"district": LUSONG}).status_code == 409  # nobody has a preset


def test_presets_are_set_listed_and_removed(busy: Place) -> None:
    preset(busy, "foundry-L1", kind="window", window="22:00-06:00")
    admin = busy.browser_of("admin")
    [row] = admin.get("/api/v1/presets").json()["rows"]
    assert (row["enterprise"], row["scope"], row["window"]) == ("foundry", "foundry-L1", "22:00-06:00")
    assert admin.delete("/api/v1/presets/foundry-L1/red").status_code == 204
    assert admin.delete("/api/v1/presets/foundry-L1/red").status_code == 404
    assert admin.put("/api/v1/presets/nowhere/red", json={"kind": "stop"}).status_code == 404
    assert admin.put("/api/v1/presets/foundry/red", json={"kind": "cap"}).status_code == 422


def test_for_another_district_an_order_is_like_one_that_does_not_exist(busy: Place) -> None:
    preset(busy, "foundry")
    id, other = issued(busy), busy.browser_of("other")
    for path in ("", "/steps", "/compliance"):
        foreign, unknown = (other.get(f"/api/v1/orders/{x}{path}") for x in (id, "O-0"))
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.content == unknown.content
    assert other.get("/api/v1/presets").json()["rows"] == []
    assert {row["enterprise"] for row in other.get("/api/v1/orders").json()["rows"]} == {"paint"}


def test_compliance_compares_with_the_days_before_and_counts_the_alarms(busy: Place) -> None:
    id = issued(busy, kind="limit", value=30, **{"from": at(-12), "to": at(12)})
    number = busy.services.registry.load().meter_number["foundry-P1-m"]
    before = [NOON - 15 * DAY_MS + k * 60_000 for k in range(0, int(14.5 * 1440), 15)]
    during = [NOON - DAY_MS // 2 + k * 60_000 for k in range(0, 720, 15)]
    power = [100.0] * len(before) + [60.0] * len(during)
    busy.services.series.append(readings([number] * len(power), before + during, p=power))
    common = {"rule": "limit-order", "enterprise": "foundry"}
    busy.record(subject=id, **common)
    busy.record(subject="another", **common)
    busy.record(subject=id, **common | {"rule": "stop-order", "state": State.SUPPRESSED})
    found = busy.browser_of("leader").get(f"/api/v1/orders/{id}/compliance").json()
    assert found["why_not"] == ""
    assert (found["ordered_percent"], found["baseline_day_kwh"]) == (30.0, 2400.0)
    assert (found["expected_kwh"], found["used_kwh"], found["coverage"]) == (1200.0, 720.0, 1.0)
    assert found["reduction_percent"] == pytest.approx(40.0)
    assert [row["rule"] for row in found["violations"]] == ["limit-order"]


def test_without_readings_compliance_says_so(busy: Place) -> None:
    id = issued(busy, **{"from": at(-12), "to": at(12)})
    found = busy.browser_of("leader").get(f"/api/v1/orders/{id}/compliance").json()
    assert (found["why_not"], found["reduction_percent"], found["coverage"]) == ("no baseline, 0 valid days", None, 0.0)
