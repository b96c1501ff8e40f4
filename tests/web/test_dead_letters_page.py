"""The page of dead letters: looked for, replayed, let go; and what the overview says of readings that wait."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from core.records import Backlog
from tests.api.place import Place
from tests.api.replaying import replaying
from tests.cases import NOON
from tests.ingest.test_redelivery import Road

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def road(place: Place) -> Iterator[Road]:
    letters = place.services.dead_letters
    letters.put("acrel/A1", b"good", "unknown meter 'A1'", now=NOON)
    letters.put("acrel/A2", b"bad", "unknown meter 'A2'", now=NOON)
    with replaying(place) as made:
        yield made


@pytest.fixture
def browser(place: Place) -> TestClient:
    made = place.browser_of("monitor")
    made.headers.update(ENGLISH)
    return made


def shown(page: str) -> list[str]:
    return re.findall(r'<p class="reason"><b>([^<]*)</b>', page)


def test_letters_are_looked_for_by_text_and_by_reason(browser: TestClient, road: Road):
    assert len(shown(browser.get("/dead-letters").text)) == 3
    assert shown(browser.get("/dead-letters?text=ACREL/a1").text) == ["unknown meter &#39;A1&#39;"]
    page = browser.get("/dead-letters?reason=not+JSON").text
    assert shown(page) == ["not JSON"]
    assert '<option value="not JSON" selected>' in page


def test_nothing_found_says_so_and_offers_all(browser: TestClient, road: Road):
    page = browser.get("/dead-letters?text=zzz").text
    assert "No dead letters like this" in page
    assert "Replay all" not in page


def test_no_letters_at_all_is_good_news(browser: TestClient, place: Place):
    place.services.dead_letters.remove([1])
    page = browser.get("/dead-letters").text
    assert "every message so far was understood" in page
    assert "<select" not in page


def test_all_that_are_found_are_replayed_and_the_page_says_what_came_of_it(browser: TestClient, road: Road):
    answer = browser.post("/dead-letters/replay", data={"text": "acrel", "reason": ""})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/dead-letters?text=acrel&understood=1&refused=1&left=0"
    page = browser.get(answer.headers["location"]).text
    assert "1 understood: their readings are stored. 1 still not understood" in page
    assert shown(page) == ["still bad"]


def test_one_is_replayed_and_the_choice_stays(browser: TestClient, road: Road):
    answer = browser.post("/dead-letters/2/replay", data={"text": "", "reason": "unknown meter 'A1'"})
    assert answer.headers["location"].startswith("/dead-letters?reason=unknown+meter+%27A1%27&understood=1")
    assert road.came == [("acrel/A1", b"good", NOON)]


def test_one_is_let_go(browser: TestClient, road: Road, place: Place):
    answer = browser.post("/dead-letters/2/delete", data={"text": "", "reason": ""})
    assert answer.headers["location"] == "/dead-letters?gone=1"
    assert "The message is deleted" in browser.get("/dead-letters?gone=1").text
    assert place.services.dead_letters.letter(2) is None


@pytest.mark.parametrize("path", ["/dead-letters/99/replay", "/dead-letters/99/delete"])
def test_a_letter_that_somebody_else_dealt_with_is_no_mistake(browser: TestClient, road: Road, path: str):
    assert browser.post(path, data={"text": "x"}).headers["location"] == "/dead-letters?text=x"


@pytest.mark.parametrize("path", ["/dead-letters/replay", "/dead-letters/1/replay", "/dead-letters/1/delete"])
def test_only_a_city_monitor_with_the_token_of_the_page_changes_anything(place: Place, road: Road, path: str):
    assert place.browser_of("tian").post(path, data={}).status_code == 403
    foreign = place.browser_of("monitor")
    del foreign.headers["X-CSRF-Token"]
    assert foreign.post(path, data={"csrf": "0" * 64}).status_code == 403
    assert road.came == []
    assert len(place.services.dead_letters.letters(limit=10).rows) == 3


@pytest.mark.parametrize(
    "query", ["understood=x&refused=-1&left=", "understood=1", f"understood={'9' * 20}&refused=0&left=0"]
)
def test_a_mangled_outcome_is_no_error(browser: TestClient, query: str):
    assert browser.get(f"/dead-letters?{query}").status_code == 200


AWAY = Backlog(1_234_567, 300, 10_000, away="connection refused", since=NOON)


@pytest.mark.parametrize(
    ("backlog", "words"),
    [
        (AWAY, ["has been away since <time", ">12:00</time>", "1,234,567 readings wait", "(3% of its room)"]),
        (replace(AWAY, away=""), ["is back: 1,234,567 readings that waited"]),
        (replace(AWAY, full="the disk is full"), ["no room for more", "away since"]),
        (Backlog(0, 0, 10_000, full="x"), ["no room for more"]),
    ],
)
def test_the_overview_says_that_readings_wait(place: Place, browser: TestClient, backlog: Backlog, words: list[str]):
    place.app.state.services = replace(place.services, backlog=lambda: backlog)
    for address in ("/", "/overview/pulse"):
        page = browser.get(address).text
        for word in words:
            assert word in page, (address, word)
    assert "connection refused" not in page


def test_where_nothing_waits_nothing_is_said(place: Place, browser: TestClient):
    place.app.state.services = replace(place.services, backlog=lambda: Backlog(0, 0, 10_000))
    assert 'class="backlog' not in browser.get("/").text
