"""The page of filings: entered, decided, and refused in words."""

import re

import pytest
from starlette.testclient import TestClient

from core.interval import HOUR_MS
from tests.api.measuring import at, busy, filed
from tests.api.place import Place

__all__ = ["busy"]

FORM = {"enterprise": "foundry", "kind": "shutdown", "start": "2026-03-20T13:00", "end": "2026-03-20T21:00"}


def browser(busy: Place, who: str, language: str = "en") -> TestClient:
    made = busy.browser_of(who)
    made.headers.update({"Accept-Language": language})
    return made


def test_a_filing_is_entered_in_the_enterprises_local_time(busy: Place) -> None:
    tian = browser(busy, "tian")
    answer = tian.post("/filings", data=FORM | {"facilities": " foundry-P1  foundry-T1", "reason": "放假"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/filings?done=file")
    page = tian.get(answer.headers["location"]).text
    assert "waits for a decision" in page
    assert "foundry-P1, foundry-T1" in page
    [made] = tian.get("/api/v1/filings?status=pending").json()["rows"]
    assert (made["from_at"], made["to_at"], made["applicant"]) == (at(1), at(9), "tian")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"end": "2026-03-20T12:59"}, "Check the end"),
        ({"start": "2026-03-18T08:00"}, "Check the start"),
        ({"start": "soon"}, "Check the start"),
        ({"facilities": "paint-P1"}, "Name the enterprise&#39;s own facilities"),
        ({"kind": "nap"}, "Choose one of the kinds"),
    ],
)
def test_what_can_not_be_taken_comes_back_as_entered_with_what_to_mend(
    busy: Place, changed: dict[str, str], words: str
) -> None:
    answer = browser(busy, "tian").post("/filings", data=FORM | {"reason": "<b>why</b>"} | changed)
    assert answer.status_code == 422
    assert words in answer.text.replace("&#x27;", "&#39;") or words.replace("&#39;", "'") in answer.text
    assert 'value="&lt;b&gt;why&lt;/b&gt;"' in answer.text
    assert 'value="foundry"' in answer.text


def test_it_is_decided_with_a_reason_and_shows_what_each_may_do(busy: Place) -> None:
    id = filed(busy)
    assert "/approve" not in browser(busy, "tian").get("/filings").text
    assert f"/filings/{id}/withdraw" in browser(busy, "tian").get("/filings").text
    leader = browser(busy, "leader")
    assert f"/filings/{id}/approve" in leader.get("/filings?status=pending").text
    assert leader.post(f"/filings/{id}/reject", data={"reason": ""}).status_code == 422
    assert leader.post(f"/filings/{id}/approve").headers["location"] == "/filings?done=approve"
    page = leader.get("/filings").text
    assert f"/filings/{id}/revoke" in page
    assert "foundry-T1 2026-03: 10 of 72 h filed" in page
    again = leader.post(f"/filings/{id}/approve")
    assert again.status_code == 409
    assert "This was not done." in again.text


def test_an_overdue_filing_is_marked(busy: Place) -> None:
    filed(busy, **{"from": at(-3)})
    page = browser(busy, "leader", "zh").get("/filings").text
    assert "事后补报" in page
    assert "其中 1 份" in page


def test_nothing_of_another_district_is_on_the_page_or_can_be_decided(busy: Place) -> None:
    id, other = filed(busy), browser(busy, "other")
    page = other.get("/filings").text
    assert re.findall(r"<code>([^<]*)</code>", page) == ["filing-2"]
    assert "foundry" not in page
    foreign, unknown = (other.post(f"/filings/{x}/reject", data={"reason": "x"}) for x in (id, "B-0"))
    assert foreign.status_code == unknown.status_code == 404
    assert other.post("/filings", data=FORM).status_code == 404


def test_the_token_of_the_page_is_needed(busy: Place) -> None:
    foreign = browser(busy, "tian")
    del foreign.headers["X-CSRF-Token"]
    assert foreign.post("/filings", data=FORM | {"csrf": "0" * 64}).status_code == 403


@pytest.mark.parametrize("query", ["status=x&cursor=%00", "cursor=-1", "done=%3Cb%3E", "enterprise=nowhere"])
def test_a_mangled_address_still_gives_a_page(busy: Place, query: str) -> None:
    assert browser(busy, "leader").get(f"/filings?{query}").status_code == 200


def test_the_enterprise_page_has_its_filings_and_orders(busy: Place) -> None:
    filed(busy, **{"from": at(-3)})
    busy.clocks.city += HOUR_MS
    page = browser(busy, "leader").get("/enterprises/foundry").text
    assert "Filings and orders" in page
    assert "No orders." in page
    assert "overdue" in page
    assert "Window" in browser(busy, "other").get("/enterprises/paint").text
