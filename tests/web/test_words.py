"""The texts of both languages, and the choice between them."""

import re
from pathlib import Path
from string import Formatter

import pytest
from fastapi import Request

import api.web
from analytics.rules import RULES
from api.web.words import COOKIE, LANGUAGES, Words, language_of, texts
from core.alarm import SEVERITY, AlarmState, State
from core.filing import ANNOUNCES
from core.imbalance import LoadClass
from core.jurisdiction import Role
from core.notification import Outcome
from core.readings import QUANTITIES
from core.registry import Kind, Shift

FOLDER = Path(api.web.__file__).parent
SOURCES = [*FOLDER.glob("templates/*.html"), *FOLDER.glob("*.py")]
USED = re.compile(r"""\b(?:t|words)\(["']([a-z][^"'{}]*)["']""")

FAMILIES = {
    "severity": SEVERITY,
    "state": AlarmState,
    "story": State,
    "class": LoadClass,
    "role": Role,
    "outcome": Outcome,
    "kind": Kind,
    "shift": Shift,
    "filing": ANNOUNCES,
    "quantity": QUANTITIES,
    "running": ("running", "stopped", "unknown"),
    "rule": RULES,
}


def test_both_languages_have_the_same_keys():
    assert texts("zh").keys() == texts("en").keys()


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_fill_in_the_same_values():
    zh, en = texts("zh"), texts("en")
    assert [key for key in zh if placeholders(zh[key]) != placeholders(en[key])] == []
    assert placeholders(en["pulse.meters.note"]) == {"online", "silent"}


def test_every_key_that_is_written_out_exists():
    used = {key for path in SOURCES for key in USED.findall(path.read_text("utf-8"))}
    assert len(used) > 100
    families = {key for key in used if key.endswith(".")}
    assert used - families - texts("en").keys() == set()
    assert [key for key in families if not any(known.startswith(key) for known in texts("en"))] == []


@pytest.mark.parametrize("family", FAMILIES)
def test_every_value_of_the_domain_has_a_word(family: str):
    missing = [value for value in FAMILIES[family] if f"{family}.{value}" not in texts("en")]
    assert missing == []


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_says_in_one_line_what_it_is_about(rule: str):
    for language in LANGUAGES:
        assert len(Words(language)(f"rule.{rule}.says")) > 10


def test_a_value_without_a_word_is_shown_as_it_is():
    assert Words("en").name("rule", "not-yet-written") == "not-yet-written"


def request(*, query: str = "", **headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "query_string": query.encode(), "headers": pairs, "path": "/"})


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "zh"),
        ({"accept_language": "en-GB,en;q=0.9"}, "en"),
        ({"accept_language": "fr;q=0.9,en;q=0.5"}, "en"),
        ({"accept_language": "en;q=0.4,zh-CN;q=0.8"}, "zh"),
        ({"accept_language": "en;q=what"}, "en"),
        ({"accept_language": "de"}, "zh"),
        ({"accept_language": "zh", "cookie": f"{COOKIE}=en"}, "en"),
        ({"accept_language": "en", "cookie": f"{COOKIE}=../etc"}, "en"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_browsers_else_chinese(headers: dict[str, str], language: str):
    assert language_of(request(**headers)) == language


def test_an_unknown_language_is_never_looked_up():
    assert language_of(request(query="language=../../secret")) in LANGUAGES
