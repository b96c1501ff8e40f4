"""An inspector can't see, count or guess what another district has."""

import httpx
import pytest
from starlette.testclient import TestClient

from core.jurisdiction import Role
from core.readings import readings
from tests.api.place import Place
from tests.cases import NOON

ONE = [
    "/enterprises/{enterprise}",
    "/readings?meter={enterprise}-T1-m",
    "/profiles?enterprise={enterprise}",
    "/alarms/{alarm}",
    "/transitions?alarm={alarm}",
    "/notifications?alarm={alarm}",
    "/facility-states?enterprise={enterprise}",
]
"""Paths for one thing, which belongs to the enterprise."""

MANY = [
    "/enterprises",
    "/lines",
    "/facilities",
    "/meters",
    "/focus-list",
    "/alarms",
    "/transitions",
    "/thresholds",
    "/filings",
]
"""Lists; every row names its enterprise."""

ALARMS = {"foundry": 1, "paint": 2}


def get(client: TestClient, path: str, enterprise: str, alarm: int | None = None) -> httpx.Response:
    filled = path.format(enterprise=enterprise, alarm=ALARMS.get(enterprise) if alarm is None else alarm)
    answer: httpx.Response = client.get(f"/api/v1{filled}")
    return answer


@pytest.mark.parametrize("path", ONE)
def test_another_districts_thing_is_answered_like_one_that_does_not_exist(place: Place, path: str) -> None:
    place.services.series.append(readings([5], [NOON - 1], p=[1.0]))
    inspector = place.browser_of("lu")
    own = get(inspector, path, "paint")
    foreign, unknown = get(inspector, path, "foundry"), get(inspector, path, "nowhere", alarm=4711)
    assert own.status_code == 200
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.content == unknown.content
    assert get(place.browser_of("monitor"), path, "foundry").status_code == 200


def test_another_districts_alarm_can_not_be_acknowledged(place: Place) -> None:
    inspector = place.browser_of("lu")
    foreign, unknown = (inspector.post(f"/api/v1/alarms/{id}/acknowledge") for id in (1, 4711))
    assert foreign.status_code == 404
    assert foreign.content == unknown.content
    assert place.browser_of("monitor").get("/api/v1/alarms/1").json()["state"] == "active-unacknowledged"


@pytest.mark.parametrize("path", MANY)
def test_lists_hold_the_rows_of_the_callers_districts_only(place: Place, path: str) -> None:
    seen = {name: owners(place.browser_of(name), path) for name in ("tian", "lu", "monitor")}
    assert seen["lu"] == {"paint"}
    assert "foundry" in seen["tian"] <= {"foundry", "print"}
    assert seen["monitor"] == seen["tian"] | seen["lu"]


@pytest.mark.parametrize("path", [path for path in MANY if path != "/transitions"])
def test_asking_for_another_district_or_enterprise_by_name_gives_nothing(place: Place, path: str) -> None:
    inspector = place.browser_of("lu")
    assert owners(inspector, f"{path}?district=天元区") == set()
    assert owners(inspector, f"{path}?district=芦淞区") == {"paint"}
    if path != "/enterprises":
        assert owners(inspector, f"{path}?enterprise=foundry") == set()


def test_an_inspector_without_a_district_sees_nothing(place: Place) -> None:
    place.users["lost"] = place.services.accounts.add_user(
        "lost", "no password", name="lost", role=Role.INSPECTOR, district=None, now=NOON
    )
    inspector = place.browser_of("lost")
    assert [owners(inspector, path) for path in MANY] == [set()] * len(MANY)


def owners(client: TestClient, path: str) -> set[str]:
    """The enterprises that a list's rows belong to."""
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    return {row["id"] if path.startswith("/enterprises") else row["enterprise"] for row in answer.json()["rows"]}
