"""What browsers are told to refuse."""

import pytest

from tests.api.place import Place


def policy_of(answer_policy: str) -> dict[str, list[str]]:
    """Directive → its sources."""
    return {name: sources for name, *sources in (part.split() for part in answer_policy.split(";"))}


@pytest.mark.parametrize("address", ["/login", "/", "/alarms/1", "/none", "/static/base.css", "/api/v1/me", "/healthz"])
def test_browsers_load_nothing_but_our_own_files(place: Place, address: str):
    answer = place.browser_of("monitor").get(address)
    assert policy_of(answer.headers["content-security-policy"]) == {
        "default-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }


def test_no_directive_lets_inline_scripts_or_styles_in(place: Place):
    policy = place.client().get("/login").headers["content-security-policy"]
    for loose in ("unsafe", "data:", "blob:", "*", "http"):
        assert loose not in policy


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ],
)
def test_every_answer_carries_the_other_locks(place: Place, name: str, value: str):
    assert place.client().get("/login").headers[name] == value
    assert place.client().get("/api/v1/me").headers[name] == value
