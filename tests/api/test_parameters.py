"""Thresholds are proposed, set with a name and a reason, and kept in versions."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from starlette.testclient import TestClient

from core.interval import DAY_MS, MINUTE_MS, to_text
from core.jurisdiction import Role
from core.readings import Readings, readings
from stores.memory import MemorySeries
from tests.api.place import Place
from tests.cases import NOON, TIANYUAN

FAN = "/api/v1/facilities/foundry-T1/thresholds"
LIMITS = "/api/v1/thresholds"
GOOD = {"on_kw": 7.5, "reason": "learnt from March"}
LIMIT = {"meter": "foundry-T1-m", "quantity": "p", "side": "above", "value": 55.0, "reason": "learnt"}


def add(place: Place, name: str, role: Role, district: str | None = None) -> TestClient:
    place.users[name] = place.services.accounts.add_user(
        name, "no password", name=name, role=role, district=district, now=NOON
    )
    return place.browser_of(name)


@pytest.fixture
def admin(place: Place) -> TestClient:
    return add(place, "admin", Role.CITY_ADMINISTRATOR)


def on_kw(place: Place, at: int | None = None) -> float | None:
    return place.services.registry.load(at).facility("foundry-T1").on_kw


def test_an_administrator_sets_thresholds_and_it_goes_on_record(place: Place, admin: TestClient) -> None:
    answer = admin.post(FAN, json=GOOD)
    assert answer.status_code == 201, answer.text
    (row,) = answer.json()["rows"]
    assert row["values"] == {"on_kw": 7.5, "off_kw": pytest.approx(4.5)}
    assert (row["by"], row["reason"], row["subject"]) == ("admin", "learnt from March", "foundry-T1")
    assert on_kw(place) == 7.5
    entry = place.services.audit.entries(limit=1).rows[0]
    assert (entry.actor, entry.action, entry.subject) == ("admin", "set-parameters", "foundry-T1")
    assert "learnt from March" in entry.detail
    shown = admin.get("/api/v1/facilities?enterprise=foundry").json()["rows"]
    assert [facility["on_kw"] for facility in shown if facility["id"] == "foundry-T1"] == [7.5]


def test_thresholds_to_come_wait_for_their_instant(place: Place, admin: TestClient) -> None:
    answer = admin.post(FAN, json=GOOD | {"effective_at": to_text(NOON + DAY_MS)})
    assert answer.status_code == 201
    assert (on_kw(place), on_kw(place, NOON + DAY_MS)) == (5, 7.5)


def test_setting_what_is_so_already_changes_nothing(place: Place, admin: TestClient) -> None:
    answer = admin.post(FAN, json=GOOD | {"on_kw": 5, "off_kw": 3})
    assert (answer.status_code, answer.json()["rows"]) == (201, [])
    assert place.services.registry.version() == 1


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"on_kw": 0}, "on_kw"),
        ({"on_kw": -1}, "on_kw"),
        ({"on_kw": 1e12}, "on_kw"),
        ({"off_kw": 8}, "off_kw"),
        ({"reason": ""}, "reason"),
        ({"reason": "   "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"effective_at": "tomorrow"}, "effective_at"),
        ({"by": "somebody else"}, "by"),
    ],
)
def test_what_can_not_be_meant_is_refused_by_name(
    place: Place, admin: TestClient, changed: dict[str, object], word: str
) -> None:
    answer = admin.post(FAN, json=GOOD | changed)
    assert answer.status_code == 422
    assert word in answer.json()["errors"][0]["parameter"]
    assert on_kw(place) == 5


@pytest.mark.parametrize("role", [Role.CITY_MONITOR, Role.DISTRICT_LEADER, Role.INSPECTOR])
@pytest.mark.parametrize(("path", "body"), [(FAN, GOOD), (LIMITS, LIMIT)])
def test_nobody_else_may(place: Place, role: Role, path: str, body: dict[str, object]) -> None:
    district = None if role is Role.CITY_MONITOR else TIANYUAN
    assert add(place, "other", role, district).post(path, json=body).status_code == 403
    assert place.services.registry.version() == 1


def test_a_browser_needs_the_csrf_token(place: Place, admin: TestClient) -> None:
    del admin.headers["X-CSRF-Token"]
    assert admin.post(FAN, json=GOOD).status_code == 403
    assert on_kw(place) == 5


def test_what_does_not_exist_is_not_found(admin: TestClient) -> None:
    assert admin.post("/api/v1/facilities/nowhere/thresholds", json=GOOD).status_code == 404
    assert admin.post(LIMITS, json=LIMIT | {"meter": "nowhere"}).status_code == 404


def test_a_limit_is_added_changed_and_withdrawn(place: Place, admin: TestClient) -> None:
    def limits() -> list[tuple[float, int]]:
        rows = admin.get(f"{LIMITS}?meter=foundry-T1-m").json()["rows"]
        return [(row["value"], row["severity"]) for row in rows if row["side"] == "above"]

    assert limits() == [(60, 1)]
    admin.post(LIMITS, json=LIMIT)
    assert limits() == [(55, 1)]
    admin.post(LIMITS, json=LIMIT | {"severity": 3, "value": 90, "window": "08:00-20:00", "weekdays": [1, 2]})
    assert limits() == [(55, 1), (90, 3)]
    gone = admin.post(LIMITS, json=LIMIT | {"value": None})
    assert gone.json()["rows"][0]["values"] is None
    assert limits() == [(90, 3)]


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"quantity": "x"}, "quantity"),
        ({"side": "left"}, "side"),
        ({"window": "25:00-x"}, "window"),
        ({"weekdays": [8]}, "weekdays"),
        ({"severity": 4}, "severity"),
    ],
)
def test_a_limit_that_can_be_none_is_refused_by_name(admin: TestClient, changed: dict[str, object], word: str) -> None:
    answer = admin.post(LIMITS, json=LIMIT | changed)
    assert answer.status_code == 422
    assert word in answer.json()["errors"][0]["parameter"]


def test_versions_are_listed_by_subject_in_pages_and_scope(place: Place, admin: TestClient) -> None:
    for kw in (6, 7, 8):
        admin.post(FAN, json=GOOD | {"on_kw": kw})
    admin.post("/api/v1/facilities/paint-T1/thresholds", json=GOOD)
    first = admin.get("/api/v1/versions?subject=foundry-T1&limit=2").json()
    second = admin.get(f"/api/v1/versions?subject=foundry-T1&limit=2&cursor={first['cursor']}").json()
    assert [row["values"]["on_kw"] for row in first["rows"] + second["rows"]] == [8, 7, 6]
    assert second["cursor"] is None
    lu = place.browser_of("lu")
    assert {row["enterprise"] for row in lu.get("/api/v1/versions").json()["rows"]} == {"paint"}
    assert lu.get("/api/v1/versions?subject=foundry-T1").json()["rows"] == []
    assert lu.get("/api/v1/versions?enterprise=foundry").json()["rows"] == []
    assert admin.get("/api/v1/versions?cursor=x").status_code == 422


def month_of(meter: int, kw: float) -> Readings:
    """A month up to noon, half of each hour on."""
    ts = NOON - 30 * DAY_MS + np.arange(30 * 1440) * MINUTE_MS
    on = (np.arange(len(ts)) // 30) % 2 == 0
    return readings(np.full(len(ts), meter), ts, p=np.where(on, kw, 0.0) * (1 + 0.01 * (np.arange(len(ts)) % 7)))


class Held(MemorySeries):
    """A month in memory, and how often it was read."""

    def __init__(self, batch: Readings) -> None:
        super().__init__()
        self.batch, self.scans = batch, 0

    def scan(self, start, end, *, meters=None, quantities=("p", "ep")) -> Iterator[Readings]:  # type: ignore[no-untyped-def]
        self._check()
        self.scans += 1
        yield self.batch.take((self.batch.ts >= start) & (self.batch.ts < end))


@pytest.fixture
def held(place: Place) -> Held:
    series = Held(month_of(place.services.registry.load().meter_number["foundry-T1-m"], 30.0))
    place.app.state.services = replace(place.services, series=series)
    return series


def test_proposals_of_an_enterprise_come_with_histogram_and_reasons(place: Place, held: Held) -> None:
    answer = place.browser_of("tian").get("/api/v1/proposals?enterprise=foundry")
    assert answer.status_code == 200, answer.text
    rows = {row["facility"]: row for row in answer.json()["rows"]}
    assert set(rows) == {"foundry-F", "foundry-P1", "foundry-T1"}
    fan, press = rows["foundry-T1"], rows["foundry-P1"]
    assert (fan["verdict"], fan["days"]) == ("apart", 30)
    assert fan["on_kw"] == pytest.approx(3.1, rel=0.05)
    assert sum(fan["histogram"]["counts"]) == fan["readings"] == 43_200
    assert (press["on_kw"], press["verdict"], press["reasons"][0]["code"]) == (None, "ask a person", "no-readings")


def test_proposals_are_kept_until_the_registry_changes(place: Place, held: Held, admin: TestClient) -> None:
    for _ in range(3):
        admin.get("/api/v1/proposals?enterprise=foundry")
    assert held.scans == 1
    admin.post(FAN, json=GOOD)
    admin.get("/api/v1/proposals?enterprise=foundry")
    assert held.scans == 2


def test_while_the_readings_are_away_it_says_so_and_nothing_is_kept(place: Place, held: Held) -> None:
    held.away = True
    browser = place.browser_of("monitor")
    assert browser.get("/api/v1/proposals?enterprise=foundry").status_code == 503
    held.away = False
    assert browser.get("/api/v1/proposals?enterprise=foundry").status_code == 200


def test_another_districts_proposals_do_not_exist(place: Place, held: Held) -> None:
    lu = place.browser_of("lu")
    foreign, unknown = (lu.get(f"/api/v1/proposals?enterprise={id}") for id in ("foundry", "nowhere"))
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.content == unknown.content
    assert held.scans == 0
