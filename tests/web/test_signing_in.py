"""Signing in and out on the page, and the choice of the language."""

import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from tests.api.place import PASSWORDS, Place


def client_signing_in(place: Place, **form: str) -> tuple[TestClient, int, str]:
    client = place.client()
    answer = client.post("/login", data={"username": "tian", "password": PASSWORDS["tian"]} | form)
    return client, answer.status_code, answer.headers.get("location", "")


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/alarms?state=all", "/alarms?state=all"),
        ("//evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/a\nLocation: x", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
        ("/enterprises?district=%E5%A4%A9", "/enterprises?district=%E5%A4%A9"),
    ],
)
def test_signing_in_leads_on_only_within_the_site(still: Place, wanted: str, given: str):
    assert client_signing_in(still, next=wanted)[1:] == (303, given)


def test_signing_in_and_out_again(place: Place):
    client, _, _ = client_signing_in(place)
    page = client.get("/").text
    assert "湘江铸造" in page
    token = re.search(r'name="csrf" value="(\w+)"', page)[1]
    assert client.get("/login?next=/focus").headers["location"] == "/focus"
    assert client.post("/logout", data={"csrf": token}).headers["location"] == "/login"
    assert client.get("/", headers={"Accept": "text/html"}).headers["location"] == "/login?next=/"


def test_a_wrong_password_is_told_in_words_and_keeps_the_way(place: Place):
    client = place.client()
    answer = client.post(
        "/login", data={"username": "tian", "password": "x", "next": "/focus"}, headers={"Accept-Language": "en"}
    )
    assert answer.status_code == 401
    assert "Wrong username or password." in answer.text
    assert 'name="next" value="/focus"' in answer.text
    assert 'value="x"' not in answer.text


def test_the_language_is_remembered(place: Place):
    browser = place.browser_of("tian")
    answer = browser.post("/language", data={"language": "en", "next": "/focus"})
    assert answer.headers["location"] == "/focus"
    assert '<html lang="en">' in browser.get("/focus").text


def test_demo_accounts_are_shown_only_in_a_demo(place: Place):
    accounts = (("monitor", "open sesame", "city-monitor"),)
    place.app.state.services = replace(place.services, demo_accounts=accounts)
    assert "open sesame" not in place.client().get("/login").text
    place.app.state.services = replace(place.services, demo=True, demo_accounts=accounts)
    assert "open sesame" in place.client().get("/login").text
