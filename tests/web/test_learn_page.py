"""The page of a facility's thresholds: what was learnt, why, and setting it."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from analytics.backtests import Backtest, Wanted
from core.errors import NotAllowed
from core.interval import DAY_MS
from core.jurisdiction import Role
from tests.api.place import Place
from tests.api.test_parameters import Held, add, month_of
from tests.cases import NOON

PAGE = "/facilities/foundry-T1/learn"
FORM = {"on_kw": "3.5", "off_kw": "2", "reason": "learnt from March", "effective": ""}


def english(client: TestClient) -> TestClient:
    client.headers.update({"Accept-Language": "en"})
    return client


@pytest.fixture
def held(place: Place) -> Held:
    series = Held(month_of(place.services.registry.load().meter_number["foundry-T1-m"], 30.0))
    place.app.state.services = replace(place.services, series=series)
    return series


@pytest.fixture
def admin(place: Place, held: Held) -> TestClient:
    return english(add(place, "admin", Role.CITY_ADMINISTRATOR))


def test_the_page_shows_the_proposal_beside_todays_value_and_why(admin: TestClient) -> None:
    page = admin.get(PAGE).text
    assert "foundry-T1: when does it run?" in page
    assert "5.00 kW" in page  # today
    assert "clearly apart" in page
    assert "decades apart" in page
    assert "60.0 kW" in page  # today's limit from above
    assert page.count('<line class="on"') == page.count('<line class="off"') == page.count('<line class="today"') == 1
    assert 'name="on_kw" inputmode="decimal" required maxlength="40" value="3.' in page
    assert "Nothing was changed yet" in page


def test_in_chinese_there_is_no_english(place: Place, held: Held) -> None:
    page = place.browser_of("monitor").get(PAGE).text
    assert "分界清楚" in page
    assert "数量级" in page
    for word in ("clearly", "Median", "decades", "learn."):
        assert word not in page


def test_applying_sets_the_thresholds_and_the_version_is_shown(place: Place, admin: TestClient) -> None:
    answer = admin.post(PAGE, data=FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/facilities/foundry-T1/learn?done=now")
    facility = place.services.registry.load().facility("foundry-T1")
    assert (facility.on_kw, facility.off_kw) == (3.5, 2)
    page = admin.get(answer.headers["location"]).text
    assert "set and in force" in page
    assert "learnt from March" in page
    assert "on above (kW) <b>3.5</b>" in page


def test_a_time_to_come_is_read_in_the_enterprises_zone(place: Place, admin: TestClient) -> None:
    answer = admin.post(PAGE, data=FORM | {"effective": "2026-03-21T12:00"})
    assert answer.headers["location"].endswith("?done=later")
    registry = place.services.registry
    assert registry.load().facility("foundry-T1").on_kw == 5
    assert registry.load(NOON + DAY_MS).facility("foundry-T1").on_kw == 3.5
    page = admin.get(answer.headers["location"]).text
    assert "to come" in page
    assert "take effect by themselves" in page


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"on_kw": "much"}, "The on-threshold is a power"),
        ({"off_kw": "inf"}, "The off-threshold is a power"),
        ({"on_kw": "1", "off_kw": "2"}, "between 0 and it"),
        ({"on_kw": "0", "off_kw": "0"}, "between 0 and it"),
        ({"reason": "  "}, "Say why"),
        ({"effective": "soon"}, "From when on?"),
        ({"effective": "1066-10-14T09:00"}, "From when on?"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    place: Place, admin: TestClient, changed: dict[str, str], words: str
) -> None:
    typed = FORM | {"reason": "because <b>I</b> say so"} | changed
    answer = admin.post(PAGE, data=typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'aria-invalid="true"' in answer.text
    if typed["reason"].strip():
        assert "because &lt;b&gt;I&lt;/b&gt; say so" in answer.text
    assert place.services.registry.version() == 1


def test_others_see_the_page_without_the_form_and_may_not_send_it(place: Place, held: Held) -> None:
    monitor = english(place.browser_of("monitor"))
    page = monitor.get(PAGE).text
    assert "A city administrator can apply this" in page
    assert 'name="reason"' not in page
    assert '<form class="apply"' not in english(place.browser_of("tian")).get(PAGE).text
    assert monitor.post(PAGE, data=FORM).status_code == 403
    assert place.services.registry.version() == 1


def test_another_districts_facility_does_not_exist(place: Place, held: Held) -> None:
    lu = english(place.browser_of("lu"))
    assert lu.get(PAGE).status_code == lu.get("/facilities/nowhere/learn").status_code == 404
    assert lu.post(PAGE, data=FORM).status_code == 404
    assert held.scans == 0


def test_while_the_readings_are_away_the_form_still_works(held: Held, admin: TestClient) -> None:
    held.away = True
    page = admin.get(PAGE).text
    assert '<svg class="histogram"' not in page
    assert 'value="5"' in page
    assert admin.post(PAGE, data=FORM).status_code == 303


def test_a_facility_that_taught_nothing_says_what_is_missing(admin: TestClient) -> None:
    page = admin.get("/facilities/foundry-P1/learn").text
    assert "There are no sound readings" in page
    assert "a person must decide" in page


def test_the_enterprise_page_leads_here(admin: TestClient) -> None:
    page = admin.get("/enterprises/foundry").text
    assert 'href="/facilities/foundry-T1/learn"' in page
    assert 'href="/facilities/foundry-F/learn"' not in page


class Queue:
    """Takes back-tests and leaves them waiting, one a person."""

    def __init__(self) -> None:
        self.held: list[Backtest] = []

    def start(self, wanted: Wanted, *, by: str, now: int) -> Backtest:
        if self.latest(by=by):
            raise NotAllowed("the last one is not over")
        self.held.append(Backtest(len(self.held) + 1, by, wanted, now))
        return self.held[-1]

    def get(self, id: int, *, by: str) -> Backtest | None:
        return next((row for row in self.held if (row.id, row.by) == (id, by)), None)

    def latest(self, *, by: str) -> Backtest | None:
        return next((row for row in reversed(self.held) if row.by == by), None)

    def cancel(self, id: int, *, by: str) -> bool:
        return False


@pytest.fixture
def queue(place: Place, held: Held) -> Queue:
    made = Queue()
    place.app.state.services = replace(place.app.state.services, backtests=made)
    return made


def test_the_typed_values_are_tried_on_the_last_month_and_nothing_is_set(
    place: Place, queue: Queue, admin: TestClient
) -> None:
    answer = admin.post(f"{PAGE}/try", data=FORM | {"reason": ""})
    assert answer.headers["location"] == "/facilities/foundry-T1/learn?test=1#tried"
    wanted = queue.held[0].wanted
    ((old, new),) = wanted.facilities
    assert (wanted.days, wanted.enterprises) == (30, frozenset({"foundry"}))
    assert (old.on_kw, new.on_kw, new.off_kw) == (5, 3.5, 2)
    assert 'hx-get="/backtests/1/progress"' in admin.get("/facilities/foundry-T1/learn?test=1").text
    assert place.services.registry.version() == 1
    assert admin.post(f"{PAGE}/try", data=FORM).headers["location"] == "/backtests/1?busy=1"


def test_what_can_not_be_tried_is_said(queue: Queue, admin: TestClient, place: Place) -> None:
    assert admin.post(f"{PAGE}/try", data=FORM | {"on_kw": "x"}).status_code == 422
    assert english(place.browser_of("lu")).post(f"{PAGE}/try", data=FORM).status_code == 404
    assert english(place.browser_of("tian")).post(f"{PAGE}/try", data=FORM).status_code == 403
    assert queue.held == []
