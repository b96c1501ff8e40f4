import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alarm import State
from core.notification import Message
from notify.text import message
from tests.notify.cases import AT, MINUTE, due

LINK = "https://watch.example.org/alarms/7"


def told(language: str = "zh", *, now: int = AT, repeat: bool = False, **changes: object) -> Message:
    return message(due(**changes), route=3, language=language, now=now, link=LINK, repeat=repeat)


TITLES = [
    ("zh", {"severity": 1}, "【预警】湘江化工 治污停运"),
    ("zh", {"severity": 2}, "【报警】湘江化工 治污停运"),
    ("zh", {"severity": 3}, "【严重】湘江化工 治污停运"),
    ("zh", {"rule": "threshold", "severity": 1}, "【预警】湘江化工 越限"),
    ("zh", {"state": State.NORMAL}, "【恢复】湘江化工 治污停运"),
    ("zh", {"rule": "unheard-of"}, "【报警】湘江化工 unheard-of"),
    ("en", {"severity": 1}, "[PRE-WARNING] 湘江化工: treatment off"),
    ("en", {"severity": 3}, "[CRITICAL] 湘江化工: treatment off"),
    ("en", {"rule": "threshold"}, "[ALARM] 湘江化工: limit crossed"),
    ("en", {"state": State.NORMAL}, "[BACK TO NORMAL] 湘江化工: treatment off"),
    ("en", {"rule": "unheard-of"}, "[ALARM] 湘江化工: unheard-of"),
    ("fr", {}, "【报警】湘江化工 治污停运"),
]


@pytest.mark.parametrize(("language", "changes", "title"), TITLES)
def test_a_title_says_level_enterprise_and_what_happened(language: str, changes: dict[str, object], title: str) -> None:
    assert told(language, **changes).title == title


BODIES = [
    (
        "zh",
        {},
        [
            "产污设施在运行，治污设施未运行",
            "03-01 22:15 起，至 03-01 22:31 已 16 分钟",
            "无报备",
            "对象：E001/L1",
            "依据：furnace 1 runs at 320 kW, no bag filter runs",
            LINK,
            "#42",
        ],
    ),
    (
        "en",
        {},
        [
            "Production runs, treatment does not run",
            "Since 03-01 22:15, 16 min by 03-01 22:31",
            "No filing covers it",
            "Where: E001/L1",
            "Why: furnace 1 runs at 320 kW, no bag filter runs",
            LINK,
            "#42",
        ],
    ),
    (
        "zh",
        {"state": State.NORMAL, "reason": "back to normal"},
        ["03-01 22:15 起，03-01 22:31 恢复正常，历时 16 分钟", "对象：E001/L1", LINK, "#42"],
    ),
    (
        "en",
        {"rule": "unheard-of", "reason": "", "timezone": "Europe/Berlin"},
        ["Since 03-01 15:15, 16 min by 03-01 15:31", "No filing covers it", "Where: E001/L1", LINK, "#42"],
    ),
]


@pytest.mark.parametrize(("language", "changes", "lines"), BODIES)
def test_a_body_says_what_runs_since_when_and_why(language: str, changes: dict[str, object], lines: list[str]) -> None:
    assert told(language, **changes).body.split("\n") == lines


def test_a_repeat_is_marked_in_the_title_and_keeps_its_key() -> None:
    first, second = told(), told(repeat=True)
    assert second.title == first.title + "（重发）"
    assert told("en", repeat=True).title.endswith(" (repeat)")
    assert (first.key, first.repeat) == ("nightwatt-42-3", False)
    assert (second.key, second.repeat) == ("nightwatt-42-3", True)


@pytest.mark.parametrize(("after", "line"), [(5 * MINUTE - 1, None), (5 * MINUTE, "迟发：事件发生在 5 分钟前")])
def test_a_message_that_leaves_late_says_so(after: int, line: str | None) -> None:
    lines = told(now=AT + after).body.split("\n")
    assert [found for found in lines if found.startswith("迟发")] == ([line] if line else [])


def test_a_return_to_normal_has_no_severity_of_its_own() -> None:
    assert [told(state=State.NORMAL, severity=3).severity, told(severity=3).severity] == [0, 3]


@given(name=st.text(max_size=200), reason=st.text(max_size=500), subject=st.text(max_size=200))
def test_no_text_from_outside_breaks_a_line_or_grows_the_message(name: str, reason: str, subject: str) -> None:
    found = told(enterprise_name=name, reason=reason, subject=subject)
    assert found.title.isprintable()
    assert len(found.title) < 100
    assert len(found.body.splitlines()) == (7 if reason else 6)
    assert len(found.body) < 600
