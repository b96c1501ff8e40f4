"""Default deny: every route, whoever added it, needs somebody, unless it is named as open."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.responses import Response
from starlette.routing import Mount

from api.auth import COOKIE
from tests.api.place import Place

OPEN = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("HEAD", "/openapi.json"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/language"),
    ("POST", "/api/v1/session"),
}


def walk(routes: list[Any]) -> Iterator[tuple[str, str]]:
    """(method, path) of everything that is served, through included routers; mounts as ("GET", their path)."""
    for route in routes:
        if hasattr(route, "effective_candidates"):
            yield from walk(route.effective_candidates())
        elif isinstance(route, Mount):
            yield "GET", f"{route.path}/"
        else:
            for method in route.methods:
                yield method, route.path


def filled(path: str) -> str:
    return path.replace("{id:int}", "1").replace("{id}", "1")


def test_every_route_but_the_open_ones_refuses_a_caller_without_a_session(place: Place) -> None:
    walked = set(walk(place.app.routes))
    assert len(walked) > 30
    assert walked >= OPEN
    for method, path in sorted(walked - OPEN - {("GET", "/static/")}):
        answer = place.client().request(method, filled(path))
        assert answer.status_code == 401, (method, path)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"


def test_every_route_of_the_api_accepts_somebody(place: Place) -> None:
    monitor = place.program_of("monitor")
    for method, path in walk(place.app.routes):
        if method == "GET" and path.startswith("/api/v1/") and not path.endswith("/events"):
            assert monitor.get(filled(path)).status_code in {200, 404, 422}, path


def test_a_route_added_without_a_thought_is_closed(place: Place) -> None:
    place.app.add_route("/later", lambda request: Response("seen"))
    assert place.client().get("/later").status_code == 401


def test_unknown_paths_can_not_be_told_from_closed_ones(place: Place) -> None:
    unknown, closed = place.client().get("/api/v1/nothing"), place.client().get("/api/v1/alarms")
    assert (unknown.status_code, unknown.content) == (closed.status_code, closed.content)
    assert place.browser_of("tian").get("/api/v1/nothing").status_code == 404


def test_a_made_up_session_opens_nothing(place: Place) -> None:
    client = place.client()
    client.cookies.set(COOKIE, "a" * 43)
    assert client.get("/api/v1/me").status_code == 401


def test_a_person_is_led_to_the_sign_in_page_and_back(place: Place) -> None:
    answer = place.client().get("/alarms?severity=2&state=x", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/alarms%3Fseverity%3D2%26state%3Dx"


def test_a_part_of_a_page_leads_the_whole_page_to_the_sign_in_page(place: Place) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/alarms?severity=2"}
    answer = place.client().post("/alarms/1/acknowledge", headers=headers)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/login?next=/alarms%3Fseverity%3D2")


@pytest.mark.parametrize(
    "headers", [{}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "0" * 64}, {"X-CSRF-Token": "é".encode()}]
)
def test_a_change_by_session_needs_the_csrf_token(place: Place, headers: dict[str, str | bytes]) -> None:
    browser = place.browser_of("tian")
    del browser.headers["X-CSRF-Token"]
    assert browser.post("/api/v1/alarms/1/acknowledge", headers=headers).status_code == 403
    assert browser.delete("/api/v1/session", headers=headers).status_code == 403
    assert place.services.alarms.alarm(place.users["tian"].scope, 1).alarm.acknowledged_at is None  # type: ignore[union-attr]


def test_the_csrf_token_may_come_as_a_field_of_a_form(place: Place) -> None:
    browser = place.browser_of("tian")
    token = browser.headers.pop("X-CSRF-Token")
    assert browser.post("/api/v1/alarms/1/acknowledge", data={"csrf": "wrong"}).status_code == 403
    assert browser.post("/api/v1/alarms/1/acknowledge", data={"csrf": token}).status_code == 200


def test_the_csrf_token_of_another_session_does_not_count(place: Place) -> None:
    mine, other = place.browser_of("tian"), place.browser_of("tian")
    headers = {"X-CSRF-Token": other.headers["X-CSRF-Token"]}
    assert mine.post("/api/v1/alarms/1/acknowledge", headers=headers).status_code == 403


def test_a_change_that_another_site_sends_is_refused_even_with_the_csrf_token(place: Place) -> None:
    browser = place.browser_of("tian")
    path = "/api/v1/alarms/1/acknowledge"
    assert browser.post(path, headers={"Origin": "https://evil.example"}).status_code == 403
    assert browser.post(path, headers={"Origin": "http://testserver"}).status_code == 200


def test_a_token_needs_no_csrf_token(place: Place) -> None:
    assert place.program_of("tian").post("/api/v1/alarms/1/acknowledge").status_code == 200


@pytest.mark.parametrize("path", ["/dead-letters", "/dead-letters/1", "/users", "/tokens", "/audit"])
def test_what_is_the_citys_is_refused_to_an_inspector(place: Place, path: str) -> None:
    assert place.browser_of("tian").get(f"/api/v1{path}").status_code == 403
    assert place.browser_of("monitor").get(f"/api/v1{path}").status_code == 200
