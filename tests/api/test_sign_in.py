"""Signing in with a password, and what guessing gets."""

import argon2
import httpx
import pytest
from starlette.testclient import TestClient

from api.auth import COOKIE, SESSION_MS
from api.lockout import WINDOW_MS
from api.passwords import STAND_IN, hash_password, hash_secret
from tests.api.place import PASSWORDS, Place
from tests.cases import MONITOR

MINUTE = 60_000


def sign_in(
    client: TestClient, username: str, password: str | None = None, headers: dict[str, str] | None = None
) -> httpx.Response:
    credentials = {"username": username, "password": password or PASSWORDS[username]}
    answer: httpx.Response = client.post("/api/v1/session", json=credentials, headers=headers)
    return answer


def actions(place: Place) -> list[tuple[str, str]]:
    return [(entry.actor, entry.action) for entry in place.services.audit.entries(limit=50).rows]


def test_the_right_password_opens_a_session(place: Place) -> None:
    client = place.client()
    answer = sign_in(client, "tian")
    assert answer.status_code == 200
    assert answer.json() | {"csrf": ""} == {
        "username": "tian",
        "name": "tian",
        "role": "inspector",
        "district": "天元区",
        "may": ["acknowledge", "file"],
        "csrf": "",
    }
    assert client.get("/api/v1/me").json() == answer.json()


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(place: Place) -> None:
    cookie = sign_in(place.client(), "tian").headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"} <= set(cookie.split("; "))


def test_only_a_hash_of_the_session_is_stored(place: Place) -> None:
    client = place.client()
    sign_in(client, "tian")
    secret = client.cookies[COOKIE]
    now = place.clocks.wall
    assert place.services.accounts.session_user(secret, now=now) is None
    assert place.services.accounts.session_user(hash_secret(secret), now=now) == place.users["tian"]


def test_a_session_ends_after_twelve_hours(place: Place) -> None:
    client = place.client()
    sign_in(client, "tian")
    place.clocks.wall += SESSION_MS - 1
    assert client.get("/api/v1/me").status_code == 200
    place.clocks.wall += 1
    assert client.get("/api/v1/me").status_code == 401


def test_signing_out_ends_the_session_on_the_server(place: Place) -> None:
    client = place.client()
    csrf = sign_in(client, "tian").json()["csrf"]
    secret = client.cookies[COOKIE]
    assert client.delete("/api/v1/session", headers={"X-CSRF-Token": csrf}).status_code == 204
    assert COOKIE not in client.cookies
    client.cookies.set(COOKIE, secret)
    assert client.get("/api/v1/me").status_code == 401
    assert actions(place)[0] == ("tian", "sign-out")


def test_signing_in_again_ends_the_session_before(place: Place) -> None:
    client = place.client()
    sign_in(client, "tian")
    first = client.cookies[COOKIE]
    sign_in(client, "monitor")
    assert place.services.accounts.session_user(hash_secret(first), now=place.clocks.wall) is None


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(place: Place) -> None:
    wrong, unknown = sign_in(place.client(), "tian", "guess"), sign_in(place.client(), "nobody", "guess")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content
    assert wrong.headers["content-type"] == "application/problem+json"


def test_an_unknown_name_costs_as_much_as_a_known_one() -> None:
    assert not argon2.PasswordHasher().check_needs_rehash(STAND_IN)
    assert argon2.extract_parameters(STAND_IN) == argon2.extract_parameters(hash_password("any"))


def test_every_attempt_is_in_the_audit_log_and_no_password_is(place: Place) -> None:
    client = place.client()
    sign_in(client, "tian", "guess")
    sign_in(client, "tian")
    assert actions(place) == [("tian", "sign-in"), ("tian", "sign-in-failed")]
    entries = str(place.services.audit.entries(limit=50))
    assert "guess" not in entries
    assert PASSWORDS["tian"] not in entries
    assert "testclient" in entries


def test_after_five_failures_a_name_must_wait_twice_as_long_each_time(place: Place) -> None:
    fail_by_name(place, "user:tian", 5)
    for seconds in (1, 2, 4, 8):
        refused = sign_in(place.client(), "tian")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, str(seconds))
        place.clocks.wall += seconds * 1000
        assert sign_in(place.client(), "tian", "guess").status_code == 401
    assert ("tian", "sign-in-refused") in actions(place)


def fail_by_name(place: Place, key: str, times: int) -> None:
    for _ in range(times):
        place.services.accounts.failed(key, now=place.clocks.wall)


def test_an_address_that_failed_five_times_must_wait_whatever_name_it_tries(place: Place) -> None:
    for name in "abcde":
        assert sign_in(place.client(), name, "guess").status_code == 401
    assert sign_in(place.client(), "tian").status_code == 429
    assert sign_in(place.client(client=("10.0.0.7", 4711)), "tian").status_code == 200


def test_failures_are_forgotten_after_a_quarter_of_an_hour(place: Place) -> None:
    fail_by_name(place, "user:tian", 12)
    assert sign_in(place.client(), "tian").status_code == 429
    place.clocks.wall += WINDOW_MS
    assert sign_in(place.client(), "tian").status_code == 200


def test_the_right_password_clears_the_name_but_not_the_address(place: Place) -> None:
    client = place.client()
    for _ in range(4):
        sign_in(client, "tian", "guess")
    assert sign_in(client, "tian").status_code == 200
    since = place.clocks.wall - MINUTE
    assert place.services.accounts.failures("user:tian", since=since) == 0
    assert place.services.accounts.failures("address:testclient", since=since) == 4


def test_a_sign_in_that_another_site_sends_is_refused(place: Place) -> None:
    client = place.client()
    refused = sign_in(client, "tian", headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403
    assert sign_in(client, "tian", headers={"Origin": "null"}).status_code == 403
    assert sign_in(client, "tian", headers={"Origin": "http://testserver"}).status_code == 200


@pytest.mark.parametrize(
    "body", [{}, {"username": "tian"}, {"username": "", "password": "x"}, {"username": "tian", "password": "x" * 2000}]
)
def test_credentials_that_can_not_be_are_a_problem_that_repeats_no_password(place: Place, body: dict[str, str]) -> None:
    answer = place.client().post("/api/v1/session", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "xxx" not in answer.text


def test_a_token_opens_the_api_with_the_rights_of_its_user(place: Place) -> None:
    program = place.program_of("tian")
    assert program.get("/api/v1/me").json()["username"] == "tian"
    assert place.services.accounts.tokens()[0].last_used_at == place.clocks.wall


def test_a_wrong_token_is_not_made_good_by_a_session(place: Place) -> None:
    browser = place.browser_of("tian")
    assert browser.get("/api/v1/me", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert browser.get("/api/v1/me", headers={"Authorization": "Basic dGlhbjp4"}).status_code == 401


def test_the_users_of_the_small_city_are_who_they_should_be(place: Place) -> None:
    assert place.users["monitor"].role is MONITOR.role
    assert place.users["tian"].scope != place.users["lu"].scope
