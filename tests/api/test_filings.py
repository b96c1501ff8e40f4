"""Filings over HTTP: handed in by one, decided by another, hidden from the third."""

import pytest

from core.interval import HOUR_MS
from tests.api.measuring import a_filing, actions, at, busy, filed
from tests.api.place import Place

__all__ = ["busy"]


def test_a_filing_is_handed_in_by_one_and_approved_by_another(busy: Place) -> None:
    id = filed(busy)
    leader = busy.browser_of("leader")
    answer = leader.post(f"/api/v1/filings/{id}/approve", json={"reason": "电话核实"})
    assert (answer.status_code, answer.json()["status"]) == (200, "approved")
    found = leader.get(f"/api/v1/filings/{id}").json()
    assert [(s["actor"], s["move"], s["reason"]) for s in found["steps"]] == [
        ("tian", "file", "放假"),
        ("leader", "approve", "电话核实"),
    ]
    assert {row["hours"] for row in found["hours"] if row["facility"] == "foundry-P1"} == {8.0}
    assert (found["overdue"], found["applicant"], found["cap_hours"]) == (False, "tian", 72.0)
    assert actions(busy.browser_of("monitor"))[:2] == ["approve-filing", "file"]


def test_a_revoked_filing_ends_now(busy: Place) -> None:
    id = filed(busy)
    leader = busy.browser_of("leader")
    leader.post(f"/api/v1/filings/{id}/approve", json={})
    busy.clocks.city += 2 * HOUR_MS
    answer = leader.post(f"/api/v1/filings/{id}/revoke", json={"reason": "现场在生产"}).json()
    assert (answer["status"], answer["to_at"]) == ("revoked", at(2))


def test_a_late_filing_is_marked_overdue_and_a_later_one_refused(busy: Place) -> None:
    id = filed(busy, **{"from": at(-24), "to": at(1)})
    client = busy.browser_of("tian")
    assert [row["id"] for row in client.get("/api/v1/filings?overdue=true").json()["rows"]] == [id]
    refused = client.post("/api/v1/filings", json=a_filing(**{"from": at(-24.1), "to": at(1)}))
    assert refused.status_code == 422
    assert "more than 24 h after its start" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"to": at(0.5)}, "to", "ends before it starts"),
        ({"kind": "holiday"}, "kind", "is none of"),
        ({"facilities": ["paint-P1"]}, "facilities", "the enterprise has no paint-P1"),
        ({"facilities": ["nowhere"]}, "facilities", "the enterprise has no nowhere"),
        ({"from": "yesterday"}, "from", "RFC 3339"),
        ({"color": "red"}, "color", "not permitted"),
    ],
)
def test_what_can_not_be_taken_says_what_to_mend(
    busy: Place, changed: dict[str, object], field: str, words: str
) -> None:
    answer = busy.browser_of("tian").post("/api/v1/filings", json=a_filing(**changed))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["parameter"] == field
    assert words in answer.json()["detail"]


def test_the_life_of_a_filing_is_kept_to(busy: Place) -> None:
    id = filed(busy, "leader")
    leader, monitor = busy.browser_of("leader"), busy.browser_of("monitor")
    own = leader.post(f"/api/v1/filings/{id}/approve", json={})
    assert (own.status_code, own.json()["allowed"]) == (409, ["reject", "withdraw"])
    assert monitor.post(f"/api/v1/filings/{id}/withdraw", json={}).status_code == 409
    assert monitor.post(f"/api/v1/filings/{id}/reject", json={"reason": " "}).status_code == 422
    assert leader.post(f"/api/v1/filings/{id}/withdraw", json={}).json()["status"] == "withdrawn"
    over = monitor.post(f"/api/v1/filings/{id}/approve", json={})
    assert (over.status_code, over.json()["allowed"]) == (409, [])


def test_over_the_cap_only_the_city_administrator_approves(busy: Place) -> None:
    id = filed(busy, to=at(74))
    refused = busy.browser_of("leader").post(f"/api/v1/filings/{id}/approve", json={})
    assert refused.status_code == 409
    assert "more than 72 h: a city administrator can approve it" in refused.json()["detail"]
    assert busy.browser_of("admin").post(f"/api/v1/filings/{id}/approve", json={}).status_code == 200


def test_an_inspector_decides_nothing(busy: Place) -> None:
    id = filed(busy, "monitor")
    for move in ("approve", "reject", "revoke"):
        assert busy.browser_of("tian").post(f"/api/v1/filings/{id}/{move}", json={"reason": "x"}).status_code == 403
    assert busy.browser_of("leader").get(f"/api/v1/filings/{id}").json()["status"] == "pending"


def test_for_another_district_a_filing_is_like_one_that_does_not_exist(busy: Place) -> None:
    id, other = filed(busy), busy.browser_of("other")
    assert id not in other.get("/api/v1/filings?enterprise=foundry&limit=500").text
    assert other.get(f"/api/v1/filings/{id}").content == other.get("/api/v1/filings/B-0").content
    for move in ("approve", "reject", "withdraw", "revoke"):
        foreign, unknown = (other.post(f"/api/v1/filings/{x}/{move}", json={"reason": "x"}) for x in (id, "B-0"))
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.content == unknown.content
    foreign, unknown = (other.post("/api/v1/filings", json=a_filing(enterprise=e)) for e in ("foundry", "nowhere"))
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.content == unknown.content


def test_without_the_token_of_the_page_nothing_changes(busy: Place) -> None:
    client = busy.browser_of("tian")
    del client.headers["X-CSRF-Token"]
    assert client.post("/api/v1/filings", json=a_filing()).status_code == 403
