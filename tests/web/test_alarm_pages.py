"""The list of alarms, the story of one, and taking note of it."""

import re

from core.alarm import State
from core.interval import MINUTE_MS
from core.jurisdiction import CITY
from tests.api.place import Place
from tests.cases import NOON
from tests.web.telling import tell


def test_an_acknowledgement_swaps_the_card_and_names_the_person(place: Place):
    browser = place.browser_of("tian")
    card = browser.post("/alarms/1/acknowledge", headers={"HX-Request": "true"})
    assert card.status_code == 200
    assert 'class="alarm active-acknowledged' in card.text
    assert "<form" not in card.text
    assert "tian" in browser.get("/alarms/1").text


def test_an_acknowledgement_without_scripts_leads_back_to_the_alarm(place: Place):
    browser = place.browser_of("tian")
    token = browser.headers.pop("X-CSRF-Token")
    answer = browser.post("/alarms/1/acknowledge", data={"csrf": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/alarms/1")


def test_an_acknowledgement_without_the_token_is_refused(place: Place):
    browser = place.browser_of("tian")
    del browser.headers["X-CSRF-Token"]
    assert browser.post("/alarms/1/acknowledge").status_code == 403
    assert place.services.alarms.alarm(CITY, 1).alarm.acknowledged_at is None


def test_acknowledging_twice_shows_what_stands(place: Place):
    browser = place.browser_of("tian")
    for _ in range(2):
        card = browser.post("/alarms/1/acknowledge", headers={"HX-Request": "true"})
        assert 'class="alarm active-acknowledged' in card.text


def test_another_districts_alarm_is_not_acknowledged(place: Place):
    assert place.browser_of("tian").post("/alarms/2/acknowledge").status_code == 404
    assert place.services.alarms.alarm(CITY, 2).alarm.acknowledged_at is None


def test_an_acknowledgement_is_in_the_audit_log(place: Place):
    place.browser_of("tian").post("/alarms/1/acknowledge")
    newest = place.services.audit.entries(limit=1).rows[0]
    assert (newest.actor, newest.action, newest.subject) == ("tian", "acknowledge", "alarm 1")


def test_the_list_of_alarms_narrows(place: Place):
    place.record(enterprise="print", subject="print-L1", severity=1, state=State.SUPPRESSED)
    browser = place.browser_of("monitor")

    def shown(query: str) -> list[str]:
        return re.findall(r'class="name" href="/alarms/(\d+)"', browser.get(f"/alarms?{query}").text)

    assert sorted(shown("state=all")) == ["1", "2", "3"]
    assert sorted(shown("")) == ["1", "2"]
    assert shown("state=suppressed") == ["3"]
    assert shown("district=芦淞区") == ["2"]
    assert shown("state=all&severity=3") == []
    assert shown("state=all&first=2026-03-21") == []
    assert len(shown("state=all&first=2026-03-20&last=2026-03-20")) == 3


def headings(page: str) -> list[str]:
    """The parts of a list of alarms and the alarms in them, in order."""
    return re.findall(r'<h2>([^<]+)</h2>|class="name" href="/alarms/(\d+)"', page)


def test_active_alarms_stand_before_newer_ones_that_are_over(place: Place):
    over = {"enterprise": "print", "subject": "print-L1", "since": NOON + MINUTE_MS}
    place.record(at=NOON + 2 * MINUTE_MS, **over)
    place.record(at=NOON + 3 * MINUTE_MS, state=State.NORMAL, **over)
    browser = place.browser_of("tian")
    page = browser.get("/alarms", headers={"Accept-Language": "en"}).text
    assert headings(page) == [("Active now", ""), ("", "1"), ("Over, unacknowledged", ""), ("", "3")]
    browser.post("/alarms/1/acknowledge")
    page = browser.get("/alarms?state=unacknowledged", headers={"Accept-Language": "en"}).text
    assert headings(page) == [("Over, unacknowledged", ""), ("", "3")]
    assert headings(browser.get("/alarms?state=all").text) == [("", "3"), ("", "1")]


def test_older_alarms_of_a_part_are_a_list_of_their_own(place: Place):
    for minute in range(1, 43):
        over = {"enterprise": "print", "subject": "print-L1", "since": NOON + minute * MINUTE_MS}
        place.record(at=NOON + minute * MINUTE_MS, **over)
        place.record(at=NOON + minute * MINUTE_MS + 1, state=State.NORMAL, **over)
    browser = place.browser_of("tian")
    page = browser.get("/alarms").text
    assert page.count("<article") == 1 + 40
    [older] = re.findall(r'href="(/alarms\?state=over&amp;[^"]+)"', page)
    rest = browser.get(older.replace("&amp;", "&")).text
    assert rest.count("<article") == 2
    assert 'href="/alarms?state=open" aria-current' in rest


def test_an_alarm_that_was_over_before_anybody_was_told_says_so(place: Place):
    english = {"Accept-Language": "en"}
    browser = place.browser_of("tian")
    assert "Nobody was told" not in browser.get("/alarms/1/card", headers=english).text
    place.record(at=NOON + MINUTE_MS, state=State.NORMAL)
    assert "Nobody was told" in browser.get("/alarms/1/card", headers=english).text
    tell(place, accepted=False)
    assert "Nobody was told" in browser.get("/alarms/1/card", headers=english).text


def test_an_alarm_that_somebody_was_told_of_does_not_say_otherwise(place: Place):
    tell(place)
    place.record(at=NOON + MINUTE_MS, state=State.NORMAL)
    card = place.browser_of("tian").get("/alarms/1/card", headers={"Accept-Language": "en"}).text
    assert 'class="alarm returned-unacknowledged' in card
    assert "1 notifications accepted" in card
    assert "Nobody was told" not in card


def test_the_story_says_who_was_told_what_and_when(place: Place):
    place.record(at=NOON + MINUTE_MS, severity=3, reason="still without its filter")
    place.record(at=NOON + 2 * MINUTE_MS, state=State.NORMAL, reason="back to normal")
    page = place.browser_of("tian").get("/alarms/1", headers={"Accept-Language": "en"}).text
    story = page[page.index('class="story"') :]
    assert story.index("Alarm</b>") < story.index("Critical</b>") < story.index("Back to normal</b>")
