"""The screening's lists over HTTP."""

import pytest

from core.interval import DAY_MS
from core.screening import Finding, Judgement, Period, ScreeningList
from tests.api.place import Place
from tests.cases import NOON

SHARE = ScreeningList.NIGHT_SHARE


def found(enterprise: str, judgement: Judgement = Judgement.FLAGGED, *, value: float | None = 0.8) -> Finding:
    return Finding(SHARE, enterprise, enterprise, value, 0.6, judgement, "", "", {"days": ["2026-03-18"]})


@pytest.fixture
def screened(place: Place) -> Place:
    """Two running periods a fortnight apart: the foundry stays flagged, the print works are no longer."""
    for end, rows in (
        (NOON - 14 * DAY_MS, [found("foundry"), found("print")]),
        (NOON, [found("foundry"), found("print", Judgement.NORMAL, value=0.3), found("paint", value=0.7)]),
    ):
        place.services.screenings.save(Period(end - 15 * DAY_MS, end), rows, day=str(end), now=end)
    return place


def rows(place: Place, query: str, username: str = "monitor") -> list[tuple[str, str | None, int]]:
    answer = place.browser_of(username).get(f"/api/v1/screening?list=night-share{query}")
    assert answer.status_code == 200
    return [(row["enterprise"], row["change"], row["periods"]) for row in answer.json()["rows"]]


def test_a_list_says_what_changed(screened: Place) -> None:
    assert rows(screened, "") == [("foundry", "persistent", 2), ("paint", "new", 1), ("print", "gone", 0)]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("&compare=new", ["paint"]),
        ("&compare=gone", ["print"]),
        ("&judgement=flagged", ["foundry", "paint"]),
        ("&enterprise=foundry", ["foundry"]),
        ("&district=芦淞区", ["paint"]),
        ("&limit=1", ["foundry"]),
    ],
)
def test_a_list_is_narrowed_by(screened: Place, query: str, wanted: list[str]) -> None:
    assert [name for name, _, _ in rows(screened, query)] == wanted


def test_an_inspector_sees_the_own_district_only(screened: Place) -> None:
    assert [name for name, _, _ in rows(screened, "", "lu")] == ["paint"]


def test_a_list_of_another_name_and_a_period_that_was_not_screened_are_refused(screened: Place) -> None:
    browser = screened.browser_of("monitor")
    assert browser.get("/api/v1/screening?list=luck").status_code == 422
    assert browser.get("/api/v1/screening?period=1999-01").status_code == 422


def test_before_the_first_screening_the_lists_are_empty(place: Place) -> None:
    assert rows(place, "") == []


def test_the_periods_are_listed(screened: Place) -> None:
    (row,) = screened.browser_of("monitor").get("/api/v1/screening/periods").json()
    assert (row["name"], row["stale"]) == ("running", False)
