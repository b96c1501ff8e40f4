"""What late readings changed about an alarm: on its page and over the API."""

import pytest

from core.alarm import TAKEN_BACK, State
from core.interval import HOUR_MS, MINUTE_MS
from core.jurisdiction import CITY
from core.late import Correction, Found, LateNote
from stores.sql.late import SqlLateBook
from tests.api.place import Place
from tests.cases import NOON, transition

SINCE, END = NOON - 3 * HOUR_MS, NOON - 2 * HOUR_MS
NOTE = LateNote("paint", SINCE, NOON, 1, NOON)
STORY = (
    transition(enterprise="paint", subject="paint-L1", since=SINCE, at=SINCE + 5 * MINUTE_MS),
    transition(enterprise="paint", subject="paint-L1", since=SINCE, at=END, state=State.NORMAL),
)
FOUND = Found("interlock", "paint-L1", "paint", SINCE, END, 2, STORY)


def put_right(place: Place) -> int:
    """An alarm that late readings found, and took back later; its number."""
    book = SqlLateBook(place.db)
    book.put_right(NOTE, [Correction(None, FOUND, "found by late readings")], again_at=None, now=NOON)
    (known,) = [row for row in book.recorded("paint", SINCE, END) if row.alarm.since == SINCE]
    book.put_right(NOTE, [Correction(known.alarm, None, TAKEN_BACK)], again_at=None, now=NOON + HOUR_MS)
    return known.alarm.id


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Corrected by late readings", "Known before", "brought it to light", "Taken back:"]),
        ("zh", ["迟到读数更正", "更正前", "由迟到读数发现", "撤回："]),
    ],
)
def test_the_page_of_an_alarm_says_what_was_known_before_what_is_known_now_and_why(place, language, words):
    number = put_right(place)
    browser = place.browser_of("lu")
    browser.headers["Accept-Language"] = language
    page = browser.get(f"/alarms/{number}").text
    assert [word for word in words if word not in page] == []
    assert "&lt;time" not in page


def test_an_alarm_that_nothing_changed_has_no_such_part(place):
    assert 'id="revisions"' not in place.browser_of("lu").get("/alarms/2").text


def test_the_api_lists_revisions_with_instants_the_oldest_first(place):
    number = put_right(place)
    first, second = place.program_of("lu").get(f"/api/v1/alarms/{number}/revisions").json()
    assert first["before"] == {"since": None, "cleared_at": None, "severity": None, "state": None}
    assert (first["after"]["since"], first["after"]["cleared_at"]) == ("2026-03-20T01:00:00Z", "2026-03-20T02:00:00Z")
    assert (first["reason"], second["reason"]) == ("found by late readings", TAKEN_BACK)


def test_another_district_can_not_tell_whether_the_alarm_is_there(place):
    number = put_right(place)
    assert place.program_of("tian").get(f"/api/v1/alarms/{number}/revisions").status_code == 404
    assert place.services.alarms.revisions(CITY, number) != []
