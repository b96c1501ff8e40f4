"""What an alarm is about, by the names that people know."""

from typing import Any

import pytest

from api.web.subjects import Names, Subjects, Topic, subject_in_words
from api.web.words import Words
from core.alarm import opened
from core.filing import Filing
from core.order import Order
from core.registry import Enterprise, Facility, Kind, Line, Meter, Registry
from tests.api.place import Place
from tests.cases import NOON, transition

PLANT = Registry(
    enterprises=(Enterprise("works", "冶炼厂", "石峰区"), Enterprise("next/door", "邻厂", "石峰区")),
    lines=(Line("L1", "works", "冶炼1号线"), Line("L1/b", "works", "冶炼2号线"), Line("L9", "next/door", "邻厂机密线")),
    facilities=(
        Facility("T1", "works", Kind.TREATMENT, line="L1", name="布袋除尘风机", stage="除尘"),
        Facility("T2", "works", Kind.TREATMENT, line="L1"),
        Facility("T9", "next/door", Kind.TREATMENT, line="L9", name="邻厂风机"),
    ),
    meters=(Meter("T1-M", "T1"), Meter("a/b", "T2"), Meter("T9-M", "T9")),
    orders=(Order("O-1", "works", "stop", 0, 1), Order("O-2", "L1", "limit", 0, 1), Order("O-9", "L9", "stop", 0, 1)),
    filings=(Filing("B-1", "works", "shutdown", 0, 1), Filing("B-9", "next/door", "shutdown", 0, 1)),
)
LIMIT = {"limit": 12.5, "unit": "kW"}
AMPERES = {"limit": 180, "unit": "A"}


def said(language: str, *, rule: str, subject: str, evidence: dict[str, Any], enterprise: str = "works") -> str:
    alarm = opened(transition(rule=rule, subject=subject, enterprise=enterprise, evidence=evidence))
    assert alarm is not None
    return subject_in_words(Topic.of(alarm), names=Names.of(PLANT), words=Words(language))


@pytest.mark.parametrize(
    ("rule", "subject", "evidence", "chinese", "english"),
    [
        ("interlock", "L1/除尘", {}, "冶炼1号线 · 除尘", "冶炼1号线 · 除尘"),
        ("interlock", "L1/treatment", {}, "冶炼1号线 · 治污设施", "冶炼1号线 · Treatment"),
        ("interlock", "L1/b/VOC/1", {}, "冶炼2号线 · VOC/1", "冶炼2号线 · VOC/1"),
        ("interlock", "works/除尘", {}, "除尘", "除尘"),
        ("interlock", "L1", {}, "冶炼1号线", "冶炼1号线"),
        ("threshold", "T1-M/p/above", LIMIT, "布袋除尘风机 有功功率 高于限值 12.5 kW", None),
        ("threshold", "T1-M/p/below", LIMIT, None, "布袋除尘风机 active power below the limit of 12.5 kW"),
        ("threshold", "T1-M/ia/above", AMPERES, "布袋除尘风机 A 相电流 高于限值 180 A", None),
        (
            "threshold",
            "T1-M/p/above",
            {},
            "布袋除尘风机 有功功率 高于限值",
            "布袋除尘风机 active power above its limit",
        ),
        ("threshold", "T1-M/p/below", {"limit": "x"}, "布袋除尘风机 有功功率 低于限值", None),
        ("threshold", "a/b/thd/above", {}, "T2 thd 高于限值", "T2 thd above its limit"),
        ("late-start", "L1/除尘", {}, "冶炼1号线 · 除尘", None),
        ("early-stop", "L1/b/VOC", {}, "冶炼2号线 · VOC", None),
        ("intermittent", "works/treatment", {}, "治污设施", "Treatment"),
        ("idling", "T1", {}, "布袋除尘风机", None),
        ("stop-order", "O-1", {}, "指令 O-1", "order O-1"),
        ("limit-order", "O-2", {}, "冶炼1号线 · 指令 O-2", "冶炼1号线 · order O-2"),
        ("contradiction", "B-1", {}, "停产报备 B-1", "filing B-1, Shutdown"),
        ("balance", "works", {}, "整个企业", "the whole enterprise"),
        ("power-cut", "works", {}, "整个企业", None),
        ("tamper", "T1-M", {}, "布袋除尘风机", None),
        ("silent", "T1-M", {}, "布袋除尘风机", "布袋除尘风机"),
        ("silent", "T2", {}, "T2", "T2"),
    ],
)
def test_a_subject_is_named_as_people_name_it(
    rule: str, subject: str, evidence: dict[str, Any], chinese: str | None, english: str | None
):
    for language, expected in (("zh", chinese), ("en", english)):
        if expected is not None:
            assert said(language, rule=rule, subject=subject, evidence=evidence) == expected


@pytest.mark.parametrize(
    ("rule", "subject"),
    [
        ("interlock", "L7/除尘"),
        ("interlock", "L9/除尘"),
        ("interlock", ""),
        ("threshold", "gone/p/above"),
        ("threshold", "T9-M/p/above"),
        ("threshold", "T1-M/p/beside"),
        ("threshold", "T1-M/p"),
        ("threshold", "T1-M"),
        ("balance", "T9"),
        ("window-order", "O-9"),
        ("window-order", "O-7"),
        ("contradiction", "B-9"),
        ("new-rule", "what/ever"),
    ],
)
def test_what_the_enterprise_does_not_have_is_shown_as_it_stands(rule: str, subject: str):
    assert said("en", rule=rule, subject=subject, evidence={}) == subject


def test_the_registry_is_asked_once_for_a_page_and_not_without_an_alarm():
    asked: list[int] = []

    def snapshot() -> Registry:
        asked.append(NOON)
        return PLANT

    name = Subjects(snapshot, Words("zh"))
    assert asked == []
    alarm = opened(transition(subject="L1/除尘", enterprise="works"))
    assert alarm is not None
    assert [name(alarm), name(alarm)] == ["冶炼1号线 · 除尘"] * 2
    assert len(asked) == 1


@pytest.mark.parametrize("address", ["/", "/alarms", "/enterprises/foundry"])
def test_lists_name_the_line_and_keep_the_id_for_those_who_need_it(place: Place, address: str):
    page = place.browser_of("tian").get(address).text
    assert '<small title="foundry-L1">一号线</small>' in page


def test_the_page_of_an_alarm_names_its_subject_in_its_title(place: Place):
    number = place.record(rule="threshold", subject="foundry-T1-m/p/above", evidence=LIMIT)
    page = place.browser_of("tian").get(f"/alarms/{number}", headers={"Accept-Language": "en"}).text
    assert "foundry-T1 active power above the limit of 12.5 kW · nightwatt</title>" in page
    assert "<small>foundry-T1-m/p/above</small>" in page
