"""Trying a limit on the last days, as people do it."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from nightwatt.trials import Trials
from tests.api.place import Place
from tests.api.trying import limit, over, trying

LIMIT = limit()
FORM = LIMIT | {"value": 1.0, "on_delay_s": 300, "off_delay_s": 300, "deadband": 0, "new_severity": 2, "days": 1}


@pytest.fixture
def trials(place: Place) -> Iterator[Trials]:
    with trying(place) as made:
        yield made


@pytest.fixture
def browser(place: Place, trials: Trials) -> TestClient:
    made = place.browser_of("monitor")
    made.headers["Accept-Language"] = "en"
    return made


def test_the_way_leads_from_a_limit_on_the_enterprises_page(browser: TestClient):
    page = browser.get("/enterprises/foundry").text
    found = re.search(r'href="(/backtests/new\?[^"]*side=below[^"]*)"', page)
    assert found
    form = browser.get(found.group(1).replace("&amp;", "&")).text
    assert "湘江铸造" in form
    assert 'name="value" type="number" step="any" required value="2.5"' in form
    assert 'name="meter" value="foundry-T1-m"' in form


def test_who_may_not_back_test_is_not_led_there(place: Place, trials: Trials):
    inspector = place.browser_of("tian")
    assert "/backtests/new" not in inspector.get("/enterprises/foundry").text
    assert inspector.get(f"/backtests/new?{urlencode(LIMIT)}").status_code == 404
    assert inspector.post("/backtests", data=FORM).status_code == 403


def test_another_districts_limit_does_not_exist(place: Place, trials: Trials):
    browser = place.browser_of("other")
    assert browser.get(f"/backtests/new?{urlencode(LIMIT)}").status_code == 404
    assert browser.post("/backtests", data=FORM).status_code == 404


def test_it_is_started_moves_and_shows_both_sides(browser: TestClient, trials: Trials):
    answer = browser.post("/backtests", data=FORM)
    assert answer.status_code == 303
    place_of_it = answer.headers["location"]
    assert place_of_it == "/backtests/1"
    over(trials, 1, by="monitor")
    page = browser.get(place_of_it).text
    assert "not judged yet" in page
    assert "Could not be judged" in page
    assert "≤ 2.50 kW" in page
    assert "hx-trigger" not in browser.get("/backtests/1/progress").text


def test_while_it_is_not_over_the_page_asks_again_and_can_cancel(browser: TestClient, trials: Trials):
    first = trials._thread
    trials._next = lambda: None  # type: ignore[method-assign]  # the queue stands still
    browser.post("/backtests", data=FORM)
    part = browser.get("/backtests/1/progress").text
    assert 'hx-get="/backtests/1/progress" hx-trigger="every 1s"' in part
    assert "<progress" in part
    assert "Waiting for its turn" in part
    assert browser.post("/backtests", data=FORM).headers["location"] == "/backtests/1?busy=1"
    assert "not over yet" in browser.get("/backtests/1?busy=1").text
    assert "not over yet" in browser.get(f"/backtests/new?{urlencode(LIMIT)}").text
    assert browser.post("/backtests/1/cancel").headers["location"] == "/backtests/1"
    assert "Cancelled" in browser.get("/backtests/1").text
    assert first.is_alive()


def test_nobody_elses_is_shown(place: Place, browser: TestClient, trials: Trials):
    browser.post("/backtests", data=FORM)
    other = place.browser_of("leader")
    for path in ("/backtests/1", "/backtests/1/progress", "/backtests/99", f"/backtests/{9**30}"):
        assert other.get(path).status_code == 404
    assert other.post("/backtests/1/cancel").status_code == 404


@pytest.mark.parametrize("wrong", [{"value": "much"}, {"on_delay_s": "-1"}, {"days": "1000"}, {"meter": "x" * 300}])
def test_what_the_form_can_not_hold_is_refused(browser: TestClient, wrong: dict[str, str]):
    assert browser.post("/backtests", data=FORM | wrong).status_code == 422


def test_without_the_token_of_the_page_nothing_starts(browser: TestClient, trials: Trials):
    del browser.headers["X-CSRF-Token"]
    assert browser.post("/backtests", data=FORM | {"csrf": "0" * 64}).status_code == 403
    assert trials.latest(by="monitor") is None
