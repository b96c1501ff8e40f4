"""The page of orders: issuing, responses with their preview, presets, compliance."""

import re

import pytest

from tests.api.measuring import at, busy, issued
from tests.api.place import Place
from tests.web.test_filings_page import browser

__all__ = ["busy"]

SPAN = {"start": "2026-03-20T13:00", "end": "2026-03-20T21:00"}
ORDER = {"scope": "foundry-L1", "kind": "limit", "value": "30", "window": "", "guaranteed_kw": "", "level": ""} | SPAN
RESPONSE = {"level": "red", "region": "", "reason": "红色预警"} | SPAN
PRESET = {"scope": "foundry", "kind": "stop", "level": "red", "value": "", "window": "", "guaranteed_kw": "12"}


def part(page: str, id: str) -> str:
    return page.split(f'id="{id}"')[1].split("</section>")[0]


def test_an_order_is_issued_shown_by_its_time_and_revoked(busy: Place) -> None:
    admin = browser(busy, "admin")
    assert admin.post("/orders", data=ORDER).headers["location"] == "/orders?done=issue"
    page = admin.get("/orders?done=issue").text
    assert "The order is issued." in page
    assert "湘江铸造" in part(page, "coming")
    [id] = re.findall(r'action="/orders/(O-[^/]+)/revoke"', page)
    assert admin.post(f"/orders/{id}/revoke", data={"reason": "x"}).status_code == 303
    assert id in part(admin.get("/orders").text, "past")
    assert admin.post(f"/orders/{id}/revoke").status_code == 409


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"value": "much"}, 422, "A limit needs 0–100 per cent"),
        ({"kind": "window", "window": "dusk"}, 422, "Give a window like"),
        ({"end": ""}, 422, "Check the end"),
        ({"kind": "stop"}, 409, "stop against limit 40 %"),
        ({"scope": "nowhere"}, 404, ""),
    ],
)
def test_what_can_not_be_issued_comes_back_with_what_to_mend(
    busy: Place, changed: dict[str, str], status: int, words: str
) -> None:
    issued(busy, kind="limit", value=40)
    answer = browser(busy, "admin").post("/orders", data=ORDER | changed)
    assert answer.status_code == status
    assert words in answer.text


def test_a_response_is_previewed_before_it_is_issued(busy: Place) -> None:
    admin = browser(busy, "admin")
    assert admin.post("/presets", data=PRESET).headers["location"] == "/orders?done=preset"
    preview = admin.post("/responses", data=RESPONSE | {"act": "preview"}).text
    assert "1 orders would be issued" in preview
    assert "2 enterprises have no preset of this level and get nothing: 天元印务, 芦淞涂装" in preview
    assert "Issue 1 orders" in preview
    assert admin.get("/api/v1/responses").json()["rows"] == []
    assert admin.post("/responses", data=RESPONSE | {"act": "issue"}).status_code == 303
    page = admin.get("/orders").text
    assert "Whole city" in part(page, "responses")
    [id] = re.findall(r'action="/responses/([^/]+)/revoke"', page)
    assert admin.post(f"/responses/{id}/revoke").headers["location"] == "/orders?done=revoke-response"
    assert admin.post(f"/responses/{id}/revoke").status_code == 409


def test_a_response_that_contradicts_can_not_be_issued_from_its_preview(busy: Place) -> None:
    admin = browser(busy, "admin")
    admin.post("/presets", data=PRESET)
    issued(busy, kind="limit", value=40)
    preview = admin.post("/responses", data=RESPONSE | {"act": "preview"}).text
    assert "revoke one of each first" in preview
    assert 'value="issue"' not in preview
    assert admin.post("/responses", data=RESPONSE | {"act": "issue"}).status_code == 409


def test_a_region_without_presets_says_what_to_do(busy: Place) -> None:
    answer = browser(busy, "admin").post("/responses", data=RESPONSE | {"region": "天元区/泰山路"})
    assert "Enter presets first" in answer.text


def test_presets_are_removed(busy: Place) -> None:
    admin = browser(busy, "admin")
    admin.post("/presets", data=PRESET)
    assert admin.post("/presets/remove", data={"scope": "foundry", "level": "red"}).status_code == 303
    assert "No presets yet" in admin.get("/orders").text


@pytest.mark.parametrize("who", ["monitor", "leader", "tian"])
def test_others_only_look(busy: Place, who: str) -> None:
    client = browser(busy, who)
    page = client.get("/orders").text
    assert "/revoke" not in page
    assert 'action="/orders"' not in page.replace('method="get" action="/orders"', "")
    for path, data in (("/orders", ORDER), ("/responses", RESPONSE), ("/presets", PRESET)):
        assert client.post(path, data=data).status_code == 403


def test_compliance_is_loaded_beside_each_order_and_says_why_not(busy: Place) -> None:
    id = issued(busy, **{"from": at(-12)})
    leader, other = browser(busy, "leader"), browser(busy, "other")
    assert f'hx-get="/orders/{id}/compliance"' in leader.get("/orders").text
    found = leader.get(f"/orders/{id}/compliance").text
    assert "<td>100 %</td>" in found
    assert "no baseline, 0 valid days." in found
    assert other.get(f"/orders/{id}/compliance").status_code == 404
    assert id not in other.get("/orders").text


@pytest.mark.parametrize("query", ["cursor=%00", "done=%3Cb%3E", "enterprise=nowhere", "district=x&cursor=1"])
def test_a_mangled_address_still_gives_a_page(busy: Place, query: str) -> None:
    assert browser(busy, "leader").get(f"/orders?{query}").status_code == 200
