"""What stations say of their facilities, as programs see it."""

from core.facility_state import FacilityState, Running
from tests.api.place import Place
from tests.cases import NOON


def report(place: Place, *states: Running, facility: str = "SB1", station: str = "SN-foundry-T1") -> None:
    rows = [FacilityState(station, facility, state, NOON + i * 60_000) for i, state in enumerate(states)]
    place.services.states.record(rows, now=NOON)


def test_the_newest_state_of_every_facility_is_listed_with_how_long_it_lasted(place: Place) -> None:
    report(place, Running.OFF, Running.BLOW_BACK, Running.BLOW_BACK)
    report(place, Running.ON, facility="SB2")
    report(place, Running.ON, station="elsewhere")
    answer = place.browser_of("tian").get("/api/v1/facility-states?enterprise=foundry").json()
    first = {
        "enterprise": "foundry",
        "station": "SN-foundry-T1",
        "facility": "SB1",
        "state": "blow-back",
        "since": "2026-03-20T04:01:00Z",
        "seen_at": "2026-03-20T04:02:00Z",
    }
    assert answer["rows"][0] == first
    assert [(row["facility"], row["state"]) for row in answer["rows"]] == [("SB1", "blow-back"), ("SB2", "on")]
    assert answer["cursor"] is None


def test_the_list_comes_in_pages(place: Place) -> None:
    for number in range(3):
        report(place, Running(number), facility=f"SB{number}")
    browser, cursor, found = place.browser_of("monitor"), "", []
    for _ in range(3):
        page = browser.get(f"/api/v1/facility-states?enterprise=foundry&limit=1{cursor}").json()
        found += [row["facility"] for row in page["rows"]]
        cursor = f"&cursor={page['cursor']}"
    assert found == ["SB0", "SB1", "SB2"]
    assert cursor == "&cursor=None"


def test_a_wrong_question_is_a_problem_that_says_so(place: Place) -> None:
    browser = place.browser_of("tian")
    assert browser.get("/api/v1/facility-states").status_code == 422
    assert browser.get("/api/v1/facility-states?enterprise=foundry&cursor=x").status_code == 422
    assert browser.get("/api/v1/facility-states?enterprise=paint").status_code == 404


def test_every_state_has_a_word(place: Place) -> None:
    for state in Running:
        report(place, state, facility=f"SB{int(state)}")
    rows = place.browser_of("tian").get("/api/v1/facility-states?enterprise=foundry").json()["rows"]
    assert [row["state"] for row in rows] == ["off", "on", "calibrating", "maintenance", "alarm", "blow-back"]
