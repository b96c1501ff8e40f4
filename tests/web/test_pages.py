"""The pages as people of both roles get them."""

import re
from dataclasses import replace

import pytest

from api.web import overview
from core.alarm import State
from core.interval import DAY_MS, HOUR_MS, MINUTE_MS
from core.jurisdiction import CITY
from core.readings import readings
from core.registry import Registry
from tests.api.place import Place
from tests.cases import ENTERPRISES, NOON, city, facilities_of, imbalance, meters_of
from tests.web.telling import tell

PAGES = ("/", "/focus", "/enterprises", "/enterprises/foundry", "/alarms", "/alarms?state=all", "/alarms/1")
PIECES = ("/overview/pulse", "/overview/districts", "/overview/told", "/alarms/1/card")
SHARP = '<script>alert("x")</script>'


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("username", ["monitor", "tian"])
@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_shown_to_both_roles_in_both_languages(still: Place, address: str, username: str, language: str):
    page = still.browser_of(username).get(address, headers={"Accept-Language": language})
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert "湘江铸造" in page.text
    assert len(page.content) < 100_000


@pytest.mark.parametrize("address", PIECES)
def test_a_piece_is_no_whole_page(still: Place, address: str):
    piece = still.browser_of("tian").get(address)
    assert piece.status_code == 200
    assert "<html" not in piece.text


@pytest.mark.parametrize("address", ["/enterprises/paint", "/enterprises/none", "/alarms/2", "/alarms/999"])
def test_another_districts_rows_look_like_rows_that_do_not_exist(still: Place, address: str):
    browser = still.browser_of("tian")
    page = browser.get(address, headers={"Accept": "text/html"})
    assert page.status_code == 404
    unknown = browser.get(f"{address}000", headers={"Accept": "text/html"})
    assert page.text == unknown.text.replace(f"{address}000", address)


@pytest.mark.parametrize("address", ["/", "/focus", "/enterprises", "/alarms?state=all", "/alarms?district=芦淞区"])
def test_nothing_of_another_district_is_on_an_inspectors_lists(still: Place, address: str):
    assert "芦淞涂装" in still.browser_of("monitor").get("/enterprises").text
    assert "芦淞涂装" not in still.browser_of("tian").get(address).text


def test_dead_letters_are_for_city_monitors(still: Place):
    page = still.browser_of("monitor").get("/dead-letters").text
    assert "not JSON" in page
    assert "ff 7b" in page
    assert still.browser_of("tian").get("/dead-letters").status_code == 404
    assert "/dead-letters" not in still.browser_of("tian").get("/").text


def test_an_alarm_number_too_large_for_a_database_is_not_found(still: Place):
    assert still.browser_of("tian").get(f"/alarms/{2**70}").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/alarms?cursor=nonsense",
        "/alarms?severity=x&first=y&last=9999-12-31&state=?",
        "/focus?start=-1",
        "/focus?start=99999999999",
        "/enterprises?cursor=x&search=%25_'",
        "/dead-letters?cursor=x",
    ],
)
def test_a_mangled_address_still_gives_a_page(still: Place, address: str):
    assert still.browser_of("monitor").get(address).status_code == 200


def test_names_from_outside_are_escaped_everywhere(place: Place):
    sharp = replace(ENTERPRISES[0], id='s"><', name=SHARP, township=SHARP, contact=SHARP, industry=SHARP)
    place.services.registry.save(
        Registry(enterprises=(sharp,), facilities=facilities_of(sharp.id)[:1], meters=meters_of(sharp.id)[:1]),
        by="test",
        now=NOON,
    )
    place.services.focus.save([imbalance(sharp.id, remark=SHARP)], now=NOON)
    place.services.dead_letters.put(SHARP, SHARP.encode(), SHARP, now=NOON)
    place.record(
        enterprise=sharp.id,
        subject=SHARP,
        rule=SHARP,
        reason=SHARP,
        evidence={SHARP: SHARP, "running": [{"name": SHARP}]},
    )
    browser = place.browser_of("monitor")
    number = browser.get("/alarms").text.split("/alarms/")[1:]
    newest = max(int(re.match(r"\d+", part)[0]) for part in number if re.match(r"\d+", part))
    for address in ("/", "/focus", "/enterprises", "/enterprises/s%22%3E%3C", f"/alarms/{newest}", "/dead-letters"):
        page = browser.get(address)
        assert page.status_code == 200
        assert "&lt;script&gt;" in page.text
        assert "<script>alert" not in page.text


def test_the_enterprise_page_tells_what_runs(place: Place):
    meters = city().meters
    numbers = [n for n, meter in enumerate(meters) if meter.facility.startswith("foundry-")]
    place.services.series.append(readings(numbers, [NOON - MINUTE_MS] * 3, p=[100.0, 80.0, 1.0]))
    page = place.browser_of("tian").get("/enterprises/foundry", headers={"Accept-Language": "en"}).text
    assert re.findall(r'class="facility (\w+ \w+)"', page) == [
        "feeder unknown",
        "production running",
        "treatment stopped",
    ]
    assert "80.0 kW" in page


def test_the_share_of_publishing_meters_counts_the_scope_only(place: Place):
    numbers = [n for n, meter in enumerate(city().meters) if meter.facility.startswith(("foundry", "paint"))]
    place.services.series.append(readings(numbers, [NOON - 20 * MINUTE_MS] * len(numbers), p=[1.0] * len(numbers)))
    page = place.browser_of("tian").get("/overview/pulse", headers={"Accept-Language": "en"}).text
    assert "1 online · 5 silent" in page  # of 20 minutes' silence only the quarter-hourly feeder is excused


def test_empty_places_say_what_comes_there(place: Place):
    place.services.focus.save([], now=NOON + HOUR_MS)
    browser = place.browser_of("lu")
    browser.post("/alarms/2/acknowledge")
    english = {"Accept-Language": "en"}
    assert "No enterprise is flagged now" in browser.get("/focus", headers=english).text
    assert "No alarms like this" in browser.get("/alarms?state=unacknowledged", headers=english).text
    assert "Nothing sent so far" in browser.get("/", headers=english).text
    assert "No enterprise found" in browser.get("/enterprises?search=zzz", headers=english).text
    assert "Not screened yet" in place.browser_of("tian").get("/enterprises/print", headers=english).text


def test_an_inspector_without_a_district_gets_guidance_and_no_error(place: Place):
    place.users["tian"] = place.services.accounts.add_user(
        "new", "x", name="new", role=place.users["tian"].role, district=None, now=NOON
    )
    browser = place.browser_of("tian")
    assert "No enterprises in your jurisdiction" in browser.get("/", headers={"Accept-Language": "en"}).text
    for address in ("/focus", "/enterprises", "/alarms"):
        assert browser.get(address).status_code == 200


def calm_page(place: Place) -> str:
    for number in (1, 2):
        alarm = place.services.alarms.alarm(CITY, number).alarm
        over = {"at": NOON + MINUTE_MS, "state": State.NORMAL, "since": alarm.since}
        place.record(enterprise=alarm.enterprise, subject=alarm.subject, **over)
    return place.browser_of("monitor").get("/", headers={"Accept-Language": "en"}).text


def test_a_city_without_alarms_is_calm(place: Place):
    numbers = range(len(city().meters))
    place.services.series.append(readings(list(numbers), [NOON] * len(numbers), p=[1.0] * len(numbers)))
    page = calm_page(place)
    assert "Treatment runs wherever production runs" in page
    assert 'data-alarm="1"' in page  # over, but still listed
    assert 'data-waiting="0"' in page


def test_silent_meters_are_not_taken_for_calm(place: Place):
    page = calm_page(place)
    assert "9 meters are silent" in page
    assert "Treatment runs wherever" not in page


def test_limits_and_filings_of_an_enterprise_name_its_facilities(place: Place):
    fan = replace(facilities_of("foundry")[2], name="布袋除尘风机")
    place.services.registry.save(replace(city(), facilities=(fan,)), by="test", now=NOON)
    page = place.browser_of("tian").get("/enterprises/foundry").text
    assert '<span title="foundry-T1">布袋除尘风机</span>' in page[page.index('id="filings"') :]
    assert page.count('<span title="foundry-T1-m">布袋除尘风机 <small>') == 2


def told_tile(place: Place) -> tuple[str, str]:
    """What the head of the overview says of messages: the figure and the note."""
    page = place.browser_of("monitor").get("/overview/pulse", headers={"Accept-Language": "en"}).text
    return re.findall(r'Told in 24 hours</h2>\s*<p class="figure">([^<]*)</p>\s*<p class="note">([^<]*)</p>', page)[0]


def test_a_count_of_messages_that_stops_early_says_that_there_may_be_more(
    place: Place, monkeypatch: pytest.MonkeyPatch
):
    assert tell(place) == 2
    assert told_tile(place) == ("2", "messages accepted by phones")
    monkeypatch.setattr(overview, "COUNTED", 2)
    assert told_tile(place) == ("2+", "messages accepted by phones")
    place.clocks.wall += DAY_MS + 1
    assert told_tile(place) == ("0", "messages accepted by phones")


def test_the_last_messages_name_what_they_were_about(place: Place):
    tell(place)
    page = place.browser_of("tian").get("/overview/told", headers={"Accept-Language": "en"}).text
    assert '<small title="foundry-L1">Production on, treatment off · 一号线</small>' in page
