"""Errors are problem documents, and every answer carries the headers that protect its reader."""

import logging

import pytest

from api.headers import CONTENT_SECURITY_POLICY, LARGEST_BODY
from core.errors import StoreAway
from tests.api.place import Place

PROBLEMS = [
    ("GET", "/api/v1/nothing", 404),
    ("GET", "/api/v1/alarms/4711", 404),
    ("GET", "/api/v1/alarms/first", 422),
    ("GET", f"/api/v1/alarms/{2**63}", 422),
    ("GET", "/api/v1/alarms?severity=9", 422),
    ("GET", "/api/v1/alarms?state=odd", 422),
    ("GET", "/api/v1/alarms?from=yesterday", 422),
    ("GET", "/api/v1/alarms?from=2026-03-20T12:00:00", 422),
    ("GET", "/api/v1/alarms?to=999999999999999999999999", 422),
    ("GET", "/api/v1/readings", 422),
    ("GET", "/api/v1/profiles?enterprise=print", 404),
    ("GET", f"/api/v1/transitions?cursor={2**63}", 422),
    ("GET", f"/api/v1/transitions?alarm={2**63}", 422),
    ("DELETE", "/api/v1/alarms/1", 405),
    ("GET", "/api/v1/dead-letters/4711", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), PROBLEMS)
def test_every_error_is_a_problem_document(place: Place, method: str, path: str, status: int) -> None:
    answer = place.browser_of("monitor").request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail"} <= set(problem)
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert problem["detail"]
    assert bool(problem.get("errors")) == (status == 422)


def test_a_time_without_an_offset_is_refused_in_words(place: Place) -> None:
    answer = place.browser_of("monitor").get("/api/v1/alarms?from=2026-03-20T12:00:00")
    assert answer.json()["errors"] == [{"parameter": "from", "reason": "an instant needs an offset"}]


def test_an_alarm_that_is_acknowledged_can_not_be_acknowledged_again(place: Place) -> None:
    program = place.program_of("tian")
    first = program.post("/api/v1/alarms/1/acknowledge")
    assert first.json()["state"] == "active-acknowledged"
    assert first.json()["acknowledged_by"] == "tian"
    again = program.post("/api/v1/alarms/1/acknowledge")
    assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json")
    written = [entry for entry in place.services.audit.entries(limit=9).rows if entry.action == "acknowledge"]
    assert [(entry.actor, entry.subject) for entry in written] == [("tian", "alarm 1")]


def test_a_store_that_is_away_is_told_as_such(place: Place) -> None:
    place.services.series.away = True  # type: ignore[attr-defined]
    answer = place.browser_of("monitor").get("/api/v1/readings?meter=paint-T1-m")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-type"] == "application/problem+json"


def test_accounts_that_are_away_are_told_as_such(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise StoreAway("the disk is full")

    monkeypatch.setattr(type(place.services.accounts), "token_user", away)
    answer = place.program_of("tian").get("/api/v1/me")
    assert answer.status_code == 503
    assert "disk" not in answer.text


def test_a_fault_of_ours_is_logged_and_its_inside_is_not_told(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> dict[str, str]:
        raise RuntimeError("secret inside")

    object.__setattr__(place.services, "readiness", broken)
    with caplog.at_level(logging.ERROR):
        answer = place.client(raise_server_exceptions=False).get("/readyz")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "secret inside" not in answer.text


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/me", "/api/v1/nothing", "/login", "/openapi.json"])
def test_every_answer_carries_the_protecting_headers(place: Place, path: str) -> None:
    headers = place.client().get(path).headers
    assert "script-src" not in headers["content-security-policy"]
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in headers


def test_a_body_of_more_than_a_megabyte_is_refused(place: Place) -> None:
    oversized = b'{"username":"' + b"x" * LARGEST_BODY + b'"}'
    announced = place.client().post("/api/v1/session", content=oversized)
    unannounced = place.client().post(
        "/api/v1/session", content=iter([oversized]), headers={"Content-Type": "application/json"}
    )
    assert (announced.status_code, unannounced.status_code) == (413, 413)
    assert announced.headers["content-type"] == "application/problem+json"


def test_a_body_that_is_no_json_is_a_problem(place: Place) -> None:
    answer = place.client().post("/api/v1/session", content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
