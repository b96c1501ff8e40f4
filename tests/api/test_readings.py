"""Readings over the API."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.fields import EARLIEST, LATEST, parse_instant
from api.routes.readings import FEWER_ROWS, MOST_ROWS
from core.interval import DAY_MS, MINUTE_MS, to_text
from core.readings import readings
from tests.api.place import Place
from tests.cases import NOON, imbalance

METER, NUMBER = "paint-T1-m", 8


def fill(place: Place, count: int, *, every: int = MINUTE_MS, last: int = NOON) -> None:
    ts = last - every * np.arange(count, 0, -1)
    place.services.series.append(readings(np.full(count, NUMBER), ts, p=np.arange(count, dtype=float)))


def ask(place: Place, **params: object) -> dict[str, Any]:
    answer = place.browser_of("lu").get("/api/v1/readings", params={"meter": METER} | params)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_readings_come_as_they_are_with_their_units(place: Place) -> None:
    fill(place, 3)
    answer = ask(place)
    assert (answer["enterprise"], answer["timezone"], answer["units"]) == (
        "paint",
        "Asia/Shanghai",
        {"p": "kW", "ep": "kWh"},
    )
    assert answer["readings"] == [
        {"at": "2026-03-20T03:57:00Z", "p": 0.0, "ep": None},
        {"at": "2026-03-20T03:58:00Z", "p": 1.0, "ep": None},
        {"at": "2026-03-20T03:59:00Z", "p": 2.0, "ep": None},
    ]


def test_the_last_day_is_given_unless_another_time_is_asked_for(place: Place) -> None:
    fill(place, 3, every=DAY_MS)
    assert len(ask(place)["readings"]) == 1
    assert len(ask(place, **{"from": to_text(NOON - 3 * DAY_MS)})["readings"]) == 3
    assert len(ask(place, **{"from": NOON - 3 * DAY_MS, "to": NOON - 2 * DAY_MS})["readings"]) == 1


def test_only_the_quantities_asked_for_are_given(place: Place) -> None:
    fill(place, 1)
    answer = ask(place, quantity=["ua", "p"])
    assert answer["units"] == {"ua": "V", "p": "kW"}
    assert answer["readings"] == [{"at": "2026-03-20T03:59:00Z", "ua": None, "p": 0.0}]


def test_a_step_gathers_readings_into_buckets(place: Place) -> None:
    fill(place, 30)
    answer = ask(place, step=900, quantity="p", **{"from": NOON - 30 * MINUTE_MS})
    assert (answer["step_s"], answer["readings"]) == (900, [])
    assert answer["buckets"] == {
        "p": [
            {"from_at": "2026-03-20T03:30:00Z", "mean": 7.0, "lowest": 0.0, "highest": 14.0},
            {"from_at": "2026-03-20T03:45:00Z", "mean": 22.0, "lowest": 15.0, "highest": 29.0},
        ]
    }


def test_a_long_time_comes_in_steps_by_itself(place: Place) -> None:
    fill(place, 5)
    answer = ask(place, **{"from": NOON - 30 * DAY_MS})
    assert answer["step_s"] == 1800
    assert 30 * 86_400 / answer["step_s"] <= FEWER_ROWS
    assert len(answer["buckets"]["p"]) == 1


def test_a_meter_that_sent_more_than_it_should_is_bounded_too(place: Place) -> None:
    fill(place, MOST_ROWS + 1, every=1000)
    answer = ask(place)
    assert (answer["step_s"], answer["readings"]) == (60, [])


@pytest.mark.parametrize(
    ("params", "parameter"),
    [
        ({"from": NOON, "to": NOON}, "from"),
        ({"from": NOON + 1}, "from"),
        ({"step": 1, "from": NOON - 30 * DAY_MS}, "step"),
        ({"step": 0}, "step"),
        ({"quantity": "kW"}, "quantity.0"),
    ],
)
def test_what_can_not_be_is_named(place: Place, params: dict[str, object], parameter: str) -> None:
    answer = place.browser_of("lu").get("/api/v1/readings", params={"meter": METER} | params)
    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]


def test_profiles_carry_the_evidence(place: Place) -> None:
    profile = place.browser_of("lu").get("/api/v1/profiles?enterprise=paint").json()
    assert (profile["ratio"], profile["load_class"], profile["flagged"]) == (2.0, "night-heavy", True)
    assert len(profile["profile_kw"]) == 24
    assert profile["screened_at"] == "2026-03-20T04:00:00Z"


def test_what_is_not_a_number_is_null(place: Place) -> None:
    nan = float("nan")
    place.services.focus.save([imbalance("paint", day_kw=nan, ratio=None, profile_kw=(nan,) * 24)], now=NOON)
    profile = place.browser_of("lu").get("/api/v1/profiles?enterprise=paint").json()
    assert (profile["day_kw"], profile["ratio"], profile["profile_kw"]) == (None, None, [None] * 24)


@given(st.integers(EARLIEST, LATEST - 1))
def test_an_instant_reads_the_same_as_text_and_as_milliseconds(at: int) -> None:
    assert parse_instant(to_text(at)) == parse_instant(str(at)) == at


@given(st.text() | st.datetimes().map(str) | st.from_regex(r"\d{4}-\d\d-\d\dT.*"))
def test_any_text_is_an_instant_of_this_century_or_refused(text: str) -> None:
    try:
        at = parse_instant(text)
    except ValueError:
        return
    assert EARLIEST <= at < LATEST
