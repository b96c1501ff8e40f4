"""Profiles computed on demand from the stored readings."""

from collections.abc import Mapping
from typing import Any

import httpx
import numpy as np
import pytest

from api.routes.profiles import MOST_DAYS
from core.interval import DAY_MS, HOUR_MS, to_text
from core.readings import readings
from tests.api.place import Place
from tests.cases import NOON

FEEDER = 6
"""Number of the paint shop's feeder meter, which reports each quarter of an hour."""

MIDNIGHT = NOON - 12 * HOUR_MS
WEEK = {"from": MIDNIGHT - 7 * DAY_MS, "to": MIDNIGHT}
QUARTER_MS = 15 * 60_000


def work(place: Place, *, night_kw: float, day_kw: float, meter: int = FEEDER) -> None:
    """A week before midnight in Shanghai; the night is 22:00–06:00."""
    ts = np.arange(WEEK["from"] - DAY_MS, WEEK["to"] + DAY_MS, QUARTER_MS)
    hour = (ts + 8 * HOUR_MS) // HOUR_MS % 24
    kw = np.where((hour < 6) | (hour >= 22), night_kw, day_kw)
    place.services.series.append(readings(np.full(len(ts), meter), ts, p=kw))


def ask(
    place: Place, *, by: str = "lu", enterprise: str = "paint", span: Mapping[str, object] = WEEK
) -> httpx.Response:
    params = {"enterprise": enterprise, **span}
    answer: httpx.Response = place.browser_of(by).get("/api/v1/profiles", params=params)
    return answer


def told(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_profile_is_computed_from_the_readings_of_the_time_asked_for(place: Place) -> None:
    work(place, night_kw=60, day_kw=20)
    profile = told(ask(place))
    # Where the load steps, the trapezoid gives each window a little of the other.
    assert profile["ratio"] == pytest.approx(3, abs=0.1)
    assert (profile["load_class"], profile["flagged"], profile["valid_days"]) == ("night-heavy", True, 6)
    assert (profile["from_at"], profile["to_at"]) == (to_text(WEEK["from"]), to_text(WEEK["to"]))
    assert profile["screened_at"] == to_text(NOON)
    assert profile["profile_kw"][12] == pytest.approx(20)
    assert profile["profile_kw"][2] == pytest.approx(60)


def test_another_enterprises_load_is_left_out(place: Place) -> None:
    work(place, night_kw=60, day_kw=20)
    work(place, night_kw=1, day_kw=500, meter=0)
    assert told(ask(place))["load_class"] == "night-heavy"
    assert told(ask(place, by="monitor", enterprise="foundry"))["load_class"] == "day-heavy"


def test_without_a_time_the_screenings_newest_result_is_given(place: Place) -> None:
    work(place, night_kw=10, day_kw=90)
    screened = told(place.browser_of("lu").get("/api/v1/profiles?enterprise=paint"))
    assert (screened["ratio"], screened["load_class"]) == (2.0, "night-heavy")
    assert told(ask(place))["load_class"] == "day-heavy"


def test_without_an_end_the_time_reaches_to_now(place: Place) -> None:
    profile = told(place.browser_of("lu").get(f"/api/v1/profiles?enterprise=paint&from={WEEK['from']}"))
    assert profile["to_at"] == to_text(NOON)


def test_too_few_readings_prove_nothing(place: Place) -> None:
    profile = told(ask(place))
    assert (profile["load_class"], profile["ratio"], profile["night_kw"]) == ("insufficient", None, None)
    assert profile["profile_kw"] == [None] * 24


def test_another_districts_profile_is_answered_like_one_that_does_not_exist(place: Place) -> None:
    foreign, unknown = ask(place, enterprise="foundry"), ask(place, enterprise="nowhere")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.content == unknown.content


@pytest.mark.parametrize(
    "params",
    [
        {"from": NOON, "to": NOON},
        {"from": NOON - (MOST_DAYS + 1) * DAY_MS, "to": NOON},
        {"from": "yesterday"},
    ],
)
def test_a_time_that_can_not_be_is_refused(place: Place, params: dict[str, object]) -> None:
    answer = ask(place, span=params)
    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.json()["errors"]] == ["from"]


def test_an_end_needs_a_beginning(place: Place) -> None:
    answer = place.browser_of("lu").get(f"/api/v1/profiles?enterprise=paint&to={NOON}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "from"


def test_four_hundred_days_may_be_asked_for(place: Place) -> None:
    work(place, night_kw=60, day_kw=20)
    assert told(ask(place, span={"from": NOON - MOST_DAYS * DAY_MS, "to": NOON}))["load_class"] == "night-heavy"


def test_a_store_that_is_away_is_said_to_be(place: Place) -> None:
    place.services.series.away = True  # type: ignore[attr-defined]
    assert ask(place).status_code == 503


def test_the_description_tells_of_the_time(place: Place) -> None:
    call = place.client().get("/openapi.json").json()["paths"]["/api/v1/profiles"]["get"]
    assert {"enterprise", "from", "to"} == {parameter["name"] for parameter in call["parameters"]}
    assert "400 days" in call["description"]
